"""Answers of services outside that plugins keep: those that have aged go, and of too much the oldest."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.dialect import database_now
from mcma.store.engine import Database
from mcma.store.tables.enriching import remote_answers as answers
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule

FORGET: Final = "forget_answers"
MOST_BYTES: Final = 512 * 1024 * 1024
AT_ONCE: Final = 500
"""Rows in one transaction: who writes meanwhile waits for it."""


class RemoteAnswers:
    """Satisfies `JobOwner`. `most_bytes`: of all answers together."""

    def __init__(self, database: Database, most_bytes: int = MOST_BYTES) -> None:
        self._database, self._most_bytes = database, most_bytes

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(FORGET, self._run, max_attempts=2, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {FORGET: Schedule(FORGET, timedelta(hours=6), {})}

    async def _run(self, _: JobContext) -> Payload:
        return {"aged": await self.forget_aged(), "oldest": await self.forget_oldest()}

    async def forget_aged(self) -> int:
        gone = 0
        while True:
            async with self._database.write(bulk=True) as transaction:
                connection = transaction.connection
                aged = sa.select(answers.c.plugin, answers.c.key_hash).where(
                    answers.c.expires_at <= database_now(connection)
                )
                keys = (await connection.execute(aged.limit(AT_ONCE))).all()
                await _forget(connection, keys)
            gone += len(keys)
            if len(keys) < AT_ONCE:
                return gone

    async def forget_oldest(self) -> int:
        """Until a tenth is free again, so that it is not done for every answer."""
        async with self._database.read() as connection:
            size = (await connection.scalar(sa.select(sa.func.sum(_LENGTH)))) or 0
        gone, excess = 0, int(size) - self._most_bytes
        target = excess + self._most_bytes // 10 if excess > 0 else 0
        while target > 0:
            async with self._database.write(bulk=True) as transaction:
                rows = await _oldest(transaction.connection)
                keys = _enough(rows, target)
                await _forget(transaction.connection, keys)
            target -= sum(row.size for row in rows[: len(keys)])
            gone += len(keys)
            if not keys:
                break
        return gone


_LENGTH = sa.func.length(answers.c.answer)


async def _oldest(connection: AsyncConnection) -> Sequence[Any]:
    query = sa.select(answers.c.plugin, answers.c.key_hash, _LENGTH.label("size"))
    return (await connection.execute(query.order_by(answers.c.kept_at).limit(AT_ONCE))).all()


def _enough(rows: Sequence[Any], target: int) -> list[Any]:
    chosen = []
    for row in rows:
        if target <= 0:
            break
        chosen.append(row)
        target -= row.size
    return chosen


async def _forget(connection: AsyncConnection, keys: Sequence[Any]) -> None:
    if keys:
        pairs = [(row.plugin, row.key_hash) for row in keys]
        chosen = sa.tuple_(answers.c.plugin, answers.c.key_hash).in_(pairs)
        await connection.execute(sa.delete(answers).where(chosen))
