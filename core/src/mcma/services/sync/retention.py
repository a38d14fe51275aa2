"""What sync forgets: daily, what says that something went long ago is dropped from the feed, and what was
answered to events long ago with it.

The feed has no times. A mark says each day which change was the last; a cursor from before the deletions that
are still told is answered `cursor_expired`.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from mcma.services.sync.push import receipts
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import sync_state
from mcma.store.queries.sync_state import Mark
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule

FORGET = "forget_deletions"
AT_ONCE = 1000
"""Rows in one transaction: about 0.1 s on SQLite, where who writes meanwhile waits for it."""


class Retention:
    def __init__(self, database: Database, days: int) -> None:
        self._database, self._length = database, timedelta(days=days)

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(FORGET, self._run, max_attempts=2, concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {FORGET: Schedule(FORGET, timedelta(days=1), {})}

    async def _run(self, job: JobContext) -> Payload:
        async with self._database.write(bulk=True) as transaction:
            receipts_gone = await receipts.forget(transaction.connection, utcnow())
        return {"forgotten": await self.forget(), "receipts": receipts_gone}

    async def forget(self) -> int:
        """Returns how many deletions are told no more. The horizon goes first: nobody may miss one."""
        async with self._database.write() as transaction:
            connection = transaction.connection
            before, now = await sync_state.begun(connection), utcnow()
            mark = Mark(max(await sync_state.head(connection), before.horizon), now)
            horizon, marks = sync_state.kept_marks(before.marks, mark, now - self._length)
            horizon = max(horizon, before.horizon)
            await sync_state.keep(connection, before._replace(horizon=horizon, marks=marks))
        return await self._forget(horizon)

    async def _forget(self, horizon: int) -> int:
        """In portions: who writes meanwhile waits for one of them."""
        gone, after = 0, 0 if horizon else None
        while after is not None:
            async with self._database.write(bulk=True) as transaction:
                some, after = await sync_state.forget(transaction.connection, after, horizon, AT_ONCE)
            gone += some
        return gone
