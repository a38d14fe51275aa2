"""Runs jobs: claims rows, keeps their leases, writes how they ended."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
import structlog
from structlog.contextvars import bound_contextvars

from mcma.domain.errors import OutOfSpace, Unavailable
from mcma.services.job_events import JobEvents, JobNews, OnFinished
from mcma.services.jobs import ring_quietly
from mcma.store.clock import new_id
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import job_claims, job_upkeep, job_workers, jobs
from mcma.store.queries.job_claims import ClaimedJob, Limits, Offer, Seats
from mcma.store.queries.job_workers import WorkerInfo
from mcma.store.queries.jobs import NewJob
from mcma.worker.attempt import Ending, attempt
from mcma.worker.backoff import Backoff
from mcma.worker.context import WRITE_EVERY, RunningJob
from mcma.worker.doorbell import Doorbell, Ear
from mcma.worker.slot import Slot, write_ending
from mcma.worker.sweeper import Sweeper
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobKind

_log = structlog.get_logger(__name__)
T = TypeVar("T")

RETENTION = timedelta(days=30)
_LAST_WORDS = 2.0
_WRITE_AGAIN_AFTER = (0.2, 1.0, 3.0, 10.0)


class JobRunner:
    """`slots` jobs at once, `reserved` of them only for jobs a person waits for. All times are seconds.

    `kinds`: what it can run; `offered`: what of it this runner takes from the queue (None: everything).
    `plugin_limits`: how many jobs may run at once under one prefix (the name before the dot), over all
    workers. `poll`: between two looks without a ring; `sweep`: between two looks after the queue (as `poll`
    when not given). `alone`: no other worker can be alive, so that what runs by its row was cut off by a
    crash and is taken up at once instead of when its lease lapses.
    """

    def __init__(
        self,
        database: Database,
        kinds: Mapping[str, JobKind],
        doorbell: Doorbell,
        *,
        slots: int = 4,
        reserved: int = 1,
        lease: float = 60.0,
        heartbeat: float = 15.0,
        poll: float = 5.0,
        on_finished: OnFinished | None = None,
        events: JobEvents | None = None,
        plugin_limits: Mapping[str, int] | None = None,
        retention: timedelta = RETENTION,
        backoff: Backoff | None = None,
        write_every: float = WRITE_EVERY,
        alone: bool = False,
        offered: Collection[str] | None = None,
        role: str = "serve",
        sweep: float | None = None,
    ) -> None:
        if not 0 <= reserved < slots:
            raise ValueError("of the slots, at least one must be left for jobs nobody waits for")
        self._database, self._kinds, self._doorbell = database, dict(kinds), doorbell
        self._slot_count, self._reserved = slots, reserved
        self._lease, self._heartbeat, self._poll = lease, heartbeat, poll
        self._sweep = poll if sweep is None else sweep
        self._backoff, self._write_every, self._alone = backoff or Backoff(), write_every, alone
        self._role, taken = role, sorted(self._kinds if offered is None else offered)
        limits = {name: Limits(kinds[name].concurrency, kinds[name].per_second) for name in taken}
        self._offer = Offer(limits, plugin_limits or {})
        self._news = JobNews(events, on_finished)
        self._sweeper = Sweeper(
            database,
            doorbell,
            self._news,
            taken,
            silence=lease,
            waited=poll,
            retention=retention,
        )
        self._slots: dict[tuple[JobId, int], Slot] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._listening = ExitStack()
        self._ear = Ear()
        self._stopping = self._closed = asyncio.Event()
        self.id = new_id()

    @property
    def events(self) -> JobEvents:
        return self._news.events

    @property
    def kinds(self) -> Mapping[str, JobKind]:
        """What it could run."""
        return self._kinds

    @property
    def offered(self) -> list[str]:
        """What it takes from the queue."""
        return list(self._offer.kinds)

    @property
    def running(self) -> list[JobId]:
        return [slot.job.id for slot in self._slots.values()]

    async def start(self) -> None:
        """Registers as a worker under a new id and begins to claim."""
        self.id = new_id()
        self._stopping, self._closed = asyncio.Event(), asyncio.Event()
        self._ear = self._listening.enter_context(self._doorbell.listen(self._offer.kinds))
        await self._register()
        if self._alone:
            await self._sweeper.reclaim(everything=True)
        self._tasks = [asyncio.create_task(self._claim_all_along()), asyncio.create_task(self._keep())]

    async def stop(self, grace: float) -> None:
        """Claims no more, waits `grace` seconds for what runs, then interrupts it and gives it back at once.

        Ends within `grace` and a few seconds even when a handler does not listen.
        """
        if not self._tasks:
            return
        claiming, keeping = self._tasks
        self._stopping.set()
        self._ear.notify()
        await claiming
        await self._drain(grace)
        self._closed.set()
        await keeping
        self._listening.close()
        self._tasks = []
        await self._news.drain(_LAST_WORDS)
        await self._unregister()

    # Claiming

    async def _claim_all_along(self) -> None:
        while not self._stopping.is_set():
            wait = await self._survive(self._claim, self._poll)
            await self._look_at(await self._ear.heard(wait))

    async def _claim(self) -> float:
        """How long to wait at most before the next look."""
        seats = self._note_room()
        if not seats.all or not self._offer.kinds:
            return self._poll
        async with self._database.write() as transaction:
            claims = await job_claims.claim(transaction.connection, self._offer, self.id, self._lease, seats)
        for claimed in claims.jobs:
            self._begin(claimed)
        self._note_room()
        return self._poll if claims.wait is None else min(self._poll, claims.wait)

    def _note_room(self) -> Seats:
        counted = [slot for slot in self._slots.values() if not slot.apart]
        bulk = sum(slot.is_bulk for slot in counted)
        free = self._slot_count - len(counted)
        seats = Seats(max(0, free), max(0, self._slot_count - self._reserved - bulk))
        self._ear.full = not (seats.all and seats.bulk)
        return seats

    async def _look_at(self, rung: set[JobId]) -> None:
        """A ring for a job that runs here: somebody may want it to stop."""
        if any(job_id in rung for job_id, _ in self._slots):
            await self._survive(self._beat, None)

    # Running

    async def run_now(self, transaction: WriteTransaction, job: NewJob) -> JobId:
        """A job that this runner begins when the transaction is committed, beside its slots: somebody is
        listening. Whoever asks bounds how many. Leases, cancelling and history are as for every job.

        Raises `Unavailable` when the runner does not run.
        """
        if not self._tasks or self._stopping.is_set():
            raise Unavailable("The server is stopping.", retry_after=10)
        claimed = await job_claims.start(transaction.connection, job, self.id, self._lease)
        transaction.after_commit.append(partial(self._begin, claimed, apart=True))
        return claimed.held.id

    def _begin(self, claimed: ClaimedJob, *, apart: bool = False) -> None:
        job = RunningJob(self._database, claimed, self._news, write_every=self._write_every)
        kind = self._kinds[claimed.view.kind]
        self._news.changed(claimed.view)
        with bound_contextvars(job_id=str(job.id), kind=kind.name):
            slot = Slot(job, asyncio.create_task(attempt(kind, job, self._backoff)), apart=apart)
            self._slots[job.id, job.attempt] = slot
            slot.work = asyncio.create_task(self._work(slot, kind))

    async def _work(self, slot: Slot, kind: JobKind) -> None:
        job = slot.job
        try:
            await self._end(job, await slot.ending())
        finally:
            del self._slots[job.id, job.attempt]
            self._ear.notify()
        if kind.concurrency is not None or self._offer.plugins:
            await ring_quietly(self._doorbell, job.id, kind.name, everybody=True)

    async def _end(self, job: RunningJob, ending: Ending) -> None:
        if job.lost:
            _log.warning("job_lost", attempt=job.attempt)
            return
        view = await self._write_stubbornly(lambda transaction: write_ending(transaction, job, ending))
        if view is None:
            _log.warning("job_lost", attempt=job.attempt)
            return
        event = "job_awaits_children" if ending.awaits_children else "job_ended"
        _log.info(event, state=view.state, attempt=view.attempt)
        self._news.changed(view)
        if ending.awaits_children or job.claimed.parent_id is not None:
            await self._survive(lambda: self._sweeper.settle([job.id]), None)
        if view.state == jobs.QUEUED:
            asyncio.get_running_loop().call_later(ending.delay, self._ear.notify)

    async def _write_stubbornly(self, write: Callable[[WriteTransaction], Awaitable[T]]) -> T | None:
        """Work that was done should not be done again because the database was away for a moment."""
        for pause in (*_WRITE_AGAIN_AFTER, None):
            try:
                async with self._database.write() as transaction:
                    return await write(transaction)
            except (Unavailable, OutOfSpace) as error:
                _log.warning("job_ending_not_written", error=error.stable_code, again_in=pause)
            except Exception:  # noqa: BLE001 - the lease lapses, and the job runs again
                _log.exception("job_ending_not_written")
                break
            if pause is not None:
                await asyncio.sleep(pause)
        return None

    # Leases

    async def _keep(self) -> None:
        """Leases first: after a stall, the sweeper must not find this runner's own jobs lapsed."""
        loop = asyncio.get_running_loop()
        next_beat = next_sweep = 0.0
        while not self._closed.is_set():
            if loop.time() >= next_beat:
                next_beat = loop.time() + self._heartbeat
                await self._survive(self._beat, None)
            if loop.time() >= next_sweep:
                next_sweep = loop.time() + self._sweep
                await self._survive(self._glance, None)
                await self._survive(self._sweeper.sweep, None)
            await _wait_for(self._closed, min(next_beat, next_sweep) - loop.time())

    async def _glance(self) -> None:
        """The ring that says that a job is to stop may have been lost."""
        if not self._slots:
            return
        async with self._database.read() as connection:
            told = await job_upkeep.any_told_to_stop(connection, self.running)
        if told:
            await self._beat()

    async def _beat(self) -> None:
        before = dict(self._slots)
        async with self._database.write() as transaction:
            held = await job_upkeep.heartbeat(
                transaction.connection, self.id, [job_id for job_id, _ in before], self._lease
            )
        for key, slot in before.items():
            if key in self._slots:
                self._heed(slot, held.get(key))
        for slot in before.values():
            await slot.job.flush()

    def _heed(self, slot: Slot, cancel_asked: bool | None) -> None:
        """None: somebody else has the job now."""
        job = slot.job
        if cancel_asked is None and not job.lost:
            job.lost = True
            slot.interrupt()
        elif cancel_asked and not job.cancel_asked:
            job.cancel_asked = True
            slot.interrupt()

    # Coming and going

    async def _register(self) -> None:
        host, kinds = socket.gethostname(), self.offered
        info = WorkerInfo(self.id, host, os.getpid(), kinds, self._role, self._slot_count if kinds else 0)
        async with self._database.write() as transaction:
            await job_workers.register_worker(transaction.connection, info)
            await job_claims.make_gates(transaction.connection, self._offer)

    async def _unregister(self) -> None:
        with suppress(Unavailable, OutOfSpace):
            async with self._database.write() as transaction:
                await job_workers.remove_worker(transaction.connection, self.id)

    async def _drain(self, grace: float) -> None:
        await self._wait_for_work(grace)
        for slot in self._slots.values():
            slot.job.stopping = True
            slot.interrupt()
        await self._wait_for_work(_LAST_WORDS)
        for slot in list(self._slots.values()):
            await self._abandon(slot)

    async def _wait_for_work(self, seconds: float) -> None:
        if working := {slot.work for slot in self._slots.values() if slot.work is not None}:
            await asyncio.wait(working, timeout=seconds)

    async def _abandon(self, slot: Slot) -> None:
        """The handler does not listen; without the row it can do no harm there."""
        _log.warning("job_abandoned", job_id=str(slot.job.id))
        slot.job.lost = True
        with suppress(Unavailable, OutOfSpace):
            async with self._database.write() as transaction:
                ending = Ending(jobs.QUEUED, released=True)
                await write_ending(transaction, slot.job, ending)

    async def _survive(self, step: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """The loops outlive whatever one round meets."""
        try:
            return await step()
        except (Unavailable, OutOfSpace, sa.exc.IntegrityError) as error:
            _log.warning("worker_round_failed", step=step.__name__, error=type(error).__name__)
        except Exception:  # noqa: BLE001 - a worker that stands still helps nobody
            _log.exception("worker_round_failed", step=step.__name__)
        return otherwise


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
