"""Jobs per second and from enqueue to start, through each doorbell and with 1, 2 and 4 workers:
`python -m tests.bench.jobs [jobs] [--backlog N] [--only embedded polling redis] [--workers 1 2 4]`.

`embedded`: SQLite, everything in one process. `polling` and `redis`: PostgreSQL, jobs come from this process
and run in workers of their own, which look at the rows by themselves or are told by Redis. `backlog` jobs
wait behind a limit meanwhile (embedded only).
"""

import argparse
import asyncio
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from mcma.services.jobs import Jobs, Part
from mcma.store.clock import new_id
from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core
from mcma.store.tables.machinery import jobs as rows
from mcma.wiring.jobs import POLL, POLL_WITHOUT_BROKER
from mcma.worker.doorbell import Doorbell, EmbeddedDoorbell
from mcma.worker.runner import JobRunner
from mcma_plugins.jobs import JobContext, JobKind
from tests.support import redis as redis_support
from tests.support.postgres import running_postgres

SINGLE = 200
IDLE = 0.03
"""Seconds in which a worker is done with the one before and has looked for another."""
SPACED = 20
"""Where a look at the rows is what finds a job, each takes about a second."""
ROOT = Path(__file__).parents[2]


async def quick(_: JobContext) -> None:
    return None


async def slow(_: JobContext) -> None:
    await asyncio.Event().wait()


def kinds() -> dict[str, JobKind]:
    return {
        "bench.quick": JobKind("bench.quick", quick),
        "bench.slow": JobKind("bench.slow", slow, concurrency=1),
    }


class Bench:
    """Asks for jobs; whoever runs them, their rows say when they began."""

    def __init__(self, database: Database, bell: Doorbell) -> None:
        self.database, self.jobs = database, Jobs(database, bell)

    async def fill(self, kind: str, count: int) -> float:
        begun = time.perf_counter()
        async with self.database.write() as transaction:
            await self.jobs.enqueue_many(transaction, kind, [Part({"n": number}) for number in range(count)])
        return time.perf_counter() - begun

    async def drained(self, count: int) -> float:
        """Seconds from the first start to the last end."""
        done = sa.select(
            sa.func.count(), sa.func.min(rows.c.started_at), sa.func.max(rows.c.finished_at)
        ).where(rows.c.kind == "bench.quick", rows.c.state == "succeeded")
        while True:
            async with self.database.read() as connection:
                ended, first, last = (await connection.execute(done)).one()
            if ended >= count:
                spent: timedelta = last - first
                return spent.total_seconds()
            await asyncio.sleep(0.05)

    async def latencies(self, count: int) -> list[float]:
        """Milliseconds, by the database's clock."""
        made = []
        for number in range(count):
            made.append(await self.jobs.submit("bench.quick", {"n": number}))
            while not (await self._started(made[-1:])):  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.001)
            await asyncio.sleep(IDLE)
        return sorted(await self._started(made))

    async def _started(self, ids: list[Any]) -> list[float]:
        query = sa.select(rows.c.created_at, rows.c.started_at).where(
            rows.c.id.in_(ids), rows.c.started_at.is_not(None)
        )
        async with self.database.read() as connection:
            found = (await connection.execute(query)).all()
        return [(row.started_at - row.created_at).total_seconds() * 1000 for row in found]

    async def measured(self, count: int, singles: int) -> dict[str, float]:
        draining = await self.drained(count)
        waits = await self.latencies(singles)
        return {
            "jobs": count,
            "jobs_per_second": round(count / draining),
            "enqueue_to_start_ms_median": round(statistics.median(waits), 2),
            "enqueue_to_start_ms_p95": round(waits[int(len(waits) * 0.95)], 2),
        }


async def embedded(folder: Path, count: int, backlog: int) -> dict[str, float]:
    database = Database(sqlite_url(folder / "bench.db"))
    await migrate_core(database, folder)
    bell = EmbeddedDoorbell()
    bench = Bench(database, bell)
    await bench.fill("bench.slow", backlog)
    enqueueing = await bench.fill("bench.quick", count)
    runner = JobRunner(database, kinds(), bell, slots=8)
    await runner.start()
    found = await bench.measured(count, min(SINGLE, count))
    await runner.stop(0)
    await database.close()
    return {**found, "backlog": backlog, "enqueued_per_second": round(count / enqueueing)}


async def apart(url: str, redis_url: str | None, count: int, workers: int) -> dict[str, float]:
    database = Database(url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        instance = new_id()
        bell = await _bell(redis_url, instance, stack)
        bench = Bench(database, bell)
        async with database.write() as transaction:
            await transaction.connection.execute(sa.delete(rows))
        await bench.fill("bench.quick", count)
        stack.enter_context(_workers(url, redis_url, str(instance), workers))
        singles = SPACED if redis_url is None else SINGLE
        return await bench.measured(count, min(singles, count))


async def _bell(redis_url: str | None, instance: Any, stack: AsyncExitStack) -> Doorbell:
    if redis_url is None:
        return EmbeddedDoorbell()
    from mcma.worker.redis_doorbell import RedisDoorbell

    bell = RedisDoorbell(redis_url, instance)
    await bell.start()
    stack.push_async_callback(bell.close)
    return bell


@contextmanager
def _workers(url: str, redis_url: str | None, instance: str, count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.jobs", "--work", url, redis_url or "", instance]
    with ExitStack() as stack:
        for _ in range(count):
            worker = stack.enter_context(subprocess.Popen(command, cwd=ROOT))
            stack.callback(worker.kill)
        yield


async def work(url: str, redis_url: str, instance: str) -> None:
    """One worker, until it is killed."""
    from uuid import UUID

    async with AsyncExitStack() as stack:
        bell = await _bell(redis_url or None, UUID(instance), stack)
        poll = POLL if redis_url else POLL_WITHOUT_BROKER
        await JobRunner(Database(url), kinds(), bell, slots=8, poll=poll, sweep=POLL, role="worker").start()
        await asyncio.Event().wait()


def measure(count: int, backlog: int, only: list[str], workers: list[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if "embedded" in only:
            found |= asyncio.run(embedded(Path(folder), count, backlog))
        if only == ["embedded"]:
            return found
        with running_postgres() as server, ExitStack() as stack:
            asyncio.run(_migrated(server.url(), Path(folder)))
            told: list[str | None] = [None] if "polling" in only else []
            if "redis" in only and redis_support.program() is not None:
                told.append(stack.enter_context(redis_support.running_redis()).url)
            for redis_url in told:
                name = "polling" if redis_url is None else "redis"
                for many in workers:
                    found[f"{name}_{many}"] = asyncio.run(apart(server.url(), redis_url, count, many))
    return found


async def _migrated(url: str, folder: Path) -> None:
    database = Database(url)
    await migrate_core(database, folder)
    await database.close()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="?", type=int, default=2000)
    parser.add_argument("--backlog", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=["embedded", "polling", "redis"])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        asyncio.run(work(*options.work))
    else:
        print(json.dumps(measure(options.jobs, options.backlog, options.only, options.workers)))


if __name__ == "__main__":
    main()
