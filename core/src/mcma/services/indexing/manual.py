"""What people have set. Their values lie over those of the tags, and are never overwritten."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables.catalogue import field_values, tracks

PERSON = "person"
"""Origin of what nothing automatic overwrites."""


async def manual_values(
    connection: AsyncConnection, track_ids: Collection[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Track to field to value."""
    if not track_ids:
        return {}
    query = (
        sa.select(field_values.c.item_id, field_values.c.field, field_values.c.value)
        .join_from(field_values, tracks, tracks.c.id == field_values.c.item_id)
        .where(
            field_values.c.item_id.in_(track_ids),
            field_values.c.origin == PERSON,
            tracks.c.metadata_status == "manual",
        )
    )
    found: dict[UUID, dict[str, Any]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.item_id, {})[row.field] = row.value
    return found
