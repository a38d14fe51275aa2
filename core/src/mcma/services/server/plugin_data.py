"""What a plugin gets of the database: small values, and transactions for its own tables."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput
from mcma.services.jobs import Jobs, check_json
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.engine import Database, WriteTransaction
from mcma.store.tables.machinery import key_values
from mcma_plugins.database import Transaction
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import Payload, Priority

LONGEST_KEY = 200


class PluginValues:
    """Satisfies `mcma_plugins.KeyValue`: JSON values under the plugin's own name."""

    def __init__(self, database: Database, plugin: str) -> None:
        self._database, self._namespace = database, f"plugin:{plugin}"

    def _at(self, key: str) -> sa.ColumnElement[bool]:
        return sa.and_(key_values.c.namespace == self._namespace, key_values.c.key == key)

    async def get(self, key: str) -> object | None:
        async with self._database.read() as connection:
            found: object | None = await connection.scalar(sa.select(key_values.c.value).where(self._at(key)))
        return found

    async def put(self, key: str, value: object) -> None:
        """Raises `InvalidInput` for a key that is empty or too long, or a value that is not JSON."""
        if not 0 < len(key) <= LONGEST_KEY:
            raise InvalidInput(f"A key has 1 to {LONGEST_KEY} characters.")
        check_json({"value": value})
        row = {"namespace": self._namespace, "key": key, "value": value, "updated_at": utcnow()}
        async with self._database.write() as transaction:
            statement = upsert(
                transaction.connection, key_values, ("namespace", "key"), ("value", "updated_at")
            )
            await transaction.connection.execute(statement, [row])

    async def delete(self, key: str) -> None:
        async with self._database.write() as transaction:
            await transaction.connection.execute(sa.delete(key_values).where(self._at(key)))


class PluginTransaction:
    """Satisfies `mcma_plugins.database.Transaction`."""

    def __init__(self, transaction: WriteTransaction, jobs: Jobs) -> None:
        self._transaction, self._jobs = transaction, jobs

    @property
    def connection(self) -> AsyncConnection:
        return self._transaction.connection

    async def enqueue(
        self,
        kind: str,
        payload: Payload,
        *,
        dedup_key: str | None = None,
        priority: Priority = Priority.NORMAL,
        parent_id: JobId | None = None,
    ) -> JobId:
        return await self._jobs.enqueue(
            self._transaction, kind, payload, dedup_key=dedup_key, priority=priority, parent_id=parent_id
        )


class PluginTables:
    """Satisfies `mcma_plugins.database.PluginDatabase`."""

    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._database, self._jobs = database, jobs

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self._database.write() as transaction:
            yield PluginTransaction(transaction, self._jobs)


def enqueue_for(jobs: Jobs) -> Any:
    """Satisfies `mcma_plugins.Enqueue`."""

    async def enqueue(
        kind: str,
        payload: Payload,
        *,
        dedup_key: str | None = None,
        priority: Priority = Priority.NORMAL,
        parent_id: JobId | None = None,
    ) -> JobId:
        return await jobs.submit(kind, payload, dedup_key=dedup_key, priority=priority, parent_id=parent_id)

    return enqueue
