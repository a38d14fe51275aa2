"""Jobs, for the rest of core and for people. Running them is the worker's business."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import orjson
import sqlalchemy as sa
import structlog

from mcma.domain.errors import Conflict, InvalidInput, NotFound
from mcma.services.callers import require_admin
from mcma.services.job_events import JobEvents, JobNews, OnFinished
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import job_families, job_lists, job_schedules, job_workers, jobs
from mcma.store.queries.job_lists import Children, JobCursor, JobFilter, JobRow
from mcma.store.queries.job_schedules import ScheduleView
from mcma.store.queries.job_workers import WorkerView
from mcma.store.queries.jobs import NewJob
from mcma_plugins.ids import JobId, UserId
from mcma_plugins.jobs import JobKind, Payload, Priority, Schedule
from mcma_plugins.values import Caller, JobView

__all__ = [
    "Children",
    "JobCursor",
    "JobDetail",
    "JobOwner",
    "JobPage",
    "Jobs",
    "Part",
    "Ringer",
    "ScheduleView",
    "WorkerView",
    "check_json",
    "ring_quietly",
]

_log = structlog.get_logger(__name__)

PAGE_LIMIT = 500
DEFAULT_ATTEMPTS = 5
RING_SECONDS = 2.0
ALIVE_SECONDS = 60.0
"""A worker that was not heard of for so long counts as gone."""
WORKERS_LIMIT = 200
_LOOK_AGAIN = 0.5
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Ringer(Protocol):
    """Wakes whoever may run this job or is running it.

    It may fail or do nothing: workers also look by themselves. `everybody`: not just one of those who run
    the kind, because it may concern any of them, or more than one job.
    """

    async def ring(self, job_id: JobId, kind: str, *, everybody: bool = False) -> None: ...


class JobOwner(Protocol):
    """A service whose work is done in jobs."""

    def job_kinds(self) -> Sequence[JobKind]: ...

    def schedules(self) -> Mapping[str, Schedule]:
        """By names that are unique over all of core."""
        ...


class Part(NamedTuple):
    """One of many jobs of a kind."""

    payload: Payload
    dedup_key: str | None = None


class JobPage(NamedTuple):
    items: list[JobView]
    next: JobCursor | None
    """Where the next page begins; None on the last one."""


class JobDetail(NamedTuple):
    view: JobView
    parent_id: JobId | None
    payload: Mapping[str, Any]
    result: Mapping[str, Any] | None
    log_tail: str
    children: Children


class Jobs:
    """`kinds` only lends its `max_attempts` to jobs that are made without one."""

    def __init__(
        self,
        database: Database,
        doorbell: Ringer,
        *,
        kinds: Mapping[str, JobKind] | None = None,
        events: JobEvents | None = None,
        on_finished: OnFinished | None = None,
    ) -> None:
        self._database, self._doorbell = database, doorbell
        self._kinds = kinds or {}
        self._news = JobNews(events, on_finished)

    @property
    def events(self) -> JobEvents:
        return self._news.events

    async def enqueue(
        self,
        transaction: WriteTransaction,
        kind: str,
        payload: Payload,
        *,
        dedup_key: str | None = None,
        priority: int = Priority.NORMAL,
        created_by: UserId | None = None,
        parent_id: JobId | None = None,
        run_after: datetime | None = None,
        max_attempts: int | None = None,
    ) -> JobId:
        """A job that exists exactly when the transaction does.

        While a job of this kind and `dedup_key` waits or runs, its id is returned and no job is made.
        `run_after` None means at once. Raises `InvalidInput` when the payload is not JSON.
        """
        check_json({"payload": dict(payload), "dedup_key": dedup_key})
        attempts = max_attempts or self._attempts(kind)
        job = NewJob(kind, payload, dedup_key, priority, created_by, parent_id, run_after, attempts)
        view, new = await jobs.enqueue(transaction.connection, job)
        if new:
            transaction.after_commit.append(partial(self._changed, view))
        transaction.after_commit.append(partial(self._ring, view.id, kind))
        return view.id

    async def submit(
        self,
        kind: str,
        payload: Payload,
        *,
        dedup_key: str | None = None,
        priority: int = Priority.NORMAL,
        created_by: UserId | None = None,
        parent_id: JobId | None = None,
        run_after: datetime | None = None,
        max_attempts: int | None = None,
    ) -> JobId:
        """`enqueue` in a transaction of its own."""
        async with self._database.write() as transaction:
            return await self.enqueue(
                transaction, kind, payload, dedup_key=dedup_key, priority=priority, created_by=created_by,
                parent_id=parent_id, run_after=run_after, max_attempts=max_attempts,
            )  # fmt: skip

    async def enqueue_many(
        self,
        transaction: WriteTransaction,
        kind: str,
        parts: Sequence[Part],
        *,
        priority: int = Priority.NORMAL,
        created_by: UserId | None = None,
        parent_id: JobId | None = None,
        max_attempts: int | None = None,
    ) -> Sequence[JobId]:
        """`enqueue` for many at once: few statements, one ring. The ids are in the parts' order."""
        for part in parts:
            check_json({"payload": dict(part.payload), "dedup_key": part.dedup_key})
        attempts = max_attempts or self._attempts(kind)
        new = [
            NewJob(kind, part.payload, part.dedup_key, priority, created_by, parent_id, None, attempts)
            for part in parts
        ]
        found = await jobs.enqueue_many(transaction.connection, new)
        made = [view for view, is_new in found if is_new]
        transaction.after_commit.extend(partial(self._changed, view) for view in made)
        if made:
            transaction.after_commit.append(partial(self._ring, made[0].id, kind, everybody=True))
        return [view.id for view, _ in found]

    async def list(
        self,
        caller: Caller,
        *,
        state: str | None = None,
        kind: str | None = None,
        parent_id: JobId | None = None,
        routine: bool = True,
        after: JobCursor | None = None,
        limit: int = 50,
    ) -> JobPage:
        """Newest first: the caller's own jobs, all of them for admins. `limit` is cut to `PAGE_LIMIT`.

        Without `routine`, not those that a schedule made, that went well and had nothing to do.
        """
        limit = max(1, min(limit, PAGE_LIMIT))
        by = None if caller.is_admin else caller.user_id
        where = JobFilter(by, state, kind, parent_id, routine)
        async with self._database.read() as connection:
            found = await job_lists.list_jobs(connection, where, after, limit + 1)
        page = found[:limit]
        more = JobCursor(page[-1].created_at, page[-1].id) if len(found) > limit else None
        return JobPage(page, more)

    async def show(self, caller: Caller, job_id: JobId) -> JobDetail:
        """Raises `NotFound` also for somebody else's job."""
        row = await self._visible(caller, job_id)
        async with self._database.read() as connection:
            children = await job_lists.sum_children(connection, job_id)
        return JobDetail(row.view, row.parent_id, row.payload, row.result, row.log_tail, children)

    async def cancel(self, caller: Caller, job_id: JobId) -> JobView:
        """With all jobs below it. What waits is cancelled now, what runs is told to stop, what is over stays
        as it is. Raises `NotFound`."""
        await self._visible(caller, job_id)
        async with self._database.write() as transaction:
            cancelled, asked = await jobs.cancel(transaction.connection, job_id)
        for view in cancelled:
            self._news.changed(view)
        for view in asked:
            await self._ring(view.id, view.kind, everybody=True)
        await self._settle([view.id for view in (*cancelled, *asked)])
        return (await self._visible(caller, job_id)).view

    async def cancel_waiting(self, transaction: WriteTransaction, ids: Sequence[UUID]) -> None:
        """What does not run yet of jobs below one that is cancelled next: of thousands, a few at a time."""
        ended = await jobs.cancel_waiting(transaction.connection, ids) if ids else []
        transaction.after_commit.extend(partial(self._changed, view) for view in ended)

    async def retry(self, caller: Caller, job_id: JobId) -> JobView:
        """Raises `NotFound`, and `Conflict` unless the job failed or was cancelled and no other job of the
        same kind and dedup key is live."""
        row = await self._visible(caller, job_id)
        try:
            async with self._database.write() as transaction:
                view = await jobs.retry(transaction.connection, job_id, self._attempts(row.view.kind))
        except sa.exc.IntegrityError:
            view = None
        if view is None:
            raise Conflict(
                "Only a failed or cancelled job can be retried, and only while none like it is live."
            )
        self._news.changed(view)
        await self._ring(view.id, view.kind)
        return view

    async def wait(self, job_id: JobId, timeout: float) -> JobView:
        """The job as soon as it is over, or as it is after `timeout` seconds. Raises `NotFound`."""
        with self.events.subscribe() as changes:
            deadline = asyncio.get_running_loop().time() + timeout
            while True:
                view = (await self._row(job_id)).view
                left = deadline - asyncio.get_running_loop().time()
                if view.state in jobs.FINISHED or left <= 0:
                    return view
                await _next_of(changes, job_id, min(left, _LOOK_AGAIN))

    async def workers(self, caller: Caller) -> Sequence[WorkerView]:
        """Every process that runs jobs or could, the newest sign of life first. For administrators."""
        require_admin(caller)
        async with self._database.read() as connection:
            return await job_workers.list_workers(connection, ALIVE_SECONDS, WORKERS_LIMIT)

    async def list_schedules(self, caller: Caller) -> Sequence[ScheduleView]:
        """What comes again and again, by name. For administrators."""
        require_admin(caller)
        async with self._database.read() as connection:
            return await job_schedules.list_schedules(connection)

    async def switch_schedule(self, caller: Caller, name: str, *, enabled: bool) -> ScheduleView:
        """On or off, also over restarts. For administrators. Raises `NotFound`."""
        require_admin(caller)
        async with self._database.write() as transaction:
            found = await job_schedules.switch_schedule(transaction.connection, name, enabled)
        if found is None:
            raise NotFound(f"There is no schedule {name!r}.", hint="mcma schedule list")
        return found

    async def _settle(self, ids: Sequence[JobId]) -> None:
        async with self._database.write() as transaction:
            settled = await job_families.settle_around(transaction.connection, ids)
        for view in settled:
            self._news.changed(view)

    def _attempts(self, kind: str) -> int:
        known = self._kinds.get(kind)
        return DEFAULT_ATTEMPTS if known is None else known.max_attempts

    async def _row(self, job_id: JobId) -> JobRow:
        async with self._database.read() as connection:
            row = await job_lists.get_job(connection, job_id)
        if row is None:
            raise NotFound("There is no such job.")
        return row

    async def _visible(self, caller: Caller, job_id: JobId) -> JobRow:
        row = await self._row(job_id)
        if not caller.is_admin and row.view.created_by != caller.user_id:
            raise NotFound("There is no such job.")
        return row

    def _changed(self, view: JobView) -> None:
        self._news.changed(view)

    async def _ring(self, job_id: JobId, kind: str, *, everybody: bool = False) -> None:
        await ring_quietly(self._doorbell, job_id, kind, everybody=everybody)


def check_json(payload: Payload) -> None:
    """Raises `InvalidInput` for what one of the databases could not keep."""
    try:
        text = orjson.dumps(dict(payload))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"What a job is given or gives must be JSON: {error}") from None
    if _NUL.search(text):
        raise InvalidInput("What a job is given or gives must not contain the character NUL.")


async def ring_quietly(doorbell: Ringer, job_id: JobId, kind: str, *, everybody: bool = False) -> bool:
    """Whether it rang. The row is written, so a broken or slow doorbell only costs time."""
    try:
        async with asyncio.timeout(RING_SECONDS):
            await doorbell.ring(job_id, kind, everybody=everybody)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises
        _log.warning("doorbell_failed", job_id=str(job_id), kind=kind, error=type(error).__name__)
        return False
    return True


async def _next_of(changes: Any, job_id: JobId, timeout: float) -> None:
    try:
        async with asyncio.timeout(timeout):
            async for view in changes:
                if view.id == job_id and view.state in jobs.FINISHED:
                    return
    except TimeoutError:
        return
