"""Record labels."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import NotFound
from mcma.services.entities.labelmerge import leads_to, other_names
from mcma.store.access import library_ids
from mcma.store.engine import Database
from mcma.store.queries.genres import labels_counted
from mcma.store.tables.catalogue import labels
from mcma_plugins.values import Caller


class LabelView(NamedTuple):
    id: UUID
    name: str
    album_count: int
    mbid: UUID | None = None
    aliases: tuple[str, ...] = ()
    """Names of labels that were merged into this one."""


class Labels:
    """Those with an album that the caller may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, caller: Caller, libraries: Sequence[int] | None = None) -> Sequence[LabelView]:
        """By name. `libraries` are numbers."""
        return await self._views(labels_counted(library_ids(caller, libraries)))

    async def get(self, caller: Caller, label_id: UUID) -> LabelView:
        async with self._database.read() as connection:
            label_id = await leads_to(connection, label_id)
        found = await self._views(labels_counted(library_ids(caller)).where(labels.c.id == label_id))
        if not found:
            raise NotFound("There is no such label.")
        return found[0]

    async def _views(self, chosen: sa.Select[Any]) -> Sequence[LabelView]:
        async with self._database.read() as connection:
            rows = await connection.execute(chosen)
            others = await other_names(connection)
        return [
            LabelView(id_, name, int(found), mbid, tuple(others.get(key, ())))
            for id_, name, key, mbid, found in rows
        ]
