"""Renditions that are made ahead for whoever takes many tracks along: one job makes them one after another.

Their rows are the queue. A job makes what names it, for a while; then another job does the rest, behind what
others wait for.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from mcma.services.jobs import Jobs
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import renditions as rows
from mcma.store.queries import staged
from mcma.store.queries.renditions import Maker
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.ids import JobId, UserId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Priority

RENDER_MANY: Final = "render_many"
TURN: Final = 600.0
"""Seconds after which a job leaves the rest to another, so that nobody's plan holds up everybody's."""
AT_ONCE: Final = 2
"""Of these jobs, over all workers: each uses a core."""

Render = Callable[[UUID, JobContext], Awaitable[object]]
"""Makes one. `PermanentError` for one that cannot be made, `RetryLater` when somebody else makes it."""


class Batches:
    def __init__(self, database: Database, jobs: Jobs, render: Render, turn: float = TURN) -> None:
        self._database, self._jobs, self._render, self._turn = database, jobs, render, turn

    def kind(self) -> JobKind:
        return JobKind(RENDER_MANY, self.run, timeout=timedelta(days=1), concurrency=AT_ONCE)

    async def run(self, job: JobContext) -> Payload:
        """The job."""
        inside, until = _Inside(job), time.monotonic() + self._turn
        async with self._database.read() as connection:
            inside.total = await staged.count_of(connection, job.id, job.attempt)
        while (id_ := await self._next(job)) is not None:
            if inside.done and time.monotonic() > until:
                return {"made": inside.made, "failed": inside.failed, "successor": str(await self._rest(job))}
            await self._one(id_, inside)
            await inside.tell()
        return {"made": inside.made, "failed": inside.failed}

    async def _next(self, job: JobContext) -> UUID | None:
        async with self._database.read() as connection:
            return await staged.next_of(connection, job.id, job.attempt)

    async def _one(self, id_: UUID, job: "_Inside") -> None:
        try:
            await self._render(id_, job)
        except PermanentError as error:
            job.failed += 1
            await self._failed(id_, job, error)
        except RetryLater:
            job.elsewhere += 1
        else:
            job.made += 1

    async def _failed(self, id_: UUID, job: JobContext, error: PermanentError) -> None:
        """Those that were never begun too: they must not be looked at again and again."""
        values = {"state": rows.FAILED, "error": error.message, "finished_at": utcnow()}
        async with self._database.write() as transaction:
            await rows.end(transaction.connection, id_, Maker(job.id, job.attempt), values)

    async def _rest(self, job: JobContext) -> JobId:
        async with self._database.write() as transaction:
            successor = await self._jobs.enqueue(
                transaction, RENDER_MANY, dict(job.payload), priority=Priority.BULK, created_by=job.created_by
            )
            await staged.hand_over(transaction.connection, job.id, successor)
        return successor


class _Inside:
    """One rendition's part of the job: what is told is how many are done, not how far this one is."""

    def __init__(self, job: JobContext) -> None:
        self._job = job
        self.total = self.made = self.failed = self.elsewhere = 0

    @property
    def done(self) -> int:
        return self.made + self.failed + self.elsewhere

    @property
    def id(self) -> JobId:
        return self._job.id

    @property
    def payload(self) -> Payload:
        return self._job.payload

    @property
    def attempt(self) -> int:
        return self._job.attempt

    @property
    def created_by(self) -> UserId | None:
        return self._job.created_by

    async def tell(self) -> None:
        await self._job.progress(self.done, max(self.total, self.done))

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        await self.tell()

    async def log(self, line: str) -> None:
        await self._job.log(line)
