"""Jobs that wait for the jobs below them, and many jobs made at once."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.services.callers import SYSTEM
from mcma.services.jobs import Part
from mcma.store.queries import job_families, jobs
from mcma.store.queries.jobs import Held
from mcma.store.tables.machinery import jobs as rows
from mcma_plugins.errors import PermanentError
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind
from tests.support.jobs import Workshop, until

pytestmark = pytest.mark.anyio


class Family:
    """A parent whose handler makes `parts` jobs, which end when they are let go."""

    def __init__(self, workshop: Workshop, parts: int, bad: int = 0) -> None:
        self.workshop, self.parts, self.bad = workshop, parts, bad
        self.going, self.ran = asyncio.Event(), 0
        self.kinds = (
            JobKind("demo.parent", self.parent, waits_for_children=True),
            JobKind("demo.part", self.part, max_attempts=1),
        )

    async def parent(self, context: JobContext) -> dict[str, Any]:
        parts = [Part({"n": n}) for n in range(self.parts)]
        async with self.workshop.database.write() as transaction:
            await self.workshop.jobs.enqueue_many(transaction, "demo.part", parts, parent_id=context.id)
        return {"made": self.parts}

    async def part(self, context: JobContext) -> None:
        await self.going.wait()
        self.ran += 1
        if context.payload["n"] < self.bad:
            raise PermanentError("no good")


async def is_waiting(workshop: Workshop, parent: JobId) -> bool:
    return bool((await workshop.row(parent)).awaits_children)


async def test_a_parent_is_over_when_its_children_are(workshop: Workshop) -> None:
    family = Family(workshop, 6)
    await workshop.runner(*family.kinds)
    parent = await workshop.jobs.submit("demo.parent", {})
    await until(lambda: is_waiting(workshop, parent))
    assert (await workshop.row(parent)).state == "running"
    family.going.set()
    view = await workshop.over(parent)
    assert (view.state, view.done, view.total, view.error, family.ran) == ("succeeded", 6, 6, None, 6)
    assert (await workshop.row(parent)).result == {"made": 6}
    await until(lambda: sum(told.kind == "demo.parent" for told in workshop.finished) == 1)


async def test_a_parent_without_children_is_over_at_once(workshop: Workshop) -> None:
    await workshop.runner(*Family(workshop, 0).kinds, poll=30.0)
    assert (await workshop.over(await workshop.jobs.submit("demo.parent", {}))).state == "succeeded"


async def test_a_part_that_fails_fails_the_parent(workshop: Workshop) -> None:
    family = Family(workshop, 3, bad=1)
    family.going.set()
    await workshop.runner(*family.kinds)
    view = await workshop.over(await workshop.jobs.submit("demo.parent", {}))
    assert (view.state, view.error) == ("failed", job_families.PARTS_FAILED)
    assert family.ran == 3


async def test_cancelling_a_waiting_parent_ends_it(workshop: Workshop) -> None:
    family = Family(workshop, 5)
    runner = await workshop.runner(*family.kinds, slots=2)
    parent = await workshop.jobs.submit("demo.parent", {})
    await until(lambda: is_waiting(workshop, parent))
    await until(lambda: bool(runner.running))
    await workshop.jobs.cancel(SYSTEM, parent)
    assert (await workshop.over(parent)).state == "cancelled"
    assert family.ran == 0


async def test_progress_is_the_sum_of_the_children(workshop: Workshop) -> None:
    async def work(context: JobContext) -> None:
        await context.progress(5, 20)
        await asyncio.Event().wait()

    family = Family(workshop, 3)
    await workshop.runner(family.kinds[0], JobKind("demo.part", work), write_every=0.0, slots=3)
    parent = await workshop.jobs.submit("demo.parent", {})

    async def shown() -> bool:
        row = await workshop.row(parent)
        return (row.done, row.total) == (10, 41)

    await until(shown)  # two of three run beside the seat kept for people; the third counts as one


async def test_the_last_two_children_may_end_at_one_moment(workshop: Workshop) -> None:
    family = Family(workshop, 0)
    for _ in range(4):
        await workshop.runner(*family.kinds, slots=4, lease=30.0)
    family.parts = 30
    family.going.set()
    made = [await workshop.jobs.submit("demo.parent", {}) for _ in range(4)]
    assert [(await workshop.over(job_id)).state for job_id in made] == ["succeeded"] * 4


async def test_the_sweeper_finds_whom_nobody_settled(workshop: Workshop) -> None:
    """Killed between the end of the last child and the look at its parent."""
    parent = await workshop.jobs.submit("demo.parent", {})
    child = await workshop.jobs.submit("demo.part", {}, parent_id=parent)
    above = await workshop.jobs.submit("demo.parent", {})
    async with workshop.database.write() as transaction:
        update = transaction.connection.execute
        waiting = {"state": "running", "awaits_children": True}
        await update(sa.update(rows).where(rows.c.id.in_([parent, above])).values(**waiting))
        await update(sa.update(rows).where(rows.c.id == parent).values(parent_id=above))
        await update(sa.update(rows).where(rows.c.id == child).values(state="succeeded"))
    await workshop.runner(*Family(workshop, 0).kinds)
    assert (await workshop.over(above)).state == (await workshop.over(parent)).state == "succeeded"


async def test_a_waiting_parent_holds_neither_lease_nor_room(workshop: Workshop) -> None:
    family = Family(workshop, 1)
    narrow = JobKind("demo.parent", family.parent, waits_for_children=True, concurrency=1)
    runner = await workshop.runner(narrow, family.kinds[1])
    made = [await workshop.jobs.submit("demo.parent", {}) for _ in range(3)]

    async def all_wait() -> bool:
        return all([await is_waiting(workshop, parent) for parent in made])

    await until(all_wait)
    await asyncio.sleep(0.6)  # longer than a lease
    assert [(await workshop.row(parent)).attempt for parent in made] == [1, 1, 1]
    async with workshop.database.write() as transaction:
        held = Held(made[0], runner.id, 1)
        assert await jobs.finish(transaction.connection, held, "failed", {}) is None, "its owner let go"
    family.going.set()
    assert [(await workshop.over(parent)).state for parent in made] == ["succeeded"] * 3


async def test_many_at_once_keep_order_and_dedup(workshop: Workshop) -> None:
    known = await workshop.jobs.submit("demo.part", {"n": "known"}, dedup_key="k1")
    parts = [Part({"n": n}, f"k{n}") for n in range(1200)] + [Part({"n": "again"}, "k0"), Part({})]
    with workshop.bell.listen() as ear:
        async with workshop.database.write() as transaction:
            ids = await workshop.jobs.enqueue_many(transaction, "demo.part", parts)
        assert len(await ear.heard(0)) == 1, "one ring for all"
    assert ids[1] == known
    assert ids[0] == ids[1200]
    assert len(set(ids)) == 1201
    assert (await workshop.row(ids[7])).payload == {"n": 7}
    async with workshop.database.write() as transaction:
        again = await workshop.jobs.enqueue_many(transaction, "demo.part", parts[:1200])
        assert again == ids[:1200]
        assert await workshop.jobs.enqueue_many(transaction, "demo.part", []) == []


async def test_workers_are_listed_for_administrators(workshop: Workshop) -> None:
    family = Family(workshop, 1)
    runner = await workshop.runner(*family.kinds, role="worker", offered=["demo.part"], slots=3)
    parent = await workshop.jobs.submit("demo.part", {"n": 1})
    await until(lambda: runner.running == [parent])
    [view] = await workshop.jobs.workers(SYSTEM)
    assert (view.role, view.slots, view.kinds, view.alive, view.running) == (
        "worker",
        3,
        ["demo.part"],
        True,
        1,
    )
    family.going.set()


async def test_a_runner_takes_only_what_it_offers(workshop: Workshop) -> None:
    family = Family(workshop, 0)
    idle = await workshop.runner(*family.kinds, offered=())
    parent = await workshop.jobs.submit("demo.parent", {})
    await asyncio.sleep(0.2)
    assert (idle.running, (await workshop.row(parent)).state) == ([], "queued")
    await workshop.runner(*family.kinds, offered=["demo.parent"])
    assert (await workshop.over(parent)).state == "succeeded"
