"""Redis is a doorbell: absent, stopped, flushed or fed with garbage, it costs time and nothing else."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from mcma.services.callers import SYSTEM
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.worker.redis_broker import Complaints, Names, group_of
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind
from tests.support.jobs import ScaledWorkshop, until
from tests.support.redis import RedisServer

pytestmark = pytest.mark.anyio
FLUSHES = 400 if os.environ.get("MCMA_SOAK") else 6
PATIENT = {"lease": 30.0, "poll": 60.0}
"""Only a ring can wake it."""


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


@pytest.fixture
async def workshop(database: Database, own_redis: RedisServer) -> AsyncIterator[ScaledWorkshop]:
    made = await ScaledWorkshop.opened(database, own_redis.url)
    made.server = own_redis
    yield made
    await made.stop()


class Counting:
    def __init__(self, seconds: float = 0.0) -> None:
        self.runs: Counter[JobId] = Counter()
        self.seconds = seconds
        self.kind = JobKind("demo.count", self.run)

    async def run(self, context: JobContext) -> None:
        await asyncio.sleep(self.seconds)
        self.runs[context.id] += 1


async def submitted(workshop: ScaledWorkshop, count: int) -> list[JobId]:
    return [await workshop.jobs.submit("demo.count", {"n": n}) for n in range(count)]


async def all_succeeded(workshop: ScaledWorkshop, made: list[JobId]) -> None:
    for job_id in made:
        assert (await workshop.over(job_id)).state == "succeeded"


async def stands(workshop: ScaledWorkshop) -> None:
    """Until every line does."""
    await until(lambda: all(bell.is_up for bell in workshop.bells))
    await asyncio.sleep(0.1)


async def test_a_ring_wakes_a_worker_at_once(workshop: ScaledWorkshop) -> None:
    counting = Counting()
    await workshop.runner(counting.kind, **PATIENT)
    await listening(workshop, 1)
    began = time.monotonic()
    await all_succeeded(workshop, await submitted(workshop, 3))
    assert time.monotonic() - began < 5


async def listening(workshop: ScaledWorkshop, count: int) -> None:
    """Until so many read streams."""
    await until(lambda: workshop.server.command("CLIENT", "LIST").count(b"cmd=xreadgroup") >= count)


async def test_a_full_worker_passes_the_ring_on(workshop: ScaledWorkshop) -> None:
    going = asyncio.Event()

    async def hold(context: JobContext) -> None:
        await going.wait()

    kind = JobKind("demo.count", hold)
    runners = [await workshop.runner(kind, slots=2, **PATIENT) for _ in range(3)]
    await listening(workshop, 3)
    made = await submitted(workshop, 3)  # each keeps one of its two seats for people
    await until(lambda: sum(len(runner.running) for runner in runners) == 3)
    going.set()
    await all_succeeded(workshop, made)


async def test_without_redis_at_start_jobs_run_and_later_rings_count(
    database: Database, own_redis: RedisServer
) -> None:
    own_redis.stop()
    workshop = await ScaledWorkshop.opened(database, own_redis.url)
    try:
        counting = Counting()
        await workshop.runner(counting.kind, lease=30.0)
        began = time.monotonic()
        made = await submitted(workshop, 20)
        assert time.monotonic() - began < 10, "nobody waits for a broker that does not answer"
        await all_succeeded(workshop, made)
        assert not workshop.bells[0].is_up
        assert "Connect" in (workshop.bells[0].fault or "")
        own_redis.start()
        await stands(workshop)
    finally:
        await workshop.stop()
    assert counting.runs == dict.fromkeys(made, 1)


async def test_redis_stopped_and_started_under_load(workshop: ScaledWorkshop) -> None:
    counting = Counting(0.01)
    for _ in range(2):
        await workshop.runner(counting.kind, lease=30.0, slots=4)
    made = await submitted(workshop, 20)
    with capture_logs() as logged:
        workshop.server.stop()
        made += await submitted(workshop, 40)
        await all_succeeded(workshop, made)
        await until(lambda: not any(bell.is_up for bell in workshop.bells))
        workshop.server.start()
        await stands(workshop)
    made += await submitted(workshop, 20)
    await all_succeeded(workshop, made)
    assert counting.runs == dict.fromkeys(made, 1)
    told = Counter(line["event"] for line in logged if line["event"].startswith("doorbell"))
    assert told == {"doorbell_lost": 3, "doorbell_back": 3}, "once each for three processes"


@pytest.mark.soak
async def test_flushed_while_jobs_run(workshop: ScaledWorkshop) -> None:
    counting = Counting(0.005)
    for _ in range(2):
        await workshop.runner(counting.kind, lease=30.0, slots=4)
    made: list[JobId] = []
    for _ in range(FLUSHES):
        made += await submitted(workshop, 25)
        workshop.server.command("FLUSHALL")
    await all_succeeded(workshop, made)
    assert counting.runs == dict.fromkeys(made, 1)


async def test_garbage_is_passed_over_and_complained_of_once(workshop: ScaledWorkshop) -> None:
    counting = Counting()
    await workshop.runner(counting.kind, **PATIENT)
    await listening(workshop, 1)
    names = Names(workshop.instance)
    stream = names.stream("demo.count")
    garbage: list[tuple[str | bytes, ...]] = [
        ("data", b"\x80\x04\x95 pickle"), ("data", b"{}"), ("other", b"x"),
        ("data", b'{"task_name":"os.system"}'),
        ("data", b'{"task_name":"mcma.run_job","args":["no id"],"kwargs":{},"labels":{},"task_id":"1"}'),
        ("data", b'{"task_name":"mcma.run_job","args":[],"kwargs":{},"labels":{},"task_id":"1"}'),
        ("data", b"[" * 5000),
    ]  # fmt: skip
    with capture_logs() as logged:
        for number in range(350):
            workshop.server.command("XADD", stream, "*", *garbage[number % len(garbage)])
        for channel in (names.calls, names.news):
            for said in (b"", b"\xff\xfe", b"no id", b"x" * 100_000):
                workshop.server.command("PUBLISH", channel, said)
        made = await submitted(workshop, 5)
        await all_succeeded(workshop, made)
    assert counting.runs == dict.fromkeys(made, 1)
    complaints = [line for line in logged if line["event"] == "ring_not_understood"]
    assert 1 <= len(complaints) <= 4, "not one for each"
    assert not [line for line in logged if line["log_level"] == "error"]


async def test_a_message_delivered_five_times_runs_nothing_twice(workshop: ScaledWorkshop) -> None:
    counting = Counting()
    for _ in range(2):
        await workshop.runner(counting.kind, lease=30.0)
    made = await submitted(workshop, 10)
    for job_id in [*made * 5, JobId(new_id())]:
        await workshop.bell.ring(job_id, "demo.count")
        await workshop.bell.ring(job_id, "demo.count", everybody=True)
    await all_succeeded(workshop, made)
    await asyncio.sleep(0.2)
    assert counting.runs == dict.fromkeys(made, 1)


async def test_cancelling_reaches_another_process_at_once(workshop: ScaledWorkshop) -> None:
    async def hold(context: JobContext) -> None:
        await asyncio.Event().wait()

    runner = await workshop.runner(JobKind("demo.count", hold), heartbeat=60.0, **PATIENT)
    [job_id] = await submitted(workshop, 1)
    await until(lambda: runner.running == [job_id])
    await workshop.jobs.cancel(SYSTEM, job_id)
    assert (await workshop.over(job_id)).state == "cancelled"


async def test_cancelling_reaches_another_process_without_redis(workshop: ScaledWorkshop) -> None:
    async def hold(context: JobContext) -> None:
        await asyncio.Event().wait()

    runner = await workshop.runner(JobKind("demo.count", hold), heartbeat=60.0, lease=120.0)
    [job_id] = await submitted(workshop, 1)
    await until(lambda: runner.running == [job_id])
    workshop.server.stop()
    await workshop.jobs.cancel(SYSTEM, job_id)
    assert (await workshop.over(job_id)).state == "cancelled"


@pytest.mark.parametrize("stopped", [False, True], ids=["told", "looked at"])
async def test_who_follows_jobs_hears_of_other_processes(workshop: ScaledWorkshop, stopped: bool) -> None:
    going = asyncio.Event()

    async def hold(context: JobContext) -> None:
        await going.wait()

    await workshop.runner(JobKind("demo.count", hold), lease=30.0)
    if stopped:
        workshop.server.stop()
        await until(lambda: not workshop.bell.is_up)
    with workshop.jobs.events.subscribe() as changes:
        await asyncio.sleep(0.3)  # the first look only learns what there is
        [job_id] = await submitted(workshop, 1)
        states = []
        async with asyncio.timeout(20):
            async for view in changes:
                states.append(view.state)
                if view.state == "running":
                    going.set()
                if view.finished_at is not None:
                    break
    assert (view.id, states[-1]) == (job_id, "succeeded")
    assert "running" in states


async def test_consumers_are_not_left_behind(workshop: ScaledWorkshop) -> None:
    counting = Counting()
    runner = await workshop.runner(counting.kind, **PATIENT)
    await listening(workshop, 1)
    await all_succeeded(workshop, await submitted(workshop, 3))
    stream, group = Names(workshop.instance).stream("demo.count"), group_of(["demo.count"])

    def consumers() -> bytes:
        return workshop.server.command("XINFO", "CONSUMERS", stream, group)

    assert consumers().startswith(b"*1")
    await runner.stop(0)
    await until(lambda: consumers().startswith(b"*0"))


def test_complaints_are_rare() -> None:
    now = [0.0]
    complaints = Complaints(lambda: now[0])
    with capture_logs() as logged:
        for second in range(100):
            now[0] = float(second)
            for _ in range(100):
                complaints.add()
    assert [line["messages"] for line in logged] == [1, 6000]
