"""kill -9 in mid-job, for real."""

import asyncio
import sys
from pathlib import Path

import pytest

from mcma.store.engine import Database
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind
from tests.support.jobs import PATIENCE, Workshop

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]


async def submit(url: str) -> JobId:
    database = Database(url)
    job_id = await Workshop(database).jobs.submit("demo.hang", {})
    await database.close()
    return job_id


async def kill_in_mid_job(url: str) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.job_worker", url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert worker.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while b"running" not in (line := await worker.stdout.readline()):
                assert line, "the worker ended by itself"
    finally:
        worker.kill()
        await worker.wait()


async def test_the_job_of_a_killed_process_runs_once_more(database_url: str) -> None:
    job_id = await submit(database_url)
    await kill_in_mid_job(database_url)
    database = Database(database_url)
    workshop, runs = Workshop(database), []

    async def finish(context: JobContext) -> None:
        runs.append(context.attempt)

    row = await workshop.row(job_id)
    assert (row.state, row.attempt, row.done) == ("running", 1, 3)
    await workshop.runner(JobKind("demo.hang", finish), lease=30.0)
    view = await workshop.over(job_id)
    assert (view.state, view.attempt, runs) == ("succeeded", 2, [2])
    await workshop.stop()
    await database.close()
