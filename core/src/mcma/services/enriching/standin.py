"""Stands in until values are laid over tags."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.values import Change, KeptCandidate, Laid
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.engine import WriteTransaction
from mcma.store.tables.catalogue import field_values
from mcma_plugins.values import ItemKind, ItemRef


async def lay(connection: AsyncConnection, candidate: KeptCandidate) -> Laid:
    origin = f"plugin:{candidate.enricher}"
    rows = [
        {"item_id": id_, "field": name, "origin": origin, "item_kind": "track", "value": value,
         "candidate_id": candidate.id, "user_id": None, "at": utcnow()}
        for id_, own in candidate.tracks.items()
        for name, value in {**candidate.fields, **own}.items()
    ]  # fmt: skip
    before = await _taken(connection, list(candidate.tracks), origin)
    if rows:
        await connection.execute(upsert(connection, field_values, ("item_id", "field", "origin")), rows)
    return Laid(await preview(connection, candidate), before, ())


async def _taken(connection: AsyncConnection, ids: Sequence[Any], origin: str) -> dict[str, Any]:
    mine = field_values.c.item_id.in_(ids), field_values.c.origin == origin
    found: dict[str, Any] = {str(id_): {} for id_ in ids}
    for row in await connection.execute(sa.select(field_values).where(*mine)):
        found[str(row.item_id)][row.field] = row.value
    await connection.execute(sa.delete(field_values).where(*mine))
    return found


async def lift(connection: AsyncConnection, item: ItemRef, enricher: str, before: Mapping[str, Any]) -> Laid:
    from uuid import UUID

    origin = f"plugin:{enricher}"
    await _taken(connection, [UUID(id_) for id_ in before], origin)
    rows = [
        {"item_id": UUID(id_), "field": name, "origin": origin, "item_kind": "track", "value": value,
         "candidate_id": None, "user_id": None, "at": utcnow()}
        for id_, own in before.items() for name, value in own.items()
    ]  # fmt: skip
    if rows:
        await connection.execute(upsert(connection, field_values, ("item_id", "field", "origin")), rows)
    return Laid((), {}, ())


async def preview(connection: AsyncConnection, candidate: KeptCandidate) -> Sequence[Change]:
    return [
        Change(ItemRef(ItemKind.TRACK, id_), name, None, "tag", value, False)
        for id_, own in candidate.tracks.items()
        for name, value in {**candidate.fields, **own}.items()
    ]


async def set_status(connection: AsyncConnection, item: ItemRef) -> None:
    return None


async def picture(transaction: WriteTransaction, candidate: KeptCandidate) -> None:
    return None
