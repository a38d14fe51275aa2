"""What keeps the queue healthy: leases, kinds nobody offers, retention."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.dialect import for_update_skip_locked
from mcma.store.queries.jobs import (
    CANCELLED,
    FAILED,
    FINISHED,
    LIVE,
    NO_HANDLER,
    QUEUED,
    RUNNING,
    VIEW,
    back_in_queue,
    database_time,
)
from mcma.store.tables.machinery import jobs, workers
from mcma_plugins.ids import JobId
from mcma_plugins.values import JobView

RING_AT_MOST = 50
DELETE_AT_MOST = 1000
LOST = "WorkerLost: the worker went away while the job ran"
UNHANDLED = "NoHandler: nothing that runs offers this kind of job; start `mcma worker`, or its plugin"


# Leases


async def heartbeat(
    connection: AsyncConnection, owner: UUID, ids: Sequence[JobId], lease: float
) -> dict[tuple[JobId, int], bool]:
    """Lengthens the leases to `lease` seconds from now. (id, attempt) → whether cancelling was asked for, of
    the jobs still held; one that is missing was lost."""
    now = await database_time(connection)
    await connection.execute(sa.update(workers).where(workers.c.id == owner).values(heartbeat_at=now))
    if not ids:
        return {}
    held = sa.update(jobs).where(jobs.c.owner == owner, jobs.c.state == RUNNING, jobs.c.id.in_(ids))
    rows = await connection.execute(
        held.values(lease_until=now + timedelta(seconds=lease)).returning(
            jobs.c.id, jobs.c.attempt, jobs.c.cancel_requested
        )
    )
    return {(JobId(row.id), row.attempt): row.cancel_requested for row in rows}


async def any_told_to_stop(connection: AsyncConnection, ids: Sequence[JobId]) -> bool:
    """Whether cancelling was asked for, of one of these jobs: a look that costs less than a heartbeat."""
    asked = sa.exists().where(jobs.c.id.in_(ids), jobs.c.state == RUNNING, jobs.c.cancel_requested)
    return bool(await connection.scalar(sa.select(asked)))


async def end_lapsed(connection: AsyncConnection, *, everything: bool = False) -> list[JobView]:
    """Jobs whose lease ran out: queued again with their attempt kept, failed when it was the last one.

    `everything` takes running jobs with a good lease too: for a worker that knows itself to be the only one.
    """
    now = await database_time(connection)
    lapsed = sa.and_(jobs.c.state == RUNNING, ~jobs.c.awaits_children)
    if not everything:
        lapsed &= jobs.c.lease_until < now
    again = jobs.c.cancel_requested | (jobs.c.attempt < jobs.c.max_attempts)
    ended = {"state": FAILED, "error": LOST, "finished_at": now, "owner": None, "lease_until": None}
    changed = []
    for statement in (
        _update_unlocked(connection, lapsed & again).values(**back_in_queue(now, now)),
        _update_unlocked(connection, lapsed & ~again).values(**ended),
    ):
        changed += [JobView(*row) for row in await connection.execute(statement.returning(*VIEW))]
    return changed


def _update_unlocked(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> sa.Update:
    """Only rows nobody else is writing to: two sweepers would wait for each other's in opposite orders."""
    free = for_update_skip_locked(connection, sa.select(jobs.c.id).where(which))
    return sa.update(jobs).where(jobs.c.id.in_(free))


# Kinds nobody offers


async def mark_unhandled(connection: AsyncConnection, offered: set[str], waited: float) -> list[JobView]:
    """Due for `waited` seconds and no worker offers the kind: the row says so."""
    before = await database_time(connection) - timedelta(seconds=waited)
    unknown = await _kinds_in(connection, QUEUED) - offered
    if not unknown:
        return []
    forlorn = sa.and_(jobs.c.state == QUEUED, jobs.c.kind.in_(sorted(unknown)), jobs.c.run_after <= before)
    statement = _update_unlocked(connection, forlorn)
    rows = await connection.execute(statement.values(state=NO_HANDLER, error=UNHANDLED).returning(*VIEW))
    return [JobView(*row) for row in rows]


async def revive_handled(connection: AsyncConnection, offered: set[str]) -> list[JobView]:
    """Jobs whose kind is offered again. Of several with one dedup key, one lives on."""
    known = await _kinds_in(connection, NO_HANDLER) & offered
    if not known:
        return []
    now = await database_time(connection)
    waiting = sa.and_(jobs.c.state == NO_HANDLER, jobs.c.kind.in_(sorted(known)))
    superseded = {
        "state": CANCELLED,
        "finished_at": now,
        "error": "Superseded: the same job was asked for again",
    }
    changed = []
    for statement in (
        sa.update(jobs).where(waiting, _other(LIVE)).values(**superseded),
        sa.update(jobs).where(waiting, _other((NO_HANDLER,), older=True)).values(**superseded),
        sa.update(jobs).where(waiting).values(state=QUEUED, error=None),
    ):
        changed += [JobView(*row) for row in await connection.execute(statement.returning(*VIEW))]
    return changed


def _other(states: Sequence[str], *, older: bool = False) -> sa.ColumnElement[bool]:
    twin = jobs.alias()
    same = [twin.c.kind == jobs.c.kind, twin.c.dedup_key == jobs.c.dedup_key, twin.c.state.in_(states)]
    return sa.exists().where(*same, twin.c.id < jobs.c.id) if older else sa.exists().where(*same)


async def _kinds_in(connection: AsyncConnection, state: str) -> set[str]:
    return set(await connection.scalars(sa.select(jobs.c.kind).where(jobs.c.state == state).distinct()))


async def due_jobs(
    connection: AsyncConnection, waited: float, known: Sequence[str]
) -> list[tuple[JobId, str]]:
    """Some jobs of other kinds than `known` that are due for `waited` seconds: a ring may have been lost."""
    before = await database_time(connection) - timedelta(seconds=waited)
    query = (
        sa.select(jobs.c.id, jobs.c.kind)
        .where(jobs.c.state == QUEUED, jobs.c.run_after <= before, jobs.c.kind.not_in(known))
        .order_by(jobs.c.priority, jobs.c.run_after)
        .limit(RING_AT_MOST)
    )
    return [(JobId(row.id), row.kind) for row in await connection.execute(query)]


# Retention


async def delete_finished(connection: AsyncConnection, older_than: timedelta) -> int:
    """How many went; at most `DELETE_AT_MOST` at once, so that no writer waits long."""
    before = await database_time(connection) - older_than
    old = (
        sa.select(jobs.c.id)
        .where(jobs.c.created_at < before, jobs.c.state.in_(FINISHED), jobs.c.finished_at < before)
        .order_by(jobs.c.created_at)
        .limit(DELETE_AT_MOST)
    )
    return (await connection.execute(sa.delete(jobs).where(jobs.c.id.in_(old)))).rowcount
