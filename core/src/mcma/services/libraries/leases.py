"""One process of many does something: whoever holds the row, until it is released or not renewed in time."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.engine import Database
from mcma.store.queries.jobs import database_time
from mcma.store.tables.machinery import key_values


class Lease:
    """By the database's clock. `hold` renews and, when nobody holds it any more, takes it."""

    def __init__(self, database: Database, name: str, seconds: float) -> None:
        self._database, self._name, self._length = database, name, timedelta(seconds=seconds)
        self._owner: UUID = new_id()

    async def hold(self) -> bool:
        rows = key_values.c
        async with self._database.write() as transaction:
            connection = transaction.connection
            now = await database_time(connection)
            values = {"value": str(self._owner), "updated_at": utcnow(), "expires_at": now + self._length}
            row = {"namespace": "core", "key": self._key, **values}
            await connection.execute(insert_ignoring(connection, key_values).values(**row))
            mine = rows.value == sa.literal(str(self._owner), rows.value.type)
            free = sa.or_(mine, rows.expires_at < now)
            statement = sa.update(key_values).where(*self._here, free).values(**values)
            return bool((await connection.execute(statement)).rowcount)

    async def release(self) -> None:
        mine = key_values.c.value == sa.literal(str(self._owner), key_values.c.value.type)
        async with self._database.write() as transaction:
            await transaction.connection.execute(sa.delete(key_values).where(*self._here, mine))

    @property
    def _key(self) -> str:
        return f"lease.{self._name}"

    @property
    def _here(self) -> tuple[sa.ColumnElement[bool], ...]:
        return key_values.c.namespace == "core", key_values.c.key == self._key
