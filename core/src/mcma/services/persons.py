"""What people say of fields of tracks and artists: kept beside all else that is said, to be taken back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layerrules import PERSON
from mcma.services.callers import person_of
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.tables.catalogue import field_values
from mcma_plugins.values import Caller, ItemRef


async def put_words(
    connection: AsyncConnection, item: ItemRef, said: Mapping[str, Any], caller: Caller
) -> None:
    """Field to value; None takes a person's word back. Fields that are not named stay as they are."""
    columns, now = field_values.c, utcnow()
    back = [name for name, value in said.items() if value is None]
    if back:
        mine = columns.item_id == item.id, columns.origin == PERSON, columns.field.in_(back)
        await connection.execute(sa.delete(field_values).where(*mine))
    rows = [
        {"item_id": item.id, "field": name, "origin": PERSON, "item_kind": item.kind.value, "value": value,
         "user_id": person_of(caller), "at": now}
        for name, value in said.items() if value is not None
    ]  # fmt: skip
    if rows:
        await connection.execute(upsert(connection, field_values, ("item_id", "field", "origin")), rows)


async def words_left(connection: AsyncConnection, item: UUID) -> set[str]:
    """Fields that people have set."""
    mine = field_values.c.item_id == item, field_values.c.origin == PERSON
    return set(await connection.scalars(sa.select(field_values.c.field).where(*mine)))
