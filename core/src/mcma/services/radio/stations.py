"""Stations of internet radio. Satisfies `mcma_plugins.stations.Stations`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.addresses import checked_url
from mcma.domain.errors import Conflict, InvalidInput, NotFound
from mcma.services.callers import require_admin
from mcma.services.people.usernames import name_key
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.radio import stations as table
from mcma_plugins.ids import StationId
from mcma_plugins.stations import StationFacts, StationView
from mcma_plugins.values import Caller

MOST = 500
LONGEST_NAME = 200
_LIVE = table.c.deleted_at.is_(None)
_COLUMNS = [table.c[name] for name in StationView._fields]


class StationService:
    """Everybody reads, administrators write; the addresses are never opened here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stations(self, caller: Caller) -> Sequence[StationView]:
        """By name; all of them, since there are 500 at most."""
        query = sa.select(*_COLUMNS).where(_LIVE).order_by(table.c.name_key, table.c.id)
        async with self._database.read() as connection:
            return [_view(row) for row in await connection.execute(query)]

    async def station(self, caller: Caller, station_id: UUID) -> StationView:
        async with self._database.read() as connection:
            return await _one(connection, station_id)

    async def create(self, caller: Caller, facts: StationFacts) -> StationView:
        require_admin(caller)
        values, now = _checked(facts), utcnow()
        if "name" not in values or "stream_url" not in values:
            raise InvalidInput("A station has a name and the address of its stream.")
        row = {"id": new_id(), "homepage_url": None, "created_at": now, "updated_at": now, "rev": 1, **values}
        async with self._database.write() as transaction:
            await _check_room(transaction.connection)
            await transaction.connection.execute(sa.insert(table).values(**row))
            return await _one(transaction.connection, row["id"])

    async def update(self, caller: Caller, station_id: StationId, facts: StationFacts) -> StationView:
        require_admin(caller)
        await self._write(station_id, _checked(facts))
        return await self.station(caller, station_id)

    async def delete(self, caller: Caller, station_id: StationId) -> None:
        require_admin(caller)
        await self._write(station_id, {"deleted_at": utcnow()})

    async def _write(self, station_id: UUID, values: dict[str, Any]) -> None:
        change = sa.update(table).where(table.c.id == station_id, _LIVE)
        async with self._database.write() as transaction:
            done = await transaction.connection.execute(change.values(updated_at=utcnow(), **values))
        if done.rowcount == 0:
            raise _unknown()


def _checked(facts: StationFacts) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if facts.name is not None:
        values |= {"name": _name(facts.name), "name_key": name_key(facts.name)}
    if facts.stream_url is not None:
        values["stream_url"] = checked_url(facts.stream_url, "The address of the stream")
    if facts.homepage_url is not None:
        given = facts.homepage_url.strip()
        values["homepage_url"] = checked_url(given, "The home page") if given else None
    return values


def _name(text: str) -> str:
    clean = " ".join(text.split())
    if not 1 <= len(clean) <= LONGEST_NAME or not clean.isprintable():
        raise InvalidInput(f"The name must have 1 to {LONGEST_NAME} characters that can be shown.")
    return clean


async def _check_room(connection: AsyncConnection) -> None:
    count = sa.select(sa.func.count()).select_from(table).where(_LIVE)
    if (await connection.scalar(count) or 0) >= MOST:
        raise Conflict(f"There are {MOST} stations at most.", hint="Delete some that nobody hears.")


async def _one(connection: AsyncConnection, station_id: UUID) -> StationView:
    row = (await connection.execute(sa.select(*_COLUMNS).where(table.c.id == station_id, _LIVE))).first()
    if row is None:
        raise _unknown()
    return _view(row)


def _view(row: Any) -> StationView:
    return StationView(*row)


def _unknown() -> NotFound:
    return NotFound("There is no such station.")
