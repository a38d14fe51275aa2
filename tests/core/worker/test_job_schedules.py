"""Schedules are rows."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Forbidden, NotFound
from mcma.services.callers import SYSTEM
from mcma.store.clock import new_id, utcnow
from mcma.store.queries import job_schedules
from mcma.store.tables.machinery import jobs, schedules
from mcma.worker import schedules as worker_schedules
from mcma_plugins.ids import UserId
from mcma_plugins.jobs import JobContext, JobKind, Schedule
from mcma_plugins.values import Caller
from tests.support.jobs import Workshop, until

pytestmark = pytest.mark.anyio

HOURLY = Schedule("demo.tick", timedelta(hours=1), {"a": 1})


async def tick(_: JobContext) -> None:
    return None


TICK = JobKind("demo.tick", tick)


async def put_off(workshop: Workshop, by: timedelta, **values: Any) -> None:
    async with workshop.database.write() as transaction:
        statement = sa.update(schedules).values(next_at=utcnow() + by, **values)
        await transaction.connection.execute(statement)


async def made(workshop: Workshop) -> list[Any]:
    async with workshop.database.read() as connection:
        return list((await connection.execute(sa.select(jobs).order_by(jobs.c.created_at))).all())


async def schedule(workshop: Workshop) -> Any:
    async with workshop.database.read() as connection:
        return (await connection.execute(sa.select(schedules))).one()


async def test_a_new_schedule_waits_one_interval(workshop: Workshop) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})
    assert timedelta(minutes=59) < (await schedule(workshop)).next_at - utcnow() <= timedelta(minutes=60)


async def test_two_runners_enqueue_it_once(workshop: Workshop) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})
    for _ in range(2):
        await workshop.runner(TICK)
    await put_off(workshop, timedelta(hours=-3.5))

    async def ran() -> bool:
        return [row.state for row in await made(workshop)] == ["succeeded"]

    await until(ran)
    await asyncio.sleep(0.2)
    assert [(row.kind, row.payload) for row in await made(workshop)] == [("demo.tick", {"a": 1})]
    after = (await schedule(workshop)).next_at - utcnow()
    assert timedelta(minutes=29) < after <= timedelta(minutes=30)


async def test_what_had_nothing_to_do_is_left_out_of_a_list_that_is_asked_to(workshop: Workshop) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})

    async def fired(**values: Any) -> Any:
        await put_off(workshop, timedelta(seconds=-1))
        [view] = await worker_schedules.fire(workshop.database, ["demo.tick"])
        async with workshop.database.write() as transaction:
            mine = sa.update(jobs).where(jobs.c.id == view.id)
            await transaction.connection.execute(mine.values(**values))
        return view.id

    idle = await fired(state="succeeded")
    worth = {await fired(state="succeeded", done=1), await fired(state="failed"), await fired(state="queued")}
    asked_for = await workshop.jobs.submit("demo.tick", {})
    await workshop.jobs.cancel(SYSTEM, asked_for)
    listed = await workshop.jobs.list(SYSTEM, routine=False)
    assert {one.id for one in listed.items} == {*worth, asked_for}
    assert {one.id for one in (await workshop.jobs.list(SYSTEM)).items} == {idle, *worth, asked_for}


async def test_racing_for_it_enqueues_it_once(workshop: Workshop) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})
    for _ in range(5):
        await put_off(workshop, timedelta(seconds=-1))
        fired = await asyncio.gather(
            *(worker_schedules.fire(workshop.database, ["demo.tick"]) for _ in range(4))
        )
        assert sum(map(len, fired)) <= 1
    assert len(await made(workshop)) == 1


@pytest.mark.parametrize("engine_name", ["postgresql"])
async def test_who_comes_second_does_not_wait(workshop: Workshop) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})
    await put_off(workshop, timedelta(seconds=-1))
    async with asyncio.timeout(5), workshop.database.write() as one, workshop.database.write() as other:
        fired = [
            len(await job_schedules.fire_schedules(transaction.connection, ["demo.tick"]))
            for transaction in (one, other)
        ]
    assert fired == [1, 0]


async def test_a_job_that_still_runs_is_not_doubled(workshop: Workshop) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})
    for expected in (1, 0):
        await put_off(workshop, timedelta(seconds=-1))
        assert len(await worker_schedules.fire(workshop.database, ["demo.tick"])) == expected


@pytest.mark.parametrize("reason", ["disabled", "nobody offers it", "not due"])
async def test_what_does_not_fire(workshop: Workshop, reason: str) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})
    if reason != "not due":
        await put_off(workshop, timedelta(seconds=-1), enabled=reason != "disabled")
    offered = ["other"] if reason == "nobody offers it" else ["demo.tick"]
    assert await worker_schedules.fire(workshop.database, offered) == []


async def test_declaring_again_keeps_the_time_and_the_switch(workshop: Workshop) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})
    await put_off(workshop, timedelta(minutes=5), enabled=False)
    before = await schedule(workshop)
    await worker_schedules.declare(
        workshop.database, {"hourly": Schedule("demo.tick", timedelta(days=1), {})}
    )
    after = await schedule(workshop)
    assert (after.next_at, after.enabled) == (before.next_at, False)
    assert (after.every_s, after.payload) == (86_400, {})


async def names(workshop: Workshop) -> list[str]:
    return [view.name for view in await workshop.jobs.list_schedules(SYSTEM)]


async def test_what_is_declared_no_more_is_dropped_with_its_owner_alone(workshop: Workshop) -> None:
    """A worker with few plugins leaves the schedules of all others."""
    declare = worker_schedules.declare
    await declare(workshop.database, dict.fromkeys(("tidy", "old", "demo.a", "demo.b", "demos.c"), HOURLY))
    await declare(workshop.database, {"tidy": HOURLY, "demo.a": HOURLY}, ["", "demo."])
    assert await names(workshop) == ["demo.a", "demos.c", "tidy"]
    await declare(workshop.database, {"tidy": HOURLY}, [""])
    assert await names(workshop) == ["demo.a", "demos.c", "tidy"]


async def test_an_administrator_switches_one_off_and_on(workshop: Workshop) -> None:
    await worker_schedules.declare(workshop.database, {"hourly": HOURLY})
    await put_off(workshop, timedelta(hours=-5))
    assert not (await workshop.jobs.switch_schedule(SYSTEM, "hourly", enabled=False)).enabled
    assert await worker_schedules.fire(workshop.database, ["demo.tick"]) == []
    again = await workshop.jobs.switch_schedule(SYSTEM, "hourly", enabled=True)
    assert again.enabled
    assert again.next_at > utcnow() + timedelta(minutes=59), "what it missed is not made up for"
    with pytest.raises(NotFound):
        await workshop.jobs.switch_schedule(SYSTEM, "no such", enabled=True)
    with pytest.raises(Forbidden):
        await workshop.jobs.list_schedules(Caller(UserId(new_id()), "ann"))
