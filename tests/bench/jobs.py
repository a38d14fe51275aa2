"""Jobs per second and from enqueue to start through the embedded doorbell, on SQLite:
`python -m tests.bench.jobs [jobs] [backlog]`. `backlog` jobs wait behind a limit meanwhile."""

import asyncio
import json
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path

import structlog

from mcma.services.jobs import Jobs
from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma.worker.runner import JobRunner
from mcma_plugins.jobs import JobContext, JobKind

SINGLE = 200
BATCH = 500


class Bench:
    def __init__(self, database: Database) -> None:
        bell = EmbeddedDoorbell()
        kinds = {
            "bench.quick": JobKind("bench.quick", self.quick),
            "bench.slow": JobKind("bench.slow", self.slow, concurrency=1),
        }
        self.database = database
        self.jobs = Jobs(database, bell)
        self.runner = JobRunner(database, kinds, bell, slots=8)
        self.ran = 0
        self.started = asyncio.Event()
        self.at = 0.0

    async def quick(self, _: JobContext) -> None:
        self.ran += 1
        self.at = time.perf_counter()
        self.started.set()

    async def slow(self, _: JobContext) -> None:
        await asyncio.Event().wait()

    async def fill(self, kind: str, count: int) -> float:
        begun = time.perf_counter()
        for first in range(0, count, BATCH):
            async with self.database.write() as transaction:
                for number in range(first, min(first + BATCH, count)):
                    await self.jobs.enqueue(transaction, kind, {"n": number})
        return time.perf_counter() - begun

    async def latencies(self) -> list[float]:
        found = []
        for number in range(SINGLE):
            self.started.clear()
            begun = time.perf_counter()
            await self.jobs.submit("bench.quick", {"n": number})
            await self.started.wait()
            found.append((self.at - begun) * 1000)
        return found

    async def drain(self, count: int) -> float:
        self.ran, begun = 0, time.perf_counter()
        while self.ran < count:
            self.started.clear()
            await self.started.wait()
        return time.perf_counter() - begun


async def measure(folder: Path, count: int, backlog: int) -> dict[str, float]:
    database = Database(sqlite_url(folder / "bench.db"))
    await migrate_core(database, folder)
    bench = Bench(database)
    await bench.fill("bench.slow", backlog)
    enqueueing = await bench.fill("bench.quick", count)
    await bench.runner.start()
    draining = await bench.drain(count)
    waits = sorted(await bench.latencies())
    await bench.runner.stop(0)
    await database.close()
    return {
        "jobs": count,
        "backlog": backlog,
        "enqueued_per_second": round(count / enqueueing),
        "jobs_per_second": round(count / draining),
        "enqueue_to_start_ms_median": round(statistics.median(waits), 2),
        "enqueue_to_start_ms_p95": round(waits[int(len(waits) * 0.95)], 2),
    }


def main(count: int, backlog: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(measure(Path(folder), count, backlog))))


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*(numbers + [2000, 0][len(numbers) :]))
