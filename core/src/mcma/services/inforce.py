"""Under which settings rows were told is remembered, so that a start with other ones is noticed."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.tables.machinery import key_values


class InForce:
    """One setting, or several that belong together; its value is JSON."""

    def __init__(self, key: str) -> None:
        self._row = {"namespace": "core", "key": key}

    async def read(self, connection: AsyncConnection) -> Any:
        """None: nothing was remembered yet."""
        here = [key_values.c[name] == value for name, value in self._row.items()]
        return await connection.scalar(sa.select(key_values.c.value).where(*here))

    async def remember(self, connection: AsyncConnection, value: Any) -> None:
        row = {**self._row, "value": value, "updated_at": utcnow()}
        await connection.execute(upsert(connection, key_values, ("namespace", "key")), [row])
