"""Rows of the job queue: making, steering and ending one job.

Claiming is in `job_claims.py`, what keeps the queue healthy in `job_upkeep.py`, reading in `job_lists.py`.
Who ends a job must still hold it: every ending names (id, owner, attempt).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import UTCDateTime

from mcma.store.clock import new_id
from mcma.store.dialect import database_now, insert_ignoring
from mcma.store.tables.machinery import jobs
from mcma_plugins.ids import JobId, UserId
from mcma_plugins.values import JobView

QUEUED, RUNNING, NO_HANDLER = "queued", "running", "no_handler"
SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"
LIVE = (QUEUED, RUNNING)
UNFINISHED = (QUEUED, RUNNING, NO_HANDLER)
WAITING = (QUEUED, NO_HANDLER)
FINISHED = (SUCCEEDED, FAILED, CANCELLED)
SCHEDULED = "schedule:"
"""Begins the dedup keys of what comes again and again by itself; the schedule's name follows."""

VIEW = tuple(jobs.c[name] for name in JobView._fields)
_TRIES = 5
_ROWS_AT_ONCE = 500
"""Both databases limit how many values one statement may bind."""


class NewJob(NamedTuple):
    kind: str
    payload: Mapping[str, Any]
    dedup_key: str | None = None
    priority: int = 50
    created_by: UserId | None = None
    parent_id: JobId | None = None
    run_after: datetime | None = None
    """None: at once, by the database's clock."""
    max_attempts: int = 5


class Held(NamedTuple):
    """The right to write to a running job; worth nothing once somebody else has it."""

    id: JobId
    owner: UUID
    attempt: int


async def database_time(connection: AsyncConnection) -> datetime:
    """What leases and due times are compared with."""
    now = await connection.scalar(sa.select(sa.type_coerce(database_now(connection), UTCDateTime())))
    assert isinstance(now, datetime)
    return now


async def enqueue(connection: AsyncConnection, job: NewJob) -> tuple[JobView, bool]:
    """The job and whether it is new: a live one of the same kind and dedup key is returned instead."""
    now = await database_time(connection)
    for _ in range(_TRIES):
        if job.dedup_key is not None and (twin := await _live_twin(connection, job)) is not None:
            return twin, False
        row = (await connection.execute(_insert(connection, job, now))).first()
        if row is not None:
            return JobView(*row), True
    raise RuntimeError(f"a {job.kind} job with one dedup key comes and goes too fast")


async def enqueue_many(connection: AsyncConnection, new: Sequence[NewJob]) -> list[tuple[JobView, bool]]:
    """`enqueue` of jobs of one kind, in order, in few statements. Those that are not new may be any twin."""
    now, found = await database_time(connection), list[tuple[JobView, bool]]()
    for first in range(0, len(new), _ROWS_AT_ONCE):
        found += await _enqueue_some(connection, new[first : first + _ROWS_AT_ONCE], now)
    return found


async def _enqueue_some(
    connection: AsyncConnection, new: Sequence[NewJob], now: datetime
) -> list[tuple[JobView, bool]]:
    twins = await _live_twins(connection, new)
    rows = {n: new_row(job, now) for n, job in enumerate(new) if job.dedup_key not in twins}
    made: dict[UUID, JobView] = {}
    if rows:
        statement = insert_ignoring(connection, jobs).returning(*VIEW)
        made = {row.id: JobView(*row) for row in await connection.execute(statement, list(rows.values()))}
    found: list[tuple[JobView, bool]] = []
    for n, job in enumerate(new):
        if n in rows and (view := made.get(rows[n]["id"])) is not None:
            twins[job.dedup_key] = view
            found.append((view, True))
        elif job.dedup_key is not None and job.dedup_key in twins:
            found.append((twins[job.dedup_key], False))
        else:
            found.append(await enqueue(connection, job))
    return found


async def _live_twins(connection: AsyncConnection, new: Sequence[NewJob]) -> dict[str | None, JobView]:
    keys = {job.dedup_key for job in new if job.dedup_key is not None}
    if not keys:
        return {}
    query = sa.select(*VIEW, jobs.c.dedup_key).where(
        jobs.c.kind == new[0].kind, jobs.c.dedup_key.in_(keys), jobs.c.state.in_(UNFINISHED)
    )
    return {row[-1]: JobView(*row[:-1]) for row in await connection.execute(query)}


def _insert(connection: AsyncConnection, job: NewJob, now: datetime) -> Any:
    return insert_ignoring(connection, jobs).values(**new_row(job, now)).returning(*VIEW)


def new_row(job: NewJob, now: datetime) -> dict[str, Any]:
    return job._asdict() | {
        "id": new_id(), "created_at": now, "state": QUEUED, "attempt": 0, "done": 0,
        "cancel_requested": False, "awaits_children": False, "payload": dict(job.payload),
        "run_after": job.run_after or now,
    }  # fmt: skip


async def _live_twin(connection: AsyncConnection, job: NewJob) -> JobView | None:
    query = sa.select(*VIEW).where(
        jobs.c.kind == job.kind, jobs.c.dedup_key == job.dedup_key, jobs.c.state.in_(UNFINISHED)
    )
    row = (await connection.execute(query.limit(1))).first()
    return None if row is None else JobView(*row)


