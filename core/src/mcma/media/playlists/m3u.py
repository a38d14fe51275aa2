"""M3U and M3U8: a path or an address per line, and above it what it is said to be.

There is no standard; Winamp's `#EXTINF` and the directives of its followers are read, others are passed over.
M3U8 is UTF-8. M3U is whatever its maker's machine spoke: UTF-8 where it can be, else Latin-1.
"""

import re
from collections.abc import Iterator

from mcma.domain.errors import InvalidInput
from mcma.media.playlists.entries import (
    Entry,
    PlaylistFile,
    checked,
    clean,
    link_of,
    link_text,
    located,
    placed,
)

_BREAK = re.compile(rb"\r\n|\n|\r")
_EXTINF = re.compile(
    r"""^#EXTINF:\s*(-?\d{1,9}(?:\.\d{1,9})?)?(?:\s+(?:"[^"]*"|[^,"])*)?,?(.*)$""", re.ASCII | re.DOTALL
)
"""Attributes of IPTV's kind may hold commas in quotes."""
_SOURCE = "#MCMA-SOURCE"
"""A directive of our own: where the recording is known, as `source:id`."""
_LINE = 16_384
"""Bytes; longer lines are no playlist's."""


def read(data: bytes) -> PlaylistFile:
    """`InvalidInput` for what is no text."""
    if b"\0" in data:
        raise InvalidInput("This is no M3U playlist.")
    name: str | None = None
    entries: list[Entry] = []
    said = Entry()
    for number, raw in _lines(data):
        text = _text(raw)
        if not text.startswith("#"):
            entries.append(placed(said, located(raw))._replace(line=number))
            said = Entry()
            checked(entries)
        elif text.upper().startswith("#PLAYLIST:"):
            name = clean(text[10:])
        else:
            said = _told(said, text)
    return PlaylistFile(name, entries)


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(_BREAK.split(data), 1):
        stripped = line.strip()
        if stripped and len(stripped) <= _LINE:
            yield number, stripped


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _told(said: Entry, text: str) -> Entry:
    head, _, rest = text.partition(":")
    if head.upper() == "#EXTINF":
        return _extinf(said, text)
    if head.upper() == "#EXTALB":
        return said._replace(album=clean(rest))
    if head.upper() == _SOURCE:
        return said._replace(link=link_of(rest))
    if head.upper() == "#EXTART" and not said.artists and (artist := clean(rest)):
        return said._replace(artists=(artist,))
    return said


def _extinf(said: Entry, text: str) -> Entry:
    """`#EXTINF:123,Artist - Title`; the length is -1 or 0 where it is not known."""
    found = _EXTINF.match(text)
    if found is None:
        return said
    seconds = float(found[1] or 0)
    duration = round(seconds * 1000) if 0 < seconds < 1_000_000 else None
    artist, dash, title = found[2].partition(" - ")
    if not dash:
        return said._replace(duration_ms=duration, title=clean(found[2]))
    names = (artist.strip(),) if clean(artist) else said.artists
    return said._replace(duration_ms=duration, title=clean(title), artists=names)


def write(playlist: PlaylistFile) -> bytes:
    return b"".join(_written(playlist, "utf-8"))


def write_old(playlist: PlaylistFile) -> bytes:
    """For players that know no Unicode: what Latin-1 lacks becomes `?`; paths stay as they are."""
    return b"".join(_written(playlist, "latin-1"))


def _written(playlist: PlaylistFile, encoding: str) -> Iterator[bytes]:
    yield b"#EXTM3U\n"
    if playlist.name:
        yield _line(f"#PLAYLIST:{playlist.name}", encoding)
    for entry in playlist.entries:
        label = _label(entry)
        seconds = -1 if entry.duration_ms is None else (entry.duration_ms + 500) // 1000
        yield _line(f"#EXTINF:{seconds},{label}", encoding)
        if entry.album:
            yield _line(f"#EXTALB:{entry.album}", encoding)
        if entry.link is not None:
            yield _line(f"{_SOURCE}:{link_text(entry.link)}", encoding)
        yield _place(entry, label, encoding)


def _label(entry: Entry) -> str:
    artist = ", ".join(entry.artists)
    return f"{artist} - {entry.title or ''}" if artist else entry.title or ""


def _line(text: str, encoding: str) -> bytes:
    return " ".join(text.splitlines()).encode(encoding, "replace") + b"\n"


def _place(entry: Entry, label: str, encoding: str) -> bytes:
    """What waits for its track is nowhere yet: its name stands for it."""
    if entry.url is not None:
        return _line(entry.url, encoding)
    if entry.path is None or b"\n" in entry.path or b"\r" in entry.path:
        return _line(label.lstrip("#") or "unknown", encoding)
    return (b"./" if entry.path.startswith(b"#") else b"") + entry.path + b"\n"
