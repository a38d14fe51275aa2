"""From the dictionaries of ytmusicapi to what the contract calls an item. Nothing is believed: what has no id
or no title is no item."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from mcma_plugins.sources import OutsideAudio, SourceItem, SourceKind
from mcma_youtube import ids

Said = Mapping[str, Any]
AUDIO: Final = OutsideAudio("opus", 128)
"""What YouTube has of nearly everything."""
_SIZE: Final = re.compile(r"=w\d+-h\d+")
_TOPIC: Final = re.compile(r" - Topic$")
_COUNT: Final = re.compile(r"[0-9]{1,6}")


def track(said: Said, **known: Any) -> SourceItem | None:
    """`known` is what the list it stands in says: album, album_id, year, artists."""
    source_id, title = _text(said, "videoId"), _text(said, "title")
    if not title or not ids.accepts(SourceKind.TRACK, source_id or ""):
        return None
    return SourceItem(
        SourceKind.TRACK, str(source_id), title, **_of_track(said, known), audio=AUDIO,
        url=ids.page(SourceKind.TRACK, str(source_id)), fetchable=said.get("isAvailable") is not False,
        extra=_extra(said),
    )  # fmt: skip


def row(said: Said, place: int, **known: Any) -> SourceItem:
    """A row of a list, also of what is gone: then its id is one that nothing has."""
    if found := track(said, **known):
        return found
    title = _text(said, "title") or "?"
    return SourceItem(SourceKind.TRACK, f"gone:{place}", title, **_of_track(said, known), fetchable=False)


def album(said: Said, artists: Sequence[str] = ()) -> SourceItem | None:
    return _item(
        SourceKind.ALBUM, _text(said, "browseId"), _text(said, "title"), said,
        artists=names(said) or tuple(artists), year=year(said), track_count=_number(said, "trackCount"),
    )  # fmt: skip


def artist(said: Said) -> SourceItem | None:
    name = _text(said, "artist") or _text(said, "name")
    source_id = (_text(said, "browseId") or _text(said, "channelId") or "").removeprefix("MPLA")
    return _item(SourceKind.ARTIST, source_id, name, said)


def playlist(said: Said) -> SourceItem | None:
    source_id = (_text(said, "browseId") or _text(said, "id") or "").removeprefix("VL")
    count = _number(said, "trackCount")
    return _item(
        SourceKind.PLAYLIST, source_id, _text(said, "title"), said,
        artists=_authors(said), track_count=_number(said, "itemCount") if count is None else count,
    )  # fmt: skip


def clean(name: str) -> str:
    """YouTube's own channel of an artist is called "Artist - Topic"."""
    return _TOPIC.sub("", name).strip()


def names(said: Said) -> tuple[str, ...]:
    return tuple(_names_of(said.get("artists")))


def year(said: Said) -> int | None:
    text = str(said.get("year") or "")
    return int(text) if re.fullmatch(r"[12][0-9]{3}", text) else None


def _item(
    kind: SourceKind, source_id: str | None, title: str | None, said: Said, **more: Any
) -> SourceItem | None:
    if not title or not source_id or not ids.accepts(kind, source_id):
        return None
    return SourceItem(
        kind, source_id, title, **more, artwork_url=artwork(said), url=ids.page(kind, source_id),
        extra=_extra(said),
    )  # fmt: skip


def _of_track(said: Said, known: Said) -> dict[str, Any]:
    of_album = said.get("album")
    name, id_ = (of_album.get("name"), of_album.get("id")) if isinstance(of_album, Mapping) else (None, None)
    album_id = str(known.get("album_id") or id_)
    seconds = _number(said, "duration_seconds")
    return {
        "artists": names(said) or tuple(known.get("artists", ())),
        "album": known.get("album") or (name if isinstance(name, str) else None),
        "album_id": album_id if ids.accepts(SourceKind.ALBUM, album_id) else None,
        "track_number": _number(said, "trackNumber"),
        "year": known.get("year") or year(said),
        "duration_ms": None if seconds is None else seconds * 1000,
        "artwork_url": artwork(said) or known.get("artwork_url"),
    }


def artwork(said: Said) -> str | None:
    """The largest, or one larger still where its address says its size."""
    pictures = said.get("thumbnails") or said.get("thumbnail")
    found = [one for one in _list(pictures) if isinstance(one, Mapping)]
    if not found:
        return None
    url = max(found, key=lambda one: _number(one, "width") or 0).get("url")
    if not isinstance(url, str) or not url.startswith("https://"):
        return None
    return _SIZE.sub("=w1200-h1200", url) if "googleusercontent.com/" in url else url


def _extra(said: Said) -> dict[str, str]:
    extra = {"type": said["type"]} if isinstance(said.get("type"), str) else {}
    return extra | ({"explicit": "yes"} if said.get("isExplicit") is True else {})


def _authors(said: Said) -> tuple[str, ...]:
    author = said.get("author")
    if isinstance(author, str):
        return (clean(author),)
    return tuple(_names_of([author] if isinstance(author, Mapping) else author))


def _names_of(people: object) -> Iterator[str]:
    for one in _list(people):
        name = one.get("name") if isinstance(one, Mapping) else None
        if isinstance(name, str) and (cleaned := clean(name)):
            yield cleaned


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _text(said: Said, key: str) -> str | None:
    value = said.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _number(said: Said, key: str) -> int | None:
    value = said.get(key)
    if isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def seconds(text: object) -> int | None:
    """Of "1:02:03"."""
    if not isinstance(text, str) or not re.fullmatch(r"(?:\d{1,3}:)?\d{1,3}:\d{2}", text, re.ASCII):
        return None
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total
