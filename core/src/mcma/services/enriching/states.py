"""Where items stand with enrichers: asked, to be asked, or waiting, and why."""

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.bulk import upsert_rows
from mcma.store.clock import utcnow
from mcma.store.redirects import TABLES
from mcma.store.tables.enriching import enrichment_states as states
from mcma_plugins.values import ItemRef

WAITING: Final = "waiting"
NOTHING: Final = "nothing"
REVIEW: Final = "review"
ENRICHED: Final = "enriched"
FAILED: Final = "failed"
STATES: Final = (WAITING, NOTHING, REVIEW, ENRICHED, FAILED)
SETTLED: Final = frozenset((NOTHING, REVIEW, ENRICHED))
"""An answer was had; a fault afterwards changes nothing of it."""

OF_FOLDER: Final = "folder"
"""Code: of an album, it came of an answer about the folder its tracks lie in."""

LEASE = timedelta(hours=6)
"""For how long something that is in line for being asked is not put there again."""
SPREAD = 0.1
"""What was asked on one day is not asked again on one day."""


async def states_of(connection: AsyncConnection, enricher: str, ids: Collection[UUID]) -> Mapping[UUID, Any]:
    query = sa.select(states).where(states.c.enricher == enricher, states.c.item_id.in_(ids))
    return {row.item_id: row for row in await connection.execute(query)} if ids else {}


async def state_of(connection: AsyncConnection, enricher: str, item_id: UUID) -> Any | None:
    return (await states_of(connection, enricher, [item_id])).get(item_id)


async def tell(
    connection: AsyncConnection, item: ItemRef, library_id: UUID | None, enricher: str, **values: Any
) -> None:
    """What is not given becomes what it is at first."""
    row = {
        "item_id": item.id, "enricher": enricher, "item_kind": item.kind.value, "library_id": library_id,
        "code": None, "message": None, "asked_of": None, "asked_at": None, "due_at": None, "failures": 0,
        "run_id": None, **values,
    }  # fmt: skip
    await upsert_rows(connection, states, [row], ("item_id", "enricher"))


async def hold(
    connection: AsyncConnection, enricher: str, ids: Collection[UUID], until: datetime | None, **values: Any
) -> None:
    """Not asked by themselves before."""
    mine = states.c.enricher == enricher, states.c.item_id.in_(ids)
    await connection.execute(sa.update(states).where(*mine).values(due_at=until, **values))


async def forget(connection: AsyncConnection, item_id: UUID, enricher: str) -> None:
    mine = states.c.item_id == item_id, states.c.enricher == enricher
    await connection.execute(sa.delete(states).where(*mine))


async def forget_gone(connection: AsyncConnection, enricher: str, items: Collection[ItemRef]) -> None:
    """Of these what was removed or merged. Where a volume is away, its music only waits."""
    for kind, table in TABLES.items():
        ids = {item.id for item in items if item.kind is kind}
        here = sa.select(table.c.id).where(table.c.id.in_(ids), table.c.deleted_at.is_(None))
        gone = ids - set(await connection.scalars(here)) if ids else ids
        if gone:
            mine = states.c.enricher == enricher, states.c.item_id.in_(gone)
            await connection.execute(sa.delete(states).where(*mine))


async def add_waiting(
    connection: AsyncConnection,
    enricher: str,
    items: Sequence[tuple[ItemRef, UUID | None]],
    due_at: datetime,
) -> None:
    """Of items that have no state with it; the state of others stays."""
    rows = [
        {"item_id": item.id, "enricher": enricher, "item_kind": item.kind.value, "library_id": library,
         "state": WAITING, "due_at": due_at}
        for item, library in items
    ]  # fmt: skip
    await upsert_rows(connection, states, rows, ("item_id", "enricher"), ())


def spread(after: timedelta) -> datetime:
    return utcnow() + after * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311
