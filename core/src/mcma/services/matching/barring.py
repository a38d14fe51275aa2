"""Never this one again: for a claim, for whatever one claims, or, said by administrators, for everybody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.services.catalogue.lookup import reachable
from mcma.services.matching.values import Thing
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.queries.people import lock_user
from mcma.store.tables.listening import claims
from mcma.store.tables.matching import match_blocks as table
from mcma_plugins.values import Caller, ItemKind

MOST = 2000
"""Of one person."""


class BlockView(NamedTuple):
    id: UUID
    user_id: UUID | None
    """Whose matches it keeps from it; null: everybody's."""
    claim_id: UUID | None
    track_id: UUID | None
    source: str | None
    source_id: str | None
    note: str | None
    created_at: datetime


class NewBlock(NamedTuple):
    thing: Thing
    claim_id: UUID | None = None
    """Null: for whatever is claimed."""
    for_everybody: bool = False
    note: str | None = None


_COLUMNS = [table.c[name] for name in BlockView._fields]


async def listed(
    connection: AsyncConnection, caller: Caller, after: UUID | None, limit: int
) -> Sequence[BlockView]:
    """One's own and those for everybody; for administrators all. The latest first."""
    query = sa.select(*_COLUMNS).order_by(table.c.id.desc()).limit(limit)
    query = query if after is None else query.where(table.c.id < after)
    if not caller.is_admin:
        query = query.where(sa.or_(table.c.user_id.is_(None), table.c.user_id == caller.user_id))
    return [BlockView._make(row) for row in await connection.execute(query)]


async def bar(connection: AsyncConnection, caller: Caller, block: NewBlock) -> BlockView:
    """The same again is the one that is there. `Forbidden` for everybody's, `NotFound`, `InvalidInput`,
    `Conflict` (code too_large)."""
    await _check(connection, caller, block)
    await lock_user(connection, caller.user_id)
    user = None if block.for_everybody else caller.user_id
    held = await _same(connection, user, block)
    if held is not None:
        return held
    mine = sa.select(sa.func.count()).where(table.c.created_by == caller.user_id)
    if (await connection.scalar(mine) or 0) >= MOST:
        raise Conflict(f"One user may block {MOST} things at most.", code="too_large")
    made = BlockView(new_id(), user, block.claim_id, *block.thing, block.note, utcnow())
    await insert_rows(connection, table, [{**made._asdict(), "created_by": caller.user_id}])
    return made


async def _check(connection: AsyncConnection, caller: Caller, block: NewBlock) -> None:
    thing = block.thing
    if (thing.track_id is None) == (thing.source is None) or (thing.source is None) != (
        thing.source_id is None
    ):
        raise InvalidInput("Say track_id, or source and source_id.")
    if block.for_everybody and not caller.is_admin:
        raise Forbidden("What is blocked for everybody is said by administrators.")
    track = thing.track_id
    if track is not None and not await reachable(connection, caller, ItemKind.TRACK, [track]):
        raise NotFound("There is no such track.")
    if block.claim_id is not None:
        owner = await connection.scalar(sa.select(claims.c.created_by).where(claims.c.id == block.claim_id))
        if owner is None or not (caller.is_admin or owner == caller.user_id):
            raise NotFound("There is no such claim.")


async def _same(connection: AsyncConnection, user: UUID | None, block: NewBlock) -> BlockView | None:
    said: dict[str, Any] = {"user_id": user, "claim_id": block.claim_id, **block.thing._asdict()}
    same = [
        table.c[name].is_(None) if value is None else table.c[name] == value for name, value in said.items()
    ]
    row = (await connection.execute(sa.select(*_COLUMNS).where(*same).limit(1))).one_or_none()
    return None if row is None else BlockView._make(row)


async def unbar(connection: AsyncConnection, caller: Caller, block_id: UUID) -> None:
    """One's own; administrators anybody's. `NotFound`."""
    gone = sa.delete(table).where(table.c.id == block_id)
    gone = gone if caller.is_admin else gone.where(table.c.user_id == caller.user_id)
    if (await connection.execute(gone)).rowcount == 0:
        raise NotFound("There is no such block.")
