"""Rows of `field_values`: what one enricher says of items, written and taken away as a whole."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.bulk import insert_rows
from mcma.store.clock import utcnow
from mcma.store.redirects import merged_into
from mcma.store.tables.catalogue import field_values
from mcma.store.tables.enriching import enrichment_candidates, enrichment_runs
from mcma_plugins.values import ItemKind, ItemRef


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


class Homes:
    """Which item the answers behind some values were about, and which of those answers were taken back."""

    def __init__(self, item: frozenset[UUID], rows: Collection[Any]) -> None:
        self._elsewhere = {row.id for row in rows if row.item_id not in item}
        self._undone = {row.id for row in rows if row.undone_at is not None}

    def is_elsewhere(self, kept: Kept) -> bool:
        """Another decision, which is not looked at here."""
        return kept.candidate_id in self._elsewhere

    def is_undone(self, kept: Kept) -> bool:
        return kept.candidate_id in self._undone


async def homes_of(connection: AsyncConnection, item: ItemRef, kept: Collection[Kept]) -> Homes:
    """`item` is also what was merged into it."""
    ids = {one.candidate_id for one in kept if one.candidate_id}
    if not ids:
        return Homes(frozenset(), ())
    candidates, runs = enrichment_candidates, enrichment_runs
    query = (
        sa.select(candidates.c.id, candidates.c.item_id, runs.c.undone_at)
        .join_from(candidates, runs, runs.c.id == candidates.c.run_id)
        .where(candidates.c.id.in_(list(ids)))
    )
    rows = (await connection.execute(query)).all()
    same = frozenset({item.id, *(await merged_into(connection, [item.id]))})
    return Homes(same, rows)