def _fenced(held: Held) -> sa.Update:
    return sa.update(jobs).where(
        jobs.c.id == held.id,
        jobs.c.owner == held.owner,
        jobs.c.attempt == held.attempt,
        jobs.c.state == RUNNING,
    )


async def write_progress(connection: AsyncConnection, held: Held, values: Mapping[str, Any]) -> bool | None:
    """Whether cancelling was asked for; None when the job is held by somebody else now."""
    statement = _fenced(held).values(**values).returning(jobs.c.cancel_requested)
    asked: bool | None = await connection.scalar(statement)
    return asked


async def finish(
    connection: AsyncConnection, held: Held, state: str, values: Mapping[str, Any]
) -> JobView | None:
    """None when the job is held by somebody else now: then nothing was written."""
    now = await database_time(connection)
    statement = _fenced(held).values(state=state, owner=None, lease_until=None, finished_at=now, **values)
    return await _one(connection, statement)


async def reschedule(
    connection: AsyncConnection, held: Held, delay: float, values: Mapping[str, Any]
) -> JobView | None:
    """Back into the queue for `delay` seconds, or cancelled when that was asked for meanwhile."""
    now = await database_time(connection)
    later = now + timedelta(seconds=delay)
    return await _one(connection, _fenced(held).values(**back_in_queue(later, now), **values))


async def release(connection: AsyncConnection, held: Held, values: Mapping[str, Any]) -> JobView | None:
    """Back into the queue at once. An orderly stop is nobody's fault, so it uses no attempt up; the number
    itself only ever grows, because it is the fence."""
    now = await database_time(connection)
    budget = {"max_attempts": jobs.c.max_attempts + 1}
    return await _one(connection, _fenced(held).values(**back_in_queue(now, now), **budget, **values))


def back_in_queue(run_after: datetime, now: datetime) -> dict[str, Any]:
    asked = jobs.c.cancel_requested
    return {
        "state": sa.case((asked, CANCELLED), else_=QUEUED),
        "finished_at": sa.case((asked, sa.literal(now, UTCDateTime())), else_=sa.null()),
        "owner": None,
        "lease_until": None,
        "run_after": run_after,
    }


async def await_children(
    connection: AsyncConnection, held: Held, values: Mapping[str, Any]
) -> JobView | None:
    """The job's own work is done; `job_families.settle` ends it once no job below it is live."""
    return await _one(
        connection, _fenced(held).values(owner=None, lease_until=None, awaits_children=True, **values)
    )


async def _one(connection: AsyncConnection, statement: sa.Update) -> JobView | None:
    row = (await connection.execute(statement.returning(*VIEW))).first()
    return None if row is None else JobView(*row)


async def cancel(connection: AsyncConnection, job_id: JobId) -> tuple[list[JobView], list[JobView]]:
    """The job and all below it: (cancelled now, asked to stop)."""
    ids = await _lock_tree(connection, job_id)
    now = await database_time(connection)
    waiting = sa.update(jobs).where(jobs.c.id.in_(ids), jobs.c.state.in_(WAITING))
    cancelled = await connection.execute(
        waiting.values(state=CANCELLED, finished_at=now, cancel_requested=True).returning(*VIEW)
    )
    running = sa.update(jobs).where(jobs.c.id.in_(ids), jobs.c.state == RUNNING)
    asked = await connection.execute(running.values(cancel_requested=True).returning(*VIEW))
    return [JobView(*row) for row in cancelled], [JobView(*row) for row in asked]


async def cancel_waiting(connection: AsyncConnection, ids: Sequence[UUID]) -> list[JobView]:
    """Those of these that do not run, by themselves: a few hundred."""
    now = await database_time(connection)
    waiting = sa.update(jobs).where(jobs.c.id.in_(ids), jobs.c.state.in_(WAITING))
    ended = waiting.values(state=CANCELLED, finished_at=now, cancel_requested=True).returning(*VIEW)
    return [JobView(*row) for row in await connection.execute(ended)]


async def _lock_tree(connection: AsyncConnection, root: JobId) -> Sequence[UUID]:
    """Locked, so that no job slips from running back to queued between the two updates."""
    tree = sa.select(jobs.c.id).where(jobs.c.id == root).cte("tree", recursive=True)
    tree = tree.union(sa.select(jobs.c.id).where(jobs.c.parent_id == tree.c.id))
    query = sa.select(jobs.c.id).where(jobs.c.id.in_(sa.select(tree.c.id))).order_by(jobs.c.id)
    return (await connection.scalars(query.with_for_update())).all()


async def retry(connection: AsyncConnection, job_id: JobId, attempts: int) -> JobView | None:
    """Back into the queue with as many more attempts; None when it is not over or a twin is live."""
    now = await database_time(connection)
    twin = jobs.alias()
    taken = sa.exists().where(
        twin.c.kind == jobs.c.kind,
        twin.c.dedup_key == jobs.c.dedup_key,
        twin.c.state.in_(UNFINISHED),
    )
    fresh = {
        "error": None, "note": None, "done": 0, "total": None, "finished_at": None, "run_after": now,
        "awaits_children": False,
    }  # fmt: skip
    statement = (
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_((FAILED, CANCELLED)), ~taken)
        .values(state=QUEUED, cancel_requested=False, max_attempts=jobs.c.attempt + attempts, **fresh)
    )
    return await _one(connection, statement)
