"""Jobs that wait for the jobs below them.

Such a job is `running` without an owner. It is settled after the commit that ended a job below it, never
within it: of two last ones that end at once, neither sees the other's end before it is committed, so that
whoever looks last sees both. The sweeper looks again, for those who died between the two.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import UTCDateTime

from mcma.store.queries.jobs import (
    CANCELLED,
    FAILED,
    FINISHED,
    RUNNING,
    SUCCEEDED,
    UNFINISHED,
    VIEW,
    database_time,
)
from mcma.store.tables.machinery import jobs
from mcma_plugins.ids import JobId
from mcma_plugins.values import JobView

PARTS_FAILED = "PartsFailed: some of the jobs below this one failed"
_child = jobs.alias("child")


async def parents_of(connection: AsyncConnection, ids: Collection[UUID]) -> set[JobId]:
    """Of these jobs."""
    query = sa.select(jobs.c.parent_id).where(jobs.c.id.in_(ids), jobs.c.parent_id.is_not(None))
    return {JobId(found) for found in await connection.scalars(query.distinct())}


async def settle_around(connection: AsyncConnection, ids: Collection[UUID]) -> list[JobView]:
    """`settle` for these jobs, which ended or wait, and those right above them."""
    return await settle(connection, {*ids, *await parents_of(connection, ids)}) if ids else []


async def settle(connection: AsyncConnection, ids: Collection[UUID] | None = None) -> list[JobView]:
    """Ends those of these jobs (None: of all) that wait for nobody any more, and then those above them."""
    ended: list[JobView] = []
    while ids is None or ids:
        found = await _settle_once(connection, ids)
        ended += found
        ids = await parents_of(connection, [view.id for view in found]) if found else ()
    return ended


async def _settle_once(connection: AsyncConnection, ids: Collection[UUID] | None) -> list[JobView]:
    which = _waiting(ids) & ~_any_child(UNFINISHED)
    failed, cancelled = _any_child((FAILED,)), jobs.c.cancel_requested | _any_child((CANCELLED,))
    state = sa.case((jobs.c.cancel_requested, CANCELLED), (failed, FAILED), (cancelled, CANCELLED),
                    else_=SUCCEEDED)  # fmt: skip
    now = await database_time(connection)
    values = {
        "state": state,
        "error": sa.case((~jobs.c.cancel_requested & failed, PARTS_FAILED), else_=sa.null()),
        "finished_at": sa.literal(now, UTCDateTime()),
        "awaits_children": False,
        **_sums(),
    }
    return await _changed(connection, which, values)


async def count_progress(connection: AsyncConnection) -> list[JobView]:
    """Of jobs that wait: the sum of what is below. Those whose numbers moved."""
    sums = _sums()
    moved = [jobs.c[name].is_distinct_from(value) for name, value in sums.items()]
    return await _changed(connection, _waiting(None) & sa.or_(*moved), sums)


async def _changed(
    connection: AsyncConnection, which: sa.ColumnElement[bool], values: dict[str, Any]
) -> list[JobView]:
    rows = await connection.execute(sa.update(jobs).where(which).values(**values).returning(*VIEW))
    return [JobView(*row) for row in rows]


def _waiting(ids: Collection[UUID] | None) -> sa.ColumnElement[bool]:
    waiting = sa.and_(jobs.c.state == RUNNING, jobs.c.awaits_children)
    return waiting if ids is None else waiting & jobs.c.id.in_(ids)


def _any_child(states: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(_child.c.parent_id == jobs.c.id, _child.c.state.in_(states)).correlate(jobs)


def _sums() -> dict[str, Any]:
    """A job below that says no total counts as one."""
    whole = sa.func.coalesce(_child.c.total, 1)
    part = sa.case((_child.c.state.in_(FINISHED), whole), (_child.c.done > whole, whole), else_=_child.c.done)
    below = _child.c.parent_id == jobs.c.id

    def total_of(what: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
        added = sa.cast(sa.func.coalesce(sa.func.sum(what), 0), sa.BigInteger)
        return sa.select(added).where(below).correlate(jobs).scalar_subquery()

    return {"done": total_of(part), "total": total_of(whole)}
