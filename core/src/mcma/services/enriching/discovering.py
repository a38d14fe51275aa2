"""What is new and what has changed, found along the index of what was written last.

Every track that is written passes here once: its album (or its folder, or itself) is to be asked about if it
never was, or if what an answer depends on is another now. Once a week all tracks pass, whatever was missed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching import states
from mcma.services.enriching.asking import AskingEnrichers
from mcma.services.enriching.enrichers import Ability
from mcma.services.enriching.folders import remember
from mcma.services.enriching.reopening import reopen
from mcma.services.enriching.targets import artists_of, targets_of
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue, upsert
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries, tracks
from mcma.store.tables.enriching import enrichment_states
from mcma.store.tables.machinery import key_values
from mcma_plugins.values import ItemKind, ItemRef

PORTION = 1000
"""Tracks."""
TOGETHER = 50
"""Items that are read together: each may be an album of 500 tracks."""
LAG = timedelta(seconds=30)
"""Transactions end in another order than they begin."""
WHOLE = timedelta(days=7)
ARTISTS_AFTER = timedelta(hours=6)
"""An album's answer may tell of its artists as well."""
_LIBRARIES = sa.select(libraries.c.id).where(libraries.c.deleted_at.is_(None))
_KEY = {"namespace": "core", "key": "enriching.cursor"}
_FOLDER = ItemKind.FOLDER
"""What was decided of it while nothing of it was left says nothing of what lies there now."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Cursor(NamedTuple):
    at: datetime = _BEGINNING
    id: UUID = UUID(int=0)
    began: datetime = _BEGINNING
    """When it was at the beginning."""


class Discovering:
    def __init__(self, database: Database, asking: AskingEnrichers) -> None:
        self._database, self._asking = database, asking

    async def step(self, abilities: Sequence[Ability]) -> int:
        """How many tracks were looked at; fewer than `PORTION` at the end."""
        async with self._database.read() as connection:
            cursor = await _cursor(connection)
            rows = await _written(connection, cursor)
        if not rows and cursor.began + WHOLE > utcnow():
            return 0
        for ability in abilities:
            await self._look(ability, rows)
        async with self._database.write() as transaction:
            await _keep(transaction.connection, _after(cursor, rows))
        return len(rows)

    async def _look(self, ability: Ability, rows: Sequence[Any]) -> None:
        async with self._database.read() as connection:
            items, folders, no_folders = await targets_of(connection, ability, rows)
            asked = await states.states_of(connection, ability.name, no_folders)
            artists = await artists_of(connection, ability, rows)
            held = await states.states_of(connection, ability.name, [item.id for item in items])
            told = await states.states_of(connection, ability.name, [item.id for item in artists])
        new = [(item, library) for item, library in items.items() if item.id not in held]
        later = [(item, None) for item in artists if item.id not in told]
        changed = await self._changed(ability, [item for item in items if item.id in held], held)
        changed += [
            id_ for id_, row in asked.items() if row.state == states.REVIEW
        ]  # about what is elsewhere
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            if ability.identifies:
                await lock_catalogue(connection)
            await remember(connection, folders)
            await states.add_waiting(connection, ability.name, new, utcnow())
            await states.add_waiting(connection, ability.name, later, utcnow() + ARTISTS_AFTER)
            if changed:
                await _hasten(connection, ability.name, changed)
            if ability.identifies:
                await reopen(connection, [item for item, _ in (*new, *later)])

    async def _changed(
        self, ability: Ability, items: Sequence[ItemRef], held: Mapping[UUID, Any]
    ) -> list[UUID]:
        counting = self._asking.counting(ability)
        asked = [item for item in items if item.kind is _FOLDER or held[item.id].asked_of is not None]
        found: list[UUID] = []
        for start in range(0, len(asked), TOGETHER):
            found += [
                one.item.id
                for one in await self._asking.known(asked[start : start + TOGETHER])
                if not one.is_manual and one.asked_of(counting) != held[one.item.id].asked_of
            ]
        return found


async def _written(connection: AsyncConnection, cursor: Cursor) -> Sequence[Any]:
    columns = tracks.c.updated_at, tracks.c.id
    here = (sa.literal(value, column.type) for value, column in zip(cursor[:2], columns, strict=True))
    query = (
        sa.select(tracks.c.id, tracks.c.album_id, tracks.c.library_id, tracks.c.updated_at)
        .where(
            tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None),
            tracks.c.library_id.in_(_LIBRARIES),
            sa.tuple_(*columns) > sa.tuple_(*here), tracks.c.updated_at <= utcnow() - LAG,
        )
        .order_by(tracks.c.updated_at, tracks.c.id)
    )  # fmt: skip
    return (await connection.execute(query.limit(PORTION))).all()


def _after(cursor: Cursor, rows: Sequence[Any]) -> Cursor:
    if rows:
        began = utcnow() if cursor.began == _BEGINNING else cursor.began
        return Cursor(rows[-1].updated_at, rows[-1].id, began)
    return Cursor(began=utcnow())


async def _cursor(connection: AsyncConnection) -> Cursor:
    mine = (key_values.c[name] == value for name, value in _KEY.items())
    value: Any = await connection.scalar(sa.select(key_values.c.value).where(*mine))
    if value is None:
        return Cursor()
    at, began = (datetime.fromisoformat(value[name]) for name in ("at", "began"))
    return Cursor(at, UUID(value["id"]), began)


async def _keep(connection: AsyncConnection, cursor: Cursor) -> None:
    value = {"at": cursor.at.isoformat(), "id": str(cursor.id), "began": cursor.began.isoformat()}
    row = {**_KEY, "value": value, "updated_at": utcnow()}
    statement = upsert(connection, key_values, ("namespace", "key"), ("value", "updated_at"))
    await connection.execute(statement, [row])


async def _hasten(connection: AsyncConnection, enricher: str, ids: Collection[UUID]) -> None:
    """Not what is asked about by a job already, or waits after a fault."""
    mine = enrichment_states.c.enricher == enricher, enrichment_states.c.item_id.in_(ids)
    settled = enrichment_states.c.state.in_((*states.SETTLED, states.FAILED))
    now = sa.update(enrichment_states).where(*mine, settled)
    await connection.execute(now.values(due_at=utcnow(), code="changed"))
