"""A worker to be killed: `python -m tests.support.job_worker URL`. Its job says that it runs, then hangs."""

import asyncio
import sys

from mcma.store.engine import Database
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma.worker.runner import JobRunner
from mcma_plugins.jobs import JobContext, JobKind


async def hang(context: JobContext) -> None:
    await context.progress(3, 10, "half way")
    sys.stdout.write("running\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def main(url: str) -> None:
    kinds = {"demo.hang": JobKind("demo.hang", hang)}
    runner = JobRunner(Database(url), kinds, EmbeddedDoorbell(), lease=0.5, heartbeat=0.1, poll=0.05)
    await runner.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
