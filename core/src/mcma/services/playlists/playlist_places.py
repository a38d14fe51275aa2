"""Room for rows in a playlist, without reading more of it than the neighbours.

Where the rows of one spot have come too close, a few around it are placed anew, and only if that does not
help more of them.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.positions import LONGEST, spaced
from mcma.store.queries import playlists as queries
from mcma.store.tables.listening import playlist_items
from mcma_plugins.values import Caller

NEIGHBOURS = 64
"""Rows on each side that are placed anew first; then four times as many, and so on."""
_ROOMY = LONGEST // 2
"""How long positions may be that are made anew, so that this does not happen again at once."""


class Place(NamedTuple):
    """Where rows go: behind a row, before one, or as the row with this number; else the end."""

    after: UUID | None = None
    before: UUID | None = None
    at: int | None = None
    """Counts the rows that the caller sees, from 0."""


END, START = Place(), Place(at=0)


class _Spot(NamedTuple):
    """A row by its place."""

    position: str
    id: UUID


Gap = tuple[_Spot | None, _Spot | None]


class Room:
    """In one playlist, for one caller, as if the rows `without` were not there."""

    def __init__(
        self, connection: AsyncConnection, caller: Caller, playlist: UUID, without: Sequence[UUID] = ()
    ) -> None:
        self._connection, self._caller = connection, caller
        self._playlist, self._without = playlist, without

    async def make(self, count: int, place: Place) -> list[str]:
        """Positions for so many rows. `NotFound` for a place at a row that is not there."""
        low, high = await self._gap(place)
        try:
            made = spaced(count, low and low.position, high and high.position)
        except ValueError:
            made = []
        if len(made) == count and all(len(position) <= LONGEST for position in made):
            return made
        return await self._widened(count, low, high)

    async def _gap(self, place: Place) -> Gap:
        if sum(each is not None for each in place) > 1:
            raise InvalidInput("Say one place: after, before or index.")
        if place.after is not None:
            return await self._behind(await self._spot(place.after))
        if place.before is not None:
            return await self._ahead_of(await self._spot(place.before))
        if place.at is not None:
            spot = await self._numbered(place.at)
            if spot is not None:
                return await self._ahead_of(spot)
        return await self._next(None, back=True), None

    async def _behind(self, spot: _Spot) -> Gap:
        """The row itself may be among those that are not there."""
        low = spot if spot.id not in self._without else await self._next(spot, back=True)
        return low, await self._next(spot)

    async def _ahead_of(self, spot: _Spot) -> Gap:
        high = spot if spot.id not in self._without else await self._next(spot)
        return await self._next(spot, back=True), high

    async def _spot(self, id_: UUID) -> _Spot:
        chosen = queries.places(self._playlist).where(playlist_items.c.id == id_)
        row = (await self._connection.execute(chosen)).one_or_none()
        if row is None:
            raise NotFound("There is no such row in the playlist.")
        return _Spot(*row)

    async def _numbered(self, index: int) -> _Spot | None:
        """None behind the last one."""
        if index == 0:
            return await self._next(None)
        shown = queries.numbered(self._playlist, self._without, index, self._caller)
        row = (await self._connection.execute(shown)).one_or_none()
        return None if row is None else _Spot(*row)

    async def _next(self, spot: _Spot | None, *, back: bool = False) -> _Spot | None:
        found = await self._some(spot, 1, back=back)
        return found[0] if found else None

    async def _some(self, spot: _Spot | None, count: int, *, back: bool) -> list[_Spot]:
        """The next ones from there, or from the end; nearest first."""
        place = sa.tuple_(*queries.PLACE)
        chosen = queries.places(self._playlist, self._without).limit(count)
        chosen = chosen.order_by(*(column.desc() if back else column.asc() for column in queries.PLACE))
        if spot is not None:
            here = sa.tuple_(sa.literal(spot.position), sa.literal(spot.id, playlist_items.c.id.type))
            chosen = chosen.where(place < here if back else place > here)
        return [_Spot(*row) for row in await self._connection.execute(chosen)]

    async def _widened(self, count: int, low: _Spot | None, high: _Spot | None) -> list[str]:
        size = NEIGHBOURS
        while True:
            left, first = await self._around(low, size, back=True)
            right, last = await self._around(high, size, back=False)
            rows = [*left[::-1], *right]
            made = _spaced(count + len(rows), first, last)
            if made is not None:
                begin, end = len(left), len(left) + count
                await self._place(rows, made[:begin] + made[end:])
                return made[begin:end]
            size *= 4

    async def _around(self, spot: _Spot | None, size: int, *, back: bool) -> tuple[list[_Spot], _Spot | None]:
        """So many rows from this one on, and the one behind them if there is one."""
        if spot is None:
            return [], None
        found = [spot, *await self._some(spot, size, back=back)]
        return (found[:-1], found[-1]) if len(found) > size else (found, None)

    async def _place(self, rows: Sequence[_Spot], places: Sequence[str]) -> None:
        moved = sa.update(playlist_items).where(playlist_items.c.id == sa.bindparam("row"))
        await self._connection.execute(
            moved.values(position=sa.bindparam("place")),
            [{"row": row.id, "place": place} for row, place in zip(rows, places, strict=True)],
        )


def _spaced(count: int, first: _Spot | None, last: _Spot | None) -> list[str] | None:
    try:
        made = spaced(count, first and first.position, last and last.position)
    except ValueError:
        return None
    return made if all(len(position) <= _ROOMY for position in made) else None
