"""Answers of enrichers, kept as the deciding side keeps them, laid and taken back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.services.enriching.laying import lay
from mcma.services.enriching.lifting import lift
from mcma.services.enriching.previews import preview
from mcma.services.enriching.values import Change, KeptCandidate, Laid
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import field_values
from mcma.store.tables.enriching import enrichment_candidates, enrichment_runs
from mcma_plugins.values import ItemKind, ItemRef

MBID = "{:08x}-0000-4000-8000-000000000000"


def mbid(number: int) -> str:
    return MBID.format(number)


class Laying:
    """One enricher, whose answers are taken."""

    def __init__(self, database: Database, enricher: str = "brainz") -> None:
        self.database, self.enricher = database, enricher

    def candidate(
        self,
        item: UUID,
        tracks: Mapping[UUID, Mapping[str, Any]] | None = None,
        kind: ItemKind = ItemKind.ALBUM,
        **more: Any,
    ) -> KeptCandidate:
        return KeptCandidate(
            new_id(), new_id(), ItemRef(kind, item), self.enricher, "release:1", "A title", 1.0,
            tracks=tracks or {}, **more,
        )  # fmt: skip

    async def keep(self, candidate: KeptCandidate) -> None:
        now, item = utcnow(), candidate.item
        run = {"id": candidate.run_id, "item_id": item.id, "item_kind": item.kind.value,
               "enricher": self.enricher, "trigger": "request", "outcome": "applied",
               "candidate_id": candidate.id, "created_at": now}  # fmt: skip
        row = {"id": candidate.id, "run_id": candidate.run_id, "item_id": item.id, "position": 0,
               "ref": candidate.ref, "title": candidate.title, "score": 1.0, "said_score": 1.0,
               "artists": dict(candidate.artists), "picture": candidate.picture}  # fmt: skip
        async with self.database.write() as transaction:
            await transaction.connection.execute(sa.insert(enrichment_runs), [run])
            await transaction.connection.execute(sa.insert(enrichment_candidates), [row])

    async def lay(self, candidate: KeptCandidate, *, kept: bool = False) -> Laid:
        if not kept:
            await self.keep(candidate)
        async with self.database.write() as transaction:
            await lock_catalogue(transaction.connection)
            done = await lay(transaction.connection, candidate)
            this = sa.update(enrichment_runs).where(enrichment_runs.c.id == candidate.run_id)
            await transaction.connection.execute(this.values(before=dict(done.before)))
            return done

    async def preview(self, candidate: KeptCandidate) -> Sequence[Change]:
        async with self.database.read() as connection:
            return await preview(connection, candidate)

    async def lift(self, candidate: KeptCandidate, before: Mapping[str, Any]) -> Laid:
        async with self.database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            this = enrichment_runs.c.id == candidate.run_id
            undone = {"outcome": "undone", "undone_at": utcnow()}
            await connection.execute(sa.update(enrichment_runs).where(this).values(undone))
            return await lift(connection, candidate.item, self.enricher, before)

    async def rows(self, item: UUID) -> dict[tuple[str, str], Any]:
        """(Field, origin) to value."""
        columns = field_values.c
        query = sa.select(columns.field, columns.origin, columns.value).where(columns.item_id == item)
        async with self.database.read() as connection:
            return {(row.field, row.origin): row.value for row in await connection.execute(query)}
