"""Artists that an answer about an album told of: they need not be asked about themselves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching import states
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.statuses import settle_artists
from mcma.store.bulk import upsert_rows
from mcma.store.clock import utcnow
from mcma.store.tables.enriching import enrichment_states as table
from mcma_plugins.values import ItemKind


async def mentioned(
    connection: AsyncConnection, policy: Policy, enricher: str, run_id: UUID, before: Mapping[str, Any]
) -> None:
    """`before`: of what was laid. Those that were asked about themselves stay as they are."""
    now, ids = utcnow(), [UUID(one) for one in before.get("artists", ())]
    rows = [
        {"item_id": id_, "enricher": enricher, "item_kind": ItemKind.ARTIST.value, "state": states.ENRICHED,
         "code": "mentioned", "asked_at": now, "due_at": states.spread(policy.keep), "run_id": run_id}
        for id_ in ids
    ]  # fmt: skip
    unasked = table.c.asked_at.is_(None), table.c.enricher == enricher, table.c.item_id.in_(ids)
    if ids:
        await connection.execute(sa.delete(table).where(*unasked))
        await upsert_rows(connection, table, rows, ("item_id", "enricher"), ())
        await settle_artists(connection, ids)


async def forgotten(
    connection: AsyncConnection, enricher: str, run_id: UUID, before: Mapping[str, Any]
) -> None:
    """The answer was taken back: they are asked about themselves. `before`: of what was laid."""
    ids = [UUID(one) for one in before.get("artists", ())]
    if not ids:
        return
    mine = table.c.item_id.in_(ids), table.c.enricher == enricher, table.c.run_id == run_id
    waiting = {"state": states.WAITING, "code": None, "asked_at": None, "due_at": utcnow(), "run_id": None}
    await connection.execute(sa.update(table).where(*mine, table.c.code == "mentioned").values(waiting))
    await settle_artists(connection, ids)
