"""One job that a runner has, from its claim to the row that says how it ended."""

import asyncio

from mcma.store.engine import WriteTransaction
from mcma.store.queries import job_claims, jobs
from mcma.worker.attempt import Ending, when_interrupted
from mcma.worker.context import RunningJob
from mcma_plugins.values import JobView


class Slot:
    """One job this runner has claimed, with the task of its handler."""

    def __init__(self, job: RunningJob, handler: asyncio.Task[Ending], *, apart: bool = False) -> None:
        self.job, self._handler, self.apart = job, handler, apart
        self.work: asyncio.Task[None] | None = None

    @property
    def is_bulk(self) -> bool:
        return self.job.claimed.priority > job_claims.INTERACTIVE

    def interrupt(self) -> None:
        self._handler.cancel()

    async def ending(self) -> Ending:
        await asyncio.wait({self._handler})
        if self._handler.cancelled() and (ending := when_interrupted(self.job)) is not None:
            return ending
        return self._handler.result()


async def write_ending(transaction: WriteTransaction, job: RunningJob, ending: Ending) -> JobView | None:
    """None when the job is no longer ours."""
    values = {**job.last_words(), "error": ending.error}
    if ending.released:
        return await jobs.release(transaction.connection, job.held, values)
    if ending.awaits_children:
        return await jobs.await_children(
            transaction.connection, job.held, {**values, "result": ending.result}
        )
    if ending.state == jobs.QUEUED:
        return await jobs.reschedule(transaction.connection, job.held, ending.delay, values)
    return await jobs.finish(
        transaction.connection, job.held, ending.state, {**values, "result": ending.result}
    )
