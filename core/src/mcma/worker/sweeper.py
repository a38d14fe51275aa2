"""Looks after the queue: lapsed leases, lost rings, kinds nobody offers, old rows, dead workers."""

import time
from collections.abc import Sequence
from datetime import timedelta

import structlog

from mcma.services.job_events import JobNews
from mcma.services.jobs import ring_quietly
from mcma.store.engine import Database
from mcma.store.queries import job_families, job_upkeep, job_workers
from mcma.store.queries.jobs import FINISHED, QUEUED
from mcma.worker import schedules
from mcma.worker.doorbell import Doorbell
from mcma_plugins.ids import JobId
from mcma_plugins.values import JobView

_log = structlog.get_logger(__name__)

CLEAN_EVERY = 3600.0
FORGET_WORKERS_AFTER = 24 * 3600.0


class Sweeper:
    """Every worker has one; that they sweep at once does no harm.

    `silence`: seconds after which a worker that was not heard of counts as gone, and a job of a kind that
    nobody offers as unhandled. `waited`: seconds after which a due job is rung for again.
    """

    def __init__(
        self,
        database: Database,
        doorbell: Doorbell,
        news: JobNews,
        kinds: Sequence[str],
        *,
        silence: float,
        waited: float,
        retention: timedelta,
    ) -> None:
        self._database, self._doorbell, self._news, self._kinds = database, doorbell, news, kinds
        self._silence, self._waited, self._retention = silence, waited, retention
        self._next_clean = 0.0

    async def reclaim(self, *, everything: bool = False) -> None:
        """Puts jobs of lost workers back. `everything`: nobody else is alive, whatever the leases say."""
        async with self._database.write() as transaction:
            changed = await job_upkeep.end_lapsed(transaction.connection, everything=everything)
        for view in changed:
            _log.warning("job_lease_lapsed", job_id=str(view.id), kind=view.kind, state=view.state)
        await self._announce(changed)
        await self.settle([view.id for view in changed if view.state in FINISHED])

    async def settle(self, ended: Sequence[JobId]) -> None:
        """After the commit that ended these jobs: those above them may be over now."""
        if not ended:
            return
        async with self._database.write() as transaction:
            changed = await job_families.settle_around(transaction.connection, ended)
        await self._announce(changed)

    async def _settle_all(self) -> None:
        async with self._database.write() as transaction:
            changed = await job_families.settle(transaction.connection)
            changed += await job_families.count_progress(transaction.connection)
        await self._announce(changed)

    async def sweep(self) -> None:
        await self.reclaim()
        await self._settle_all()
        await self._announce(await schedules.fire(self._database, self._kinds))
        await self._match_handlers()
        await self._ring_again()
        if time.monotonic() >= self._next_clean:
            await self._clean()

    async def _clean(self) -> None:
        """One batch a round: leases must not wait for it."""
        async with self._database.write() as transaction:
            await job_workers.prune_workers(transaction.connection, FORGET_WORKERS_AFTER)
            gone = await job_upkeep.delete_finished(transaction.connection, self._retention)
        if gone < job_upkeep.DELETE_AT_MOST:
            self._next_clean = time.monotonic() + CLEAN_EVERY

    async def _match_handlers(self) -> None:
        async with self._database.write() as transaction:
            connection = transaction.connection
            offered = await job_workers.offered_kinds(connection, self._silence) | set(self._kinds)
            changed = await job_upkeep.mark_unhandled(connection, offered, self._silence)
            changed += await job_upkeep.revive_handled(connection, offered)
        await self._announce(changed)

    async def _ring_again(self) -> None:
        async with self._database.read() as connection:
            due = await job_upkeep.due_jobs(connection, self._waited, self._kinds)
        await self._ring(due)

    async def _announce(self, changed: Sequence[JobView]) -> None:
        for view in changed:
            self._news.changed(view)
        await self._ring([(view.id, view.kind) for view in changed if view.state == QUEUED])

    async def _ring(self, due: Sequence[tuple[JobId, str]]) -> None:
        for job_id, kind in due:
            if not await ring_quietly(self._doorbell, job_id, kind):
                break
