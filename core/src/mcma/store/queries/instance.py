"""Which server this is, whatever address its database has."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.tables.machinery import key_values

_ROW = {"namespace": "core", "key": "instance"}


async def instance_id(connection: AsyncConnection) -> UUID:
    """Made on first use, the same for ever; of two who make it at once, both get the one that stays."""
    new = {**_ROW, "value": str(new_id()), "updated_at": utcnow()}
    await connection.execute(insert_ignoring(connection, key_values), [new])
    kept = sa.select(key_values.c.value).where(*(key_values.c[name] == value for name, value in _ROW.items()))
    return UUID(str(await connection.scalar(kept)))
