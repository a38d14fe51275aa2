"""Reading jobs, for people."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import UTCDateTime

from mcma.store.queries.jobs import FINISHED, RUNNING, SCHEDULED, SUCCEEDED, VIEW, database_time
from mcma.store.tables.machinery import jobs
from mcma.store.types import Id
from mcma_plugins.ids import JobId, UserId
from mcma_plugins.values import JobView


class JobCursor(NamedTuple):
    """The last job of a page; the next page begins after it."""

    created_at: datetime
    id: JobId


class JobFilter(NamedTuple):
    created_by: UserId | None = None
    state: str | None = None
    kind: str | None = None
    parent_id: JobId | None = None
    routine: bool = True
    """Also what a schedule made, that went well and had nothing to do."""


class Children(NamedTuple):
    """What the jobs below one job come to. `done` and `total` add up what they report themselves."""

    jobs: int = 0
    finished: int = 0
    done: int = 0
    total: int = 0
    states: Mapping[str, int] = {}


class JobRow(NamedTuple):
    view: JobView
    payload: Mapping[str, Any]
    result: Mapping[str, Any] | None
    log_tail: str
    parent_id: JobId | None


_NOTEWORTHY = sa.or_(
    jobs.c.dedup_key.is_(None), ~jobs.c.dedup_key.startswith(SCHEDULED), jobs.c.state != SUCCEEDED,
    jobs.c.done > 0,
)  # fmt: skip


async def list_jobs(
    connection: AsyncConnection, where: JobFilter, after: JobCursor | None, limit: int
) -> list[JobView]:
    """Newest first."""
    order = (jobs.c.created_at, jobs.c.id)
    query = sa.select(*VIEW).order_by(*(column.desc() for column in order)).limit(limit)
    for name in ("created_by", "state", "kind", "parent_id"):
        if (value := getattr(where, name)) is not None:
            query = query.where(jobs.c[name] == value)
    query = query if where.routine else query.where(_NOTEWORTHY)
    if after is not None:
        last = sa.tuple_(sa.literal(after.created_at, UTCDateTime()), sa.literal(after.id, Id()))
        query = query.where(sa.tuple_(*order) < last)
    return [JobView(*row) for row in await connection.execute(query)]


async def views_of(connection: AsyncConnection, ids: Collection[JobId]) -> list[JobView]:
    query = sa.select(*VIEW).where(jobs.c.id.in_(ids)).order_by(jobs.c.id)
    return [JobView(*row) for row in await connection.execute(query)]


async def moving(
    connection: AsyncConnection, ids: Collection[JobId], new: float, limit: int
) -> list[JobView]:
    """These jobs, those that run, and those made within `new` seconds; the newest first."""
    since = await database_time(connection) - timedelta(seconds=new)
    which = sa.or_(jobs.c.id.in_(ids), jobs.c.state == RUNNING, jobs.c.created_at >= since)
    query = sa.select(*VIEW).where(which).order_by(jobs.c.created_at.desc()).limit(limit)
    return [JobView(*row) for row in await connection.execute(query)]


async def get_job(connection: AsyncConnection, job_id: JobId) -> JobRow | None:
    extra = (jobs.c.payload, jobs.c.result, jobs.c.log_tail, jobs.c.parent_id)
    row = (await connection.execute(sa.select(*VIEW, *extra).where(jobs.c.id == job_id))).first()
    if row is None:
        return None
    return JobRow(
        JobView(*row[: len(VIEW)]), row.payload or {}, row.result, row.log_tail or "", row.parent_id
    )


async def sum_children(connection: AsyncConnection, parent_id: JobId) -> Children:
    query = (
        sa.select(
            jobs.c.state,
            sa.func.count(),
            sa.func.sum(jobs.c.done),
            sa.func.sum(sa.func.coalesce(jobs.c.total, 0)),
        )
        .where(jobs.c.parent_id == parent_id)
        .group_by(jobs.c.state)
    )
    rows = (await connection.execute(query)).all()
    states = {state: count for state, count, _, _ in rows}
    finished = sum(count for state, count in states.items() if state in FINISHED)
    done, total = sum(int(row[2]) for row in rows), sum(int(row[3]) for row in rows)
    return Children(sum(states.values()), finished, done, total, states)
