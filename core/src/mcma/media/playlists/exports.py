"""Playlists as tables: what services and the programs that move playlists between them export, and our own.

A file may hold several playlists, told apart by a column. Rows with nothing to find a recording by are
counted, not kept. A cell that says nothing sensible is passed over: what stands beside it is worth more.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain

from mcma.domain.claiming import Link
from mcma.domain.errors import InvalidInput, TooLarge
from mcma.media.playlists.columns import NONE, Columns, columns_of, further_artists, tells_of_lists
from mcma.media.playlists.delimited import DELIMITERS, Record, decoded, plain, records, written
from mcma.media.playlists.entries import (
    MOST,
    MOST_PLAYLISTS,
    Entry,
    PlaylistFile,
    clean,
    linked,
    located,
    placed,
    uuid_of,
)

_HEADERS_WITHIN = 20
"""Lines before the names of the columns, at most."""
_START = 65_536
"""Bytes, in which they are."""
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]?\d)(?:[.,]\d{1,9})?", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", re.ASCII)
_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII)
_MOST_SECONDS = 10_000
"""A number above it is of milliseconds."""
YOUTUBE = "youtube"
"""Whose videos Google Takeout names by their ids alone."""


def is_one(data: bytes) -> bool:
    """Whether the first lines name columns of songs, at least two."""
    start = data[:_START].rpartition(b"\n")[0] if len(data) > _START else data
    try:
        return len(_Table(decoded(start)).columns) > 1
    except (InvalidInput, TooLarge):
        return False


def read(data: bytes) -> list[PlaylistFile]:
    """`InvalidInput` and `TooLarge`, which say the line."""
    table = _Table(decoded(data))
    named: dict[str | None, list[Entry]] = {}
    skipped = 0
    for number, record in enumerate(table.rows(), 1):
        if number > MOST:
            raise TooLarge(f"Line {record.line}: a playlist file may have {MOST} entries.")
        entry = table.entry(record)
        if entry is None:
            skipped += 1
            continue
        named.setdefault(clean(table.cell(record, "playlist")) or table.name, []).append(entry)
        if len(named) > MOST_PLAYLISTS:
            raise TooLarge(f"Line {record.line}: a file may have {MOST_PLAYLISTS} playlists.")
    found = [PlaylistFile(name, entries) for name, entries in named.items()] or [PlaylistFile(table.name, [])]
    return [found[0]._replace(skipped=skipped), *found[1:]]


class _Table:
    """`InvalidInput` for a text whose columns are not known."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._delimiter, self._header, self.name = _opened(text)
        self.columns: Columns = columns_of(self._header.cells)
        self._further = further_artists(self._header.cells)

    def rows(self) -> Iterator[Record]:
        return (one for one in records(self._text, self._delimiter) if one.line > self._header.line)

    def cell(self, record: Record, field: str) -> str:
        place = self.columns.get(field)
        return plain(record.cells[place].strip()) if place is not None and place < len(record.cells) else ""

    def entry(self, record: Record) -> Entry | None:
        isrc = re.sub(r"[\s-]", "", self.cell(record, "isrc")[:50]).upper()
        entry = Entry(
            title=clean(self.cell(record, "title")), artists=self._artists(record),
            album=clean(self.cell(record, "album")), duration_ms=self._duration(record),
            isrc=isrc if _ISRC.fullmatch(isrc) else None,
            recording_mbid=uuid_of(self.cell(record, "recording_mbid")),
            track_id=uuid_of(self.cell(record, "track_id")),
            line=record.line, link=self._link(record), added_at=_time(self.cell(record, "added")),
        )  # fmt: skip
        entry = self._placed(record, entry)
        known = entry.title or entry.isrc or entry.recording_mbid or entry.track_id or entry.link
        return entry if known or entry.path or entry.url or entry.address else None

    def _artists(self, record: Record) -> tuple[str, ...]:
        said = self.cell(record, "artist") or self.cell(record, "album_artist")
        names = said.split(";") + [
            record.cells[place] for place in self._further if place < len(record.cells)
        ]
        return tuple(name for name in (clean(one) for one in names[:100]) if name)

    def _duration(self, record: Record) -> int | None:
        exact = _number(self.cell(record, "duration_ms"))
        if exact is not None:
            return round(exact) or None
        said = self.cell(record, "duration")
        clock = _CLOCK.fullmatch(said)
        if clock is not None:
            return (int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])) * 1000 or None
        number = _number(said) or 0
        return round(number if number >= _MOST_SECONDS else number * 1000) or None

    def _link(self, record: Record) -> Link | None:
        video = self.cell(record, "video")
        if _VIDEO.fullmatch(video):
            return Link(YOUTUBE, video)
        return linked(self.cell(record, "source"), self.cell(record, "source_id"))

    def _placed(self, record: Record, entry: Entry) -> Entry:
        address = self.cell(record, "address")
        if address:
            place = located(address)
            entry = placed(entry, place if place.url else Entry(address=clean(address)))
        path = self.cell(record, "path")
        if path and entry.path is None:
            place = located(_slashed(path))
            entry = entry._replace(path=place.path, url=entry.url or place.url,
                                   address=entry.address or place.address)  # fmt: skip
        return entry


