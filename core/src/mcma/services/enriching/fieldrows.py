"""Rows of `field_values`: what one enricher says of items, written and taken away as a whole."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.bulk import insert_rows
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import field_values
from mcma_plugins.values import ItemKind


class Kept(NamedTuple):
    """A value, and the answer it is of."""

    value: Any
    candidate_id: UUID | None


Rows = Mapping[str, Kept]
"""By field."""


async def rows_of(connection: AsyncConnection, ids: Collection[UUID], origin: str) -> dict[UUID, Rows]:
    columns = field_values.c
    query = sa.select(columns.item_id, columns.field, columns.value, columns.candidate_id).where(
        columns.item_id.in_(ids), columns.origin == origin
    )
    found: dict[UUID, dict[str, Kept]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.item_id, {})[row.field] = Kept(row.value, row.candidate_id)
    return dict(found)


async def put_rows(
    connection: AsyncConnection, kind: ItemKind, origin: str, told: Mapping[UUID, Rows]
) -> None:
    """In place of all that this origin said of these items."""
    if not told:
        return
    mine = field_values.c.item_id.in_(list(told)), field_values.c.origin == origin
    await connection.execute(sa.delete(field_values).where(*mine))
    now = utcnow()
    await insert_rows(connection, field_values, [
        {"item_id": item, "field": name, "origin": origin, "item_kind": kind.value, "value": kept.value,
         "candidate_id": kept.candidate_id, "user_id": None, "at": now}
        for item in sorted(told) for name, kept in told[item].items()
    ])  # fmt: skip


def document(rows: Rows) -> dict[str, Any]:
    """For a run's `before`."""
    return {name: [kept.value, kept.candidate_id and str(kept.candidate_id)] for name, kept in rows.items()}


def from_document(doc: Mapping[str, Any]) -> Rows:
    return {name: Kept(value, UUID(said) if said else None) for name, (value, said) in doc.items()}
