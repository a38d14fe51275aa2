"""Who runs jobs: the register of workers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.dialect import upsert
from mcma.store.queries.jobs import RUNNING, database_time
from mcma.store.tables.machinery import jobs, workers


class WorkerInfo(NamedTuple):
    id: UUID
    host: str
    pid: int
    kinds: Sequence[str]
    role: str = "serve"
    slots: int = 0


class WorkerView(NamedTuple):
    id: UUID
    host: str
    pid: int
    role: str
    """serve or worker."""
    slots: int
    kinds: list[str]
    """What it takes from the queue; empty for a server that leaves all of it to others."""
    started_at: datetime
    heartbeat_at: datetime
    alive: bool
    running: int
    """How many jobs it has."""


async def register_worker(connection: AsyncConnection, worker: WorkerInfo) -> None:
    now = await database_time(connection)
    values = worker._asdict() | {"kinds": sorted(worker.kinds), "started_at": now, "heartbeat_at": now}
    await connection.execute(upsert(connection, workers, ["id"]), values)


async def remove_worker(connection: AsyncConnection, worker_id: UUID) -> None:
    await connection.execute(sa.delete(workers).where(workers.c.id == worker_id))


async def prune_workers(connection: AsyncConnection, older_than: float) -> None:
    """Rows of workers that were silent for so many seconds."""
    silent = await database_time(connection) - timedelta(seconds=older_than)
    await connection.execute(sa.delete(workers).where(workers.c.heartbeat_at < silent))


async def offered_kinds(connection: AsyncConnection, live_within: float) -> set[str]:
    """What the workers offer that were heard of within so many seconds."""
    since = await database_time(connection) - timedelta(seconds=live_within)
    rows = await connection.scalars(sa.select(workers.c.kinds).where(workers.c.heartbeat_at >= since))
    return {kind for kinds in rows for kind in kinds or ()}


async def list_workers(connection: AsyncConnection, live_within: float, limit: int) -> list[WorkerView]:
    """The newest sign of life first."""
    since = await database_time(connection) - timedelta(seconds=live_within)
    running = (
        sa.select(sa.func.count())
        .where(jobs.c.state == RUNNING, jobs.c.owner == workers.c.id)
        .correlate(workers)
        .scalar_subquery()
    )
    columns = [workers.c[name] for name in WorkerView._fields if name not in ("alive", "running")]
    query = sa.select(*columns, running).order_by(workers.c.heartbeat_at.desc(), workers.c.id).limit(limit)
    return [_view(row, since) for row in await connection.execute(query)]


def _view(row: Any, since: datetime) -> WorkerView:
    view = WorkerView._make([*row[:-1], False, row[-1]])
    return view._replace(kinds=view.kinds or [], alive=view.heartbeat_at >= since)
