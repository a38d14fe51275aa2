"""Other rules and another order of enrichers may show other lyrics: a job has the rows of tracks say so.

It also goes through what a version wrote that did not say it yet.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.indexing.lyricdigests import differing, ranks_of, tell_lyrics
from mcma.services.inforce import InForce
from mcma.services.jobs import Jobs
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import lyrics
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority, Schedule

TELL: Final = "tell_lyrics"
"""The job kind."""
PORTION: Final = 100
"""Tracks: of long lyrics with the times of words that is some MiB."""
_IN_FORCE = InForce("lyrics")


class LyricRelaying:
    """Satisfies `JobOwner`."""

    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._database, self._jobs = database, jobs

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(TELL, self._run, max_attempts=3, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def settle(self) -> None:
        """To be called at the start: a job, where other rules were in force."""
        async with self._database.read() as connection:
            now, before = _rules(connection), await _IN_FORCE.read(connection)
            some = await _sung(connection, None, 1)
        if before == now:
            return
        async with self._database.write() as transaction:
            if some:
                await self._jobs.enqueue(transaction, TELL, {}, dedup_key="start", priority=Priority.BULK)
            else:
                await _IN_FORCE.remember(transaction.connection, now)

    async def _run(self, job: JobContext) -> Payload:
        """What it did stands if it is killed; then it looks at all of them again."""
        changed, seen, after = 0, 0, None
        while ids := await self._next(after):
            after, seen = ids[-1], seen + len(ids)
            changed += await self._tell(ids)
            await job.progress(seen)
        async with self._database.write() as transaction:
            await _IN_FORCE.remember(transaction.connection, _rules(transaction.connection))
        return {"changed": changed}

    async def _next(self, after: UUID | None) -> Sequence[UUID]:
        async with self._database.read() as connection:
            return await _sung(connection, after, PORTION)

    async def _tell(self, ids: Sequence[UUID]) -> int:
        """Nobody waits for those of which nothing changes."""
        async with self._database.read() as connection:
            others = await differing(connection, ids)
        if not others:
            return 0
        async with self._database.write(bulk=True) as transaction:
            await lock_catalogue(transaction.connection)
            return await tell_lyrics(transaction.connection, others)


def _rules(connection: AsyncConnection) -> Any:
    rule, order = ranks_of(connection)
    return {"rule": str(rule), "order": list(order)}


async def _sung(connection: AsyncConnection, after: UUID | None, limit: int) -> Sequence[UUID]:
    """Tracks that have lyrics, along their index."""
    query = sa.select(lyrics.c.track_id).distinct().order_by(lyrics.c.track_id).limit(limit)
    return (
        await connection.scalars(query if after is None else query.where(lyrics.c.track_id > after))
    ).all()
