"""What a running job tells, and how it is told to stop."""

import asyncio
import time
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.services.job_events import JobEvents, JobNews
from mcma.store.clock import new_id
from mcma.store.queries import job_claims, jobs
from mcma.worker.context import LOG_BYTES, RunningJob
from mcma_plugins.ids import UserId
from mcma_plugins.jobs import JobCancelled, JobContext, JobKind
from mcma_plugins.values import Caller
from tests.support.jobs import Workshop, until

pytestmark = pytest.mark.anyio

ADMIN = Caller(UserId(new_id()), "admin", is_admin=True)


async def running(workshop: Workshop, clock: list[float]) -> RunningJob:
    await workshop.jobs.submit("demo.a", {})
    offer = job_claims.Offer({"demo.a": job_claims.Limits()})
    async with workshop.database.write() as transaction:
        claims = await job_claims.claim(transaction.connection, offer, new_id(), 60, job_claims.Seats(1, 1))
    news = JobNews(workshop.jobs.events)
    return RunningJob(workshop.database, claims.jobs[0], news, clock=lambda: clock[0])


async def test_progress_is_written_four_times_a_second(workshop: Workshop) -> None:
    clock = [100.0]
    job = await running(workshop, clock)
    with workshop.jobs.events.subscribe() as changes:
        for step in range(1000):
            clock[0] = 100.0 + step / 1000
            await job.progress(step, 1000, f"step {step}")
        assert changes._queue.qsize() == 4
        assert (await anext(changes)).done == 0
    assert (await workshop.row(job.id)).done == 750
    await job.flush()
    row = await workshop.row(job.id)
    assert (row.done, row.total, row.note) == (999, 1000, "step 999")


async def test_what_the_throttle_held_back_is_written_at_the_end(workshop: Workshop) -> None:
    async def handler(context: JobContext) -> None:
        for step in range(11):
            await context.progress(step, 10, "almost\0")
            await context.log(f"line {step}")

    await workshop.runner(JobKind("demo.a", handler))
    job_id = await workshop.jobs.submit("demo.a", {})
    view = await workshop.over(job_id)
    assert (view.done, view.total, view.note) == (10, 10, "almost")
    assert (await workshop.row(job_id)).log_tail == "".join(f"line {step}\n" for step in range(11))


async def test_and_with_the_heartbeat_when_the_job_falls_silent(workshop: Workshop) -> None:
    going = asyncio.Event()

    async def handler(context: JobContext) -> None:
        await context.progress(1)
        await context.progress(2)
        await going.wait()

    await workshop.runner(JobKind("demo.a", handler))
    job_id = await workshop.jobs.submit("demo.a", {})

    async def is_written() -> bool:
        return bool((await workshop.row(job_id)).done == 2)

    await until(is_written)
    going.set()


async def test_the_log_keeps_its_tail(workshop: Workshop) -> None:
    job = await running(workshop, [0.0])
    for number in range(1000):
        await job.log(f"é line {number}")
    tail = job.last_words()["log_tail"]
    assert len(tail.encode()) <= LOG_BYTES
    assert tail.endswith("é line 999\n")


async def test_a_running_job_is_interrupted_when_somebody_cancels_it(workshop: Workshop) -> None:
    tidied = asyncio.Event()

    async def handler(_: JobContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tidied.set()

    runner = await workshop.runner(JobKind("demo.a", handler), heartbeat=100.0, poll=100.0, lease=1000.0)
    job_id = await workshop.jobs.submit("demo.a", {})
    await until(lambda: runner.running == [job_id])
    begun = time.monotonic()
    await workshop.jobs.cancel(ADMIN, job_id)
    assert (await workshop.over(job_id)).state == "cancelled"
    assert time.monotonic() - begun < 30, "it would have learned of it by its heartbeat after 100 s"
    assert tidied.is_set()
    await until(lambda: [told.state for told in workshop.finished] == ["cancelled"])


async def test_a_job_that_reports_learns_of_it_by_reporting(workshop: Workshop) -> None:
    clock = [0.0]
    job = await running(workshop, clock)
    async with workshop.database.write() as transaction:
        await jobs.cancel(transaction.connection, job.id)
    with pytest.raises(JobCancelled):
        await job.progress(1)


async def test_a_job_that_was_lost_is_told_so(workshop: Workshop) -> None:
    job = await running(workshop, [0.0])
    async with workshop.database.write() as transaction:
        await jobs.release(transaction.connection, job.held, {})
    with pytest.raises(JobCancelled):
        await job.log("still there?")
    assert job.lost


async def test_a_cancelled_job_is_not_tried_again(workshop: Workshop) -> None:
    """The flag may come after the attempt failed and before that is written."""
    job = await running(workshop, [0.0])
    async with workshop.database.write() as transaction:
        await jobs.cancel(transaction.connection, job.id)
        view = await jobs.reschedule(transaction.connection, job.held, 10, {"error": "x"})
    assert view is not None
    assert view.state == "cancelled"
    assert view.finished_at is not None


async def test_a_slow_reader_loses_the_oldest(workshop: Workshop) -> None:
    job = await running(workshop, [0.0])
    events = JobEvents(length=3)
    with events.subscribe() as changes:
        for done in range(10):
            events.publish(job.claimed.view._replace(done=done))
        assert [(await anext(changes)).done for _ in range(3)] == [7, 8, 9]
    events.publish(job.claimed.view)
    assert changes._queue.empty()


async def test_followers_see_every_state(workshop: Workshop, engine_name: str) -> None:
    async def handler(context: JobContext) -> None:
        await context.progress(5, 10)

    seen: list[tuple[str, Any]] = []
    with workshop.jobs.events.subscribe() as changes:
        await workshop.runner(JobKind("demo.a", handler))
        await workshop.jobs.submit("demo.a", {})
        async for view in changes:
            seen.append((view.state, view.done))
            if view.finished_at is not None:
                break
    states = [("queued", 0), ("running", 0), ("running", 5), ("succeeded", 5)]
    if engine_name == "scaled":  # of another process, what was over within some hundredths is left out
        assert [states[0], states[-1]] == [seen[0], seen[-1]]
        assert seen == [state for state in states if state in seen]
    else:
        assert seen == states


async def test_a_job_goes_on_when_progress_cannot_be_written(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await running(workshop, [0.0])

    async def away(*_: Any) -> None:
        raise sa.exc.InterfaceError("", {}, ConnectionError("connection is closed"))

    with monkeypatch.context() as patch:
        patch.setattr("mcma.worker.context.write_progress", away)
        await job.progress(1)
    await job.flush()
    assert (await workshop.row(job.id)).done == 1
