"""Kinds that no worker offers, and what else the sweeper looks after."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.store.clock import utcnow
from mcma.store.queries import job_upkeep, jobs
from mcma.store.queries.jobs import NewJob
from mcma.store.tables.machinery import jobs as rows
from mcma.worker.doorbell import Ear
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind
from tests.support.jobs import Workshop, until

pytestmark = pytest.mark.anyio


async def nothing(_: JobContext) -> None:
    return None


def kind(name: str) -> JobKind:
    return JobKind(name, nothing)


async def state(workshop: Workshop, job_id: JobId) -> str:
    return str((await workshop.row(job_id)).state)


async def test_no_handler_comes_and_goes_with_the_workers(workshop: Workshop) -> None:
    await workshop.runner(kind("demo.a"))
    job_id = await workshop.jobs.submit("demo.b", {})

    async def unhandled() -> bool:
        return await state(workshop, job_id) == "no_handler"

    await until(unhandled)
    assert workshop.finished == []
    await workshop.runner(kind("demo.b"))
    assert (await workshop.over(job_id)).state == "succeeded"


async def test_a_busy_worker_is_still_a_worker(workshop: Workshop) -> None:
    going = asyncio.Event()

    async def wait(_: JobContext) -> None:
        await going.wait()

    busy = await workshop.runner(JobKind("demo.b", wait), slots=1, reserved=0)
    made = [await workshop.jobs.submit("demo.b", {}) for _ in range(2)]
    await until(lambda: len(busy.running) == 1)
    for job_id in made:
        await write(workshop, job_id, run_after=utcnow() - timedelta(hours=1))
    await workshop.runner(kind("demo.a"), lease=10.0)
    await asyncio.sleep(0.3)
    assert sorted([await state(workshop, job_id) for job_id in made]) == ["queued", "running"]
    going.set()


async def test_jobs_wait_for_a_worker_that_carries_their_plugin(workshop: Workshop) -> None:
    first = await workshop.runner(kind("demo.a"))
    second = await workshop.runner(kind("demo.b"))
    made = [await workshop.jobs.submit(f"demo.{'ab'[n % 2]}", {}) for n in range(6)]
    assert {(await workshop.over(job_id)).state for job_id in made} == {"succeeded"}
    assert first.running == second.running == []


async def write(workshop: Workshop, job_id: JobId, **values: Any) -> None:
    async with workshop.database.write() as transaction:
        await transaction.connection.execute(sa.update(rows).where(rows.c.id == job_id).values(**values))


async def revive(workshop: Workshop) -> None:
    async with workshop.database.write() as transaction:
        await job_upkeep.revive_handled(transaction.connection, {"demo.a"})


async def test_of_several_unhandled_twins_one_lives_on(workshop: Workshop) -> None:
    made = []
    for _ in range(3):
        made.append(await workshop.jobs.submit("demo.a", {}, dedup_key="k"))
        await write(workshop, made[-1], state="failed")
    for job_id in made:
        await write(workshop, job_id, state="no_handler")
    await revive(workshop)
    assert [await state(workshop, job_id) for job_id in made] == ["queued", "cancelled", "cancelled"]


async def test_an_unhandled_job_gives_way_to_a_live_twin(workshop: Workshop) -> None:
    old = await workshop.jobs.submit("demo.a", {}, dedup_key="k")
    await write(workshop, old, state="failed")
    new = await workshop.jobs.submit("demo.a", {}, dedup_key="k")
    await write(workshop, old, state="no_handler")
    await revive(workshop)
    assert [await state(workshop, old), await state(workshop, new)] == ["cancelled", "queued"]


async def test_an_unhandled_job_is_not_asked_for_twice(workshop: Workshop) -> None:
    job_id = await workshop.jobs.submit("demo.a", {}, dedup_key="k")
    await write(workshop, job_id, state="no_handler")
    assert await workshop.jobs.submit("demo.a", {}, dedup_key="k") == job_id


async def test_due_jobs_of_others_are_rung_for_again(workshop: Workshop) -> None:
    ear: Ear
    async with workshop.database.write() as transaction:
        view, _ = await jobs.enqueue(transaction.connection, NewJob("demo.b", {}))
    with workshop.bell.listen(["demo.b"]) as ear:
        await workshop.runner(kind("demo.a"))
        async with asyncio.timeout(10):
            while view.id not in await ear.heard(10):
                pass


async def test_only_old_finished_jobs_are_deleted(workshop: Workshop) -> None:
    long_ago = utcnow() - timedelta(days=40)
    made = {name: await workshop.jobs.submit("demo.a", {"n": name}) for name in ("old", "new", "waiting")}
    await write(workshop, made["old"], state="failed", created_at=long_ago, finished_at=long_ago)
    await write(workshop, made["new"], state="failed", created_at=long_ago, finished_at=utcnow())
    await write(workshop, made["waiting"], created_at=long_ago)
    async with workshop.database.write() as transaction:
        assert await job_upkeep.delete_finished(transaction.connection, timedelta(days=30)) == 1
    async with workshop.database.read() as connection:
        left = set(await connection.scalars(sa.select(rows.c.id)))
    assert left == {made["new"], made["waiting"]}
