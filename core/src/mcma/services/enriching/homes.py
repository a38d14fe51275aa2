"""Which item the answers behind some values were about, and which of those answers were taken back."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.fieldrows import Kept, Rows, from_document
from mcma.store.tables.enriching import enrichment_candidates, enrichment_runs
from mcma_plugins.values import ItemRef

Below = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""From a run's `before` to what it says of one item."""


class Homes:
    """Answers that are not known any more count as being about the item, and as standing."""

    def __init__(self, item: UUID, rows: Mapping[UUID, Any]) -> None:
        self._elsewhere = {id_ for id_, row in rows.items() if row.item_id != item}
        self._undone = {id_: row.before or {} for id_, row in rows.items() if row.undone_at is not None}

    def is_elsewhere(self, kept: Kept) -> bool:
        """Another decision, which is not looked at here. Also one about what was merged into the item: it was
        taken for itself, before or since."""
        return kept.candidate_id in self._elsewhere

    def standing(self, rows: Rows, below: Below, seen: frozenset[UUID] = frozenset()) -> Rows:
        """Of values that stood once, those of answers that were not taken back; for the others what stood
        `below` them in their turn."""
        found = {name: kept for name, kept in rows.items() if kept.candidate_id not in self._undone}
        gone = {kept.candidate_id for kept in rows.values() if kept.candidate_id in self._undone}
        for candidate in gone - seen:
            assert candidate is not None
            former = from_document(below(self._undone[candidate]))
            found = {**self.standing(former, below, seen | {candidate}), **found}
        return found


def of_track(track: UUID) -> Below:
    return lambda before: (before.get("tracks") or {}).get(str(track), {})


def of_artist(before: Mapping[str, Any]) -> Mapping[str, Any]:
    return before.get("artist") or {}


async def homes_of(connection: AsyncConnection, item: ItemRef, kept: Collection[Kept]) -> Homes:
    found: dict[UUID, Any] = {}
    wanted = {one.candidate_id for one in kept if one.candidate_id}
    while wanted:
        rows = (await connection.execute(_answers(wanted))).all()
        found |= {row.id: row for row in rows}
        wanted = {id_ for row in rows for id_ in _named(row.before)} - found.keys()
    return Homes(item.id, found)


def _answers(ids: Collection[UUID]) -> sa.Select[Any]:
    candidates, runs = enrichment_candidates.c, enrichment_runs.c
    undone = sa.case((runs.undone_at.is_not(None), runs.before)).label("before")
    return (
        sa.select(candidates.id, candidates.item_id, runs.undone_at, undone)
        .join_from(enrichment_candidates, enrichment_runs, runs.id == candidates.run_id)
        .where(candidates.id.in_(list(ids)))
    )


def _named(before: Mapping[str, Any] | None) -> Iterator[UUID]:
    """Answers that stood before one that was taken back."""
    said = before or {}
    documents = [*(said.get("tracks") or {}).values(), of_artist(said)]
    for document in documents:
        yield from (UUID(candidate) for _, candidate in document.values() if candidate)
