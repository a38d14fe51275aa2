"""What enrichers and people say of tracks, beside what their files say; by which rules it is laid over it."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain import tagdocs
from mcma.domain.discs import of_one_album
from mcma.domain.layering import Layered, Said, layered
from mcma.domain.layerrules import DEFAULT, PERSON, Layering
from mcma.store.dialect import json_object_of
from mcma.store.tables.catalogue import field_values, tracks

__all__ = ["OPTION", "PERSON", "Overlays", "are_said", "layering_of", "overlays"]

OPTION = "mcma_layering"
"""The rules in force are those of the database's connections, which the composition root sets."""

are_said = sa.exists().where(field_values.c.item_id == tracks.c.id).label("are_said")
"""A column of a query of tracks: whether anything is said of one, so that nobody asks for nothing."""


def layering_of(connection: AsyncConnection) -> Layering:
    options = connection.sync_connection.get_execution_options() if connection.sync_connection else {}
    found = options.get(OPTION)
    return found if isinstance(found, Layering) else DEFAULT


class Overlays(Mapping[UUID, Said]):
    """Track to what is said of it; tracks of which nobody says anything are not in it."""

    def __init__(self, said: Mapping[UUID, Said], layering: Layering) -> None:
        self._said, self.layering = said, layering

    def __getitem__(self, track: UUID) -> Said:
        return self._said[track]

    def __iter__(self) -> Any:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)

    def over(self, track: UUID | None, tags: Any, artwork: UUID | None = None) -> Layered:
        """What counts. `tags`: the document, or the facts of a file; `artwork`: its picture."""
        facts = tagdocs.from_doc(tags) if tags is None or isinstance(tags, dict) else tags
        facts = of_one_album(facts)
        return layered(facts, self._said.get(track) if track else None, self.layering, artwork)


async def overlays(connection: AsyncConnection, track_ids: Collection[UUID]) -> Overlays:
    """One query, and none for no tracks."""
    found: dict[UUID, dict[str, Mapping[str, Any]]] = {}
    if track_ids:
        columns = field_values.c
        spoken = json_object_of(columns.field, columns.value)
        query = sa.select(columns.item_id, columns.origin, spoken).where(columns.item_id.in_(track_ids))
        rows = await connection.execute(query.group_by(columns.item_id, columns.origin))
        for item, origin, values in rows:
            found.setdefault(item, {})[origin] = values
    return Overlays(found, layering_of(connection))
