"""What a plugin's processes share of services outside: turns, pauses, and answers that were got once."""

import asyncio
import hashlib
from datetime import timedelta

import sqlalchemy as sa

from mcma.store.clock import utcnow
from mcma.store.dialect import insert_ignoring, upsert
from mcma.store.engine import Database
from mcma.store.queries.jobs import database_time
from mcma.store.tables.enriching import remote_answers, remote_turns
from mcma_plugins.errors import RetryLater

LONGEST_WAIT = 60.0
"""Seconds that somebody is kept waiting for a turn."""
LARGEST = 1024 * 1024
"""Bytes of an answer."""


class PluginRemote:
    """Satisfies `mcma_plugins.remote.Remote`."""

    def __init__(self, database: Database, plugin: str) -> None:
        self._database, self._plugin = database, plugin

    async def turn(self, service: str, every: float) -> None:
        async with self._database.write() as transaction:
            connection = transaction.connection
            mine = self._service(service)
            now = await database_time(connection)
            row = {"plugin": self._plugin, "service": service, "next_at": now}
            await connection.execute(insert_ignoring(connection, remote_turns), [row])
            query = sa.select(remote_turns.c.next_at).where(mine).with_for_update()
            at = max(now, (await connection.execute(query)).scalar_one())
            wait = (at - now).total_seconds()
            if wait <= LONGEST_WAIT:
                following = sa.update(remote_turns).where(mine)
                await connection.execute(following.values(next_at=at + timedelta(seconds=every)))
        if wait > LONGEST_WAIT:
            raise RetryLater(f"{service} is left alone for a while.", after=wait, code="rate_limited")
        await asyncio.sleep(wait)

    async def pause(self, service: str, seconds: float) -> None:
        async with self._database.write() as transaction:
            connection = transaction.connection
            until = await database_time(connection) + timedelta(seconds=seconds)
            row = {"plugin": self._plugin, "service": service, "next_at": until}
            await connection.execute(insert_ignoring(connection, remote_turns), [row])
            later = sa.update(remote_turns).where(self._service(service), remote_turns.c.next_at < until)
            await connection.execute(later.values(next_at=until))

    async def recall(self, key: str) -> bytes | None:
        query = sa.select(remote_answers.c.answer).where(
            remote_answers.c.plugin == self._plugin,
            remote_answers.c.key_hash == _hash(key),
            remote_answers.c.expires_at > utcnow(),
        )
        async with self._database.read() as connection:
            found: bytes | None = await connection.scalar(query)
        return found

    async def remember(self, key: str, answer: bytes, keep: timedelta) -> None:
        if len(answer) > LARGEST:
            return
        now = utcnow()
        row = {"plugin": self._plugin, "key_hash": _hash(key), "answer": answer, "kept_at": now,
               "expires_at": now + keep}  # fmt: skip
        async with self._database.write() as transaction:
            statement = upsert(transaction.connection, remote_answers, ("plugin", "key_hash"))
            await transaction.connection.execute(statement, [row])

    def _service(self, service: str) -> sa.ColumnElement[bool]:
        return sa.and_(remote_turns.c.plugin == self._plugin, remote_turns.c.service == service)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
