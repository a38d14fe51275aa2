"""What was deleted so long ago that nobody can hold it any more goes for good: daily, a few rows at a time.

Playlists can be restored for 30 days, and clients are told of deletions for the retention of the feed: what
is older than both, and forgotten by the feed, is purged. The logs never are, nor what they name.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from mcma.services.playlists.playlist_columns import KEPT
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import purging
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule

PURGE = "purge_deleted"
AT_ONCE = 200
"""Rows in one transaction."""


class Purging:
    def __init__(self, database: Database, retention_days: int) -> None:
        self._database = database
        self._age = max(timedelta(days=retention_days), KEPT)

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(PURGE, self._run, max_attempts=2, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {PURGE: Schedule(PURGE, timedelta(days=1), {})}

    async def _run(self, job: JobContext) -> Payload:
        return dict(await self.purge())

    async def purge(self) -> Mapping[str, int]:
        """How many rows went, by their kind."""
        before = utcnow() - self._age
        return {one.kind: await self._of(one) for one in purging.purged(before)}

    async def _of(self, one: purging.Purged) -> int:
        count = 0
        while True:
            async with self._database.write(bulk=True) as transaction:
                gone = await purging.purge(transaction.connection, one, AT_ONCE)
            if gone:  # their going wrote it at the commit
                async with self._database.write(bulk=True) as transaction:
                    await purging.forget(transaction.connection, one.kind, gone)
            count += len(gone)
            if len(gone) < AT_ONCE:
                return count