def _opened(text: str) -> tuple[str, Record, str | None]:
    """What stands between cells, the line that names the columns, and the name that was said before it."""
    told = re.match(r'sep=([^"\r\n])\r?\n', text, re.IGNORECASE)
    delimiters = told[1] if told else DELIMITERS
    found = [(delimiter, *_header(text, delimiter)) for delimiter in delimiters]
    best = max(found, key=lambda one: len(columns_of(one[1].cells)))
    if not columns_of(best[1].cells):
        shown = ", ".join(cell.strip()[:40] for cell in best[1].cells[:8] if cell.strip())
        raise InvalidInput(
            f"Line {best[1].line}: no column names the title. Known are, in many languages, title, artist, "
            f"album, duration, isrc, url, video id; the file has: {shown or 'nothing'}."
        )
    return best


def _header(text: str, delimiter: str) -> tuple[Record, str | None]:
    first, name, lists = Record(1, []), None, NONE
    for number, record in enumerate(_beginning(text, delimiter)):
        first = record if number == 0 else first
        if lists:
            name = _named(record, lists)
        if columns_of(record.cells):
            return record, name
        lists = _lists(record.cells)
    return first, None


def _beginning(text: str, delimiter: str) -> Iterator[Record]:
    """The first lines, each taken for itself: what is broken further down is told of when it is read."""
    begin = "".join(text[:100_000].splitlines(keepends=True)[: _HEADERS_WITHIN + 5])
    try:
        yield from (one for one, _ in zip(records(begin, delimiter), range(_HEADERS_WITHIN), strict=False))
    except InvalidInput:
        return


def _lists(cells: Sequence[str]) -> Columns:
    """Where a table that tells of a playlist has its name."""
    if not tells_of_lists(cells):
        return NONE
    titles = [place for place, cell in enumerate(cells) if cell.strip().lower().startswith("title")]
    return {"title": titles[0]} if titles else NONE


def _named(record: Record, lists: Columns) -> str | None:
    place = lists.get("title", len(record.cells))
    return clean(record.cells[place]) if place < len(record.cells) else None


def _number(said: str) -> float | None:
    return float(said.replace(",", ".")) if _NUMBER.fullmatch(said) else None


def _time(said: str) -> datetime | None:
    """ISO 8601, with a space and a UTC behind it too; a day counts from its beginning."""
    try:
        found = datetime.fromisoformat(said[:40].removesuffix(" UTC"))
        moment = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1970 <= moment.year < 2200 else None


def _slashed(path: str) -> str:
    """`Macintosh HD:Users:anna:Music:Song.m4a`, as iTunes wrote it, without the disk."""
    parts = path.split(":")
    return "/" + "/".join(parts[1:]) if len(parts) > 2 and "/" not in path and "\\" not in path else path


_OURS = ("title", "artists", "album", "duration_ms", "isrc", "recording_mbid", "url", "path", "added_at",
         "source", "source_id", "mcma_track_id")  # fmt: skip


def write(playlist: PlaylistFile) -> bytes:
    """All that is known, one line each; several artists with semicolons between them."""
    return written(chain([["playlist", *_OURS]], ([playlist.name or "", *_row(e)] for e in playlist.entries)))


def _row(entry: Entry) -> list[str]:
    link = entry.link or ("", "")
    path = "" if entry.path is None else entry.path.decode("utf-8", "replace")
    length = "" if entry.duration_ms is None else str(entry.duration_ms)
    added = "" if entry.added_at is None else entry.added_at.isoformat()
    ids = (str(entry.recording_mbid or ""), entry.url or "", path, added, *link, str(entry.track_id or ""))
    return [entry.title or "", ";".join(entry.artists), entry.album or "", length, entry.isrc or "", *ids]
