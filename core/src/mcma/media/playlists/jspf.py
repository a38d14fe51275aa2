"""JSPF (https://xspf.org/jspf): XSPF's fields as JSON, as ListenBrainz gives them out."""

from collections.abc import Mapping
from typing import Any

import orjson

from mcma.domain.errors import InvalidInput
from mcma.media.playlists.entries import (
    Entry,
    PlaylistFile,
    checked,
    clean,
    identified,
    identifiers,
    located_by_uri,
    location_of,
)


def read(data: bytes) -> PlaylistFile:
    """`InvalidInput` for what is no JSPF."""
    try:
        found = orjson.loads(data)["playlist"]
        tracks = found.get("track") or []
        if not isinstance(tracks, list):
            raise TypeError("no tracks")
        checked(tracks)
        entries = [_entry(track)._replace(line=number) for number, track in enumerate(tracks, 1)]
        return PlaylistFile(_text(found.get("title")), entries)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("This is no JSPF playlist.") from error


def _entry(track: Mapping[str, Any]) -> Entry:
    entry = Entry()
    for location in _listed(track.get("location"))[:1]:
        entry = located_by_uri(location)
    for identifier in _listed(track.get("identifier")):
        entry = identified(entry, identifier)
    artist, duration = _text(track.get("creator")), track.get("duration")
    timed = isinstance(duration, int) and not isinstance(duration, bool) and 0 < duration < 10**9
    return entry._replace(
        title=_text(track.get("title")), artists=(artist,) if artist else (), album=_text(track.get("album")),
        duration_ms=duration if timed else None,
    )  # fmt: skip


def _text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) else None


def _listed(value: Any) -> list[str]:
    """One or several: both are met."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str) and one]


def write(playlist: PlaylistFile) -> bytes:
    tracks = [_track(entry) for entry in playlist.entries]
    return orjson.dumps({"playlist": {"title": playlist.name or "", "track": tracks}})


def _track(entry: Entry) -> dict[str, Any]:
    place = location_of(entry)
    said = {
        "location": [place] if place else None, "identifier": identifiers(entry) or None,
        "title": entry.title, "creator": ", ".join(entry.artists) or None, "album": entry.album,
        "duration": entry.duration_ms,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}
