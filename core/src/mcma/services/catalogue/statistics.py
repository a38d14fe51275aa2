"""What there is and what was heard, in numbers."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput
from mcma.services.catalogue.lookup import some
from mcma.store.access import library_ids
from mcma.store.engine import Database
from mcma.store.queries import statistics as queries
from mcma.store.tables.catalogue import artist_libraries, genre_libraries, label_libraries
from mcma_plugins.values import Caller, ItemKind

KEPT_SECONDS = 60.0
"""While a library changes, its sums are made anew no more often."""
LONGEST_DAYS = 3660


class Share(NamedTuple):
    """One line of a breakdown."""

    name: str
    number: int
    """Files of a format; albums of a decade or month."""
    amount: int
    """Bytes of a format; songs of a decade or month."""


class LibraryStatistics(NamedTuple):
    songs: int
    albums: int
    artists: int
    genres: int
    labels: int
    duration_ms: int
    size: int
    formats: Sequence[Share]
    """The most frequent first."""
    decades: Sequence[Share]
    """Of albums with a year: "1990"."""
    months: Sequence[Share]
    """When albums came: "2026-11"."""


class Mine(NamedTuple):
    """What the caller did, of one kind of item."""

    kind: str
    liked: int
    rated: int
    played: int
    plays: int


class Day(NamedTuple):
    day: str
    """In UTC."""
    plays: int
    ms: int


class Top(NamedTuple):
    item: Any
    """A view of its kind."""
    plays: int
    ms: int


class ListeningStatistics(NamedTuple):
    plays: int
    ms: int
    days: Sequence[Day]
    """Those with a play."""
    tracks: Sequence[Top]
    albums: Sequence[Top]
    artists: Sequence[Top]


class _Sums(NamedTuple):
    formats: dict[str, tuple[int, int]]
    years: dict[int | None, tuple[int, int]]
    months: dict[str, tuple[int, int]]


class _Kept(NamedTuple):
    revision: datetime
    at: float
    sums: _Sums


_MEMBERS = (
    (artist_libraries, "artist_id"), (genre_libraries, "genre_id"), (label_libraries, "label_id"),
)  # fmt: skip


class Statistics:
    """Sums over a library are kept until it changes."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._kept: dict[UUID, _Kept] = {}
        self._turn = asyncio.Lock()

    async def library(self, caller: Caller, numbers: Sequence[int] | None = None) -> LibraryStatistics:
        """Of the libraries that the caller may see, or of those with these numbers."""
        ids = library_ids(caller, numbers)
        async with self._turn, self._database.read() as connection:
            rows = (await connection.execute(queries.totals(ids))).all()
            sums = [await self._sums(connection, row.libraries_id, row.changed_at) for row in rows]
            artists, genres, labels = [
                int(await connection.scalar(queries.members(table, column, ids)) or 0)
                for table, column in _MEMBERS
            ]
        songs, albums, duration, size = (sum(row[place] for row in rows) for place in range(2, 6))
        decades = _merged(_decades(one.years) for one in sums)
        return LibraryStatistics(
            songs, albums, artists, genres, labels, duration, size,
            sorted(_merged(one.formats for one in sums), key=lambda one: (-one.number, one.name)),
            decades, _merged(one.months for one in sums),
        )  # fmt: skip

    async def _sums(self, connection: AsyncConnection, library: UUID, revision: datetime) -> _Sums:
        kept, now = self._kept.get(library), self._clock()
        if kept is not None and (kept.revision == revision or now - kept.at < KEPT_SECONDS):
            return kept.sums
        found = [
            {row[0]: (int(row[1]), int(row[2] or 0)) for row in await connection.execute(query(library))}
            for query in (queries.formats, queries.years, queries.months)
        ]
        self._kept[library] = _Kept(revision, now, _Sums(*found))
        return self._kept[library].sums

    async def mine(self, caller: Caller) -> Sequence[Mine]:
        async with self._database.read() as connection:
            rows = await connection.execute(queries.mine(caller.user_id))
            found = {kind: Mine(kind, *(int(value or 0) for value in values)) for kind, *values in rows}
        kinds = (ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST)
        return [found.get(kind.value, Mine(kind.value, 0, 0, 0, 0)) for kind in kinds]

    async def listening(
        self, caller: Caller, since: datetime, until: datetime, *, limit: int = 10
    ) -> ListeningStatistics:
        """The caller's own plays that began in that time, of what may be seen now. `InvalidInput` for more
        than ten years, or none."""
        if not 0 <= (until - since).days < LONGEST_DAYS or since >= until:
            raise InvalidInput("since must lie before until, at most ten years.")
        ids, when = library_ids(caller), (caller.user_id, since, until)
        async with self._database.read() as connection:
            days = [
                Day(day, count, int(ms)) for day, count, ms in
                await connection.execute(queries.days(*when, ids))
            ]  # fmt: skip
            tops = []
            for kind in (ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST):
                rows = (await connection.execute(queries.top(kind, *when, ids, limit))).all()
                views = await some(connection, caller, kind, [row[0] for row in rows])
                tops.append([Top(views[row[0]], row[1], int(row[2])) for row in rows if row[0] in views])
        return ListeningStatistics(sum(one.plays for one in days), sum(one.ms for one in days), days, *tops)


def _decades(years: dict[int | None, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    albums, songs = Counter[str](), Counter[str]()
    for year, (count, amount) in years.items():
        if year:
            decade = f"{year // 10 * 10:04}"
            albums[decade] += count
            songs[decade] += amount
    return {decade: (albums[decade], songs[decade]) for decade in albums}


def _merged(parts: Iterable[dict[str, tuple[int, int]]]) -> list[Share]:
    """By name."""
    counts, amounts = Counter[str](), Counter[str]()
    for part in parts:
        for name, (count, amount) in part.items():
            counts[name] += count
            amounts[name] += amount
    return [Share(name, counts[name], amounts[name]) for name in sorted(counts)]
