"""What Spotify hands out of one's account: `Playlist1.json` and `YourLibrary.json`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from mcma.domain.errors import InvalidInput, TooLarge
from mcma.media.playlists.entries import MOST, MOST_PLAYLISTS, Entry, PlaylistFile, clean, linked

_TRACK = "spotify:track:"


def is_one(data: bytes) -> bool:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and "playlist" not in found and ("playlists" in found or "tracks" in found)


def read(data: bytes) -> list[PlaylistFile]:
    """`InvalidInput` for what is neither, `TooLarge` for more than `MOST` songs in all, and for too many
    playlists."""
    try:
        found = orjson.loads(data)
        if "playlists" in found:
            if len(found["playlists"]) > MOST_PLAYLISTS:
                raise TooLarge(f"A file may have {MOST_PLAYLISTS} playlists.")
            lists = [_playlist(one) for one in found["playlists"]]
        else:
            lists = [PlaylistFile(None, [_library_track(one) for one in found["tracks"]])]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("This is no list of playlists or songs of a Spotify account.") from error
    if sum(len(one.entries) for one in lists) > MOST:
        raise TooLarge(f"A playlist file may have {MOST} entries.")
    return [
        one._replace(entries=[entry._replace(line=number) for number, entry in enumerate(one.entries, 1)])
        for one in lists
    ] or [PlaylistFile(None, [])]


def _playlist(said: Mapping[str, Any]) -> PlaylistFile:
    """Episodes of podcasts are no recordings of music."""
    items: Sequence[Mapping[str, Any]] = said.get("items") or []
    entries = [_item(one) for one in items if one.get("track") or one.get("localTrack")]
    return PlaylistFile(_text(said.get("name")), entries, len(items) - len(entries))


def _item(one: Mapping[str, Any]) -> Entry:
    track = one.get("track") or {}
    artist, added = _text(track.get("artistName")), _text(one.get("addedDate"))
    uri = _text(track.get("trackUri")) or _text((one.get("localTrack") or {}).get("uri"))
    entry = _entry(_text(track.get("trackName")), artist, _text(track.get("albumName")), uri)
    return entry._replace(added_at=None if added is None else _day(added))


def _library_track(one: Mapping[str, Any]) -> Entry:
    said = (_text(one.get(name)) for name in ("track", "artist", "album", "uri"))
    return _entry(*said)


def _entry(title: str | None, artist: str | None, album: str | None, uri: str | None) -> Entry:
    link = linked("spotify", uri.removeprefix(_TRACK)) if uri and uri.startswith(_TRACK) else None
    return Entry(title=title, artists=(artist,) if artist else (), album=album, link=link, address=uri)


def _text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) else None


def _day(said: str) -> datetime | None:
    try:
        return datetime.strptime(said[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
