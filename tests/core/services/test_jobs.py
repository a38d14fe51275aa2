"""Jobs as the rest of core and people see them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, InvalidInput, NotFound
from mcma.services.jobs import JobPage
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.machinery import changes, jobs
from mcma_plugins.ids import JobId, UserId
from mcma_plugins.values import Caller
from tests.support.jobs import Workshop, until

pytestmark = pytest.mark.anyio

ANN = Caller(UserId(new_id()), "ann")
BOB = Caller(UserId(new_id()), "bob")
ADMIN = Caller(UserId(new_id()), "admin", is_admin=True)


@pytest.fixture
def workshop(database: Database) -> Workshop:
    """No runner: nothing happens by itself."""
    return Workshop(database)


async def write(workshop: Workshop, job_id: JobId, **values: Any) -> None:
    async with workshop.database.write() as transaction:
        await transaction.connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))


async def count(workshop: Workshop) -> int:
    async with workshop.database.read() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(jobs)) or 0)


async def test_a_job_exists_exactly_when_its_transaction_does(workshop: Workshop) -> None:
    with workshop.bell.listen() as ear:
        with pytest.raises(RuntimeError):
            async with workshop.database.write() as transaction:
                await workshop.jobs.enqueue(transaction, "demo.a", {})
                raise RuntimeError
        assert (await count(workshop), await ear.heard(0)) == (0, set())
        async with workshop.database.write() as transaction:
            job_id = await workshop.jobs.enqueue(transaction, "demo.a", {})
            assert await ear.heard(0) == set()
        assert (await count(workshop), await ear.heard(0)) == (1, {job_id})


async def test_the_same_live_job_is_not_made_twice(workshop: Workshop) -> None:
    submit = workshop.jobs.submit
    first = await submit("demo.a", {}, dedup_key="k")
    assert await submit("demo.a", {}, dedup_key="k") == first
    assert await submit("demo.b", {}, dedup_key="k") != first
    assert await submit("demo.a", {}, dedup_key="l") != first
    assert await submit("demo.a", {}) != await submit("demo.a", {})
    await write(workshop, first, state="running")
    assert await submit("demo.a", {}, dedup_key="k") == first
    await write(workshop, first, state="succeeded")
    assert await submit("demo.a", {}, dedup_key="k") != first


async def test_not_even_by_many_at_once(workshop: Workshop) -> None:
    made = await asyncio.gather(*(workshop.jobs.submit("demo.a", {}, dedup_key="k") for _ in range(10)))
    assert (len(set(made)), await count(workshop)) == (1, 1)


@pytest.mark.parametrize(
    "payload", [{"a": object()}, {"a": "\0"}, {"a": "\ud800"}], ids=["object", "nul", "half"]
)
async def test_a_payload_is_json(workshop: Workshop, payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await workshop.jobs.submit("demo.a", payload)


async def test_people_see_their_own_jobs_and_admins_all(workshop: Workshop) -> None:
    mine = await workshop.jobs.submit("demo.a", {}, created_by=ANN.user_id)
    nobody_s = await workshop.jobs.submit("demo.a", {})

    async def ids(caller: Caller, **options: Any) -> list[UUID]:
        return [view.id for view in (await workshop.jobs.list(caller, **options)).items]

    assert (await ids(ANN), await ids(BOB), await ids(ADMIN)) == ([mine], [], [nobody_s, mine])
    assert await ids(ADMIN, kind="demo.b") == await ids(ADMIN, state="running") == []
    assert (await workshop.jobs.show(ANN, mine)).view.created_by == ANN.user_id
    assert (await workshop.jobs.show(ADMIN, mine)).payload == {}
    for job_id in (nobody_s, JobId(new_id())):
        for act in (workshop.jobs.show, workshop.jobs.cancel, workshop.jobs.retry):
            with pytest.raises(NotFound):
                await act(ANN, job_id)


async def test_pages_neither_repeat_nor_skip(workshop: Workshop) -> None:
    made = [await workshop.jobs.submit("demo.a", {"n": n}) for n in range(7)]
    same = (await workshop.row(made[0])).created_at
    for job_id in made[2:5]:
        await write(workshop, job_id, created_at=same)
    seen: list[UUID] = []
    page = JobPage([], None)
    while not seen or page.next is not None:
        page = await workshop.jobs.list(ADMIN, after=page.next, limit=2)
        seen += [view.id for view in page.items]
        await workshop.jobs.submit("demo.a", {"n": "between"})
    assert seen == [made[6], made[5], made[1], *sorted([made[0], *made[2:5]], reverse=True)]


async def test_a_waiting_job_is_cancelled_at_once(workshop: Workshop) -> None:
    job_id = await workshop.jobs.submit("demo.a", {}, created_by=ANN.user_id)
    view = await workshop.jobs.cancel(ANN, job_id)
    assert view.state == "cancelled"
    assert view.finished_at is not None
    await until(lambda: [told.state for told in workshop.finished] == ["cancelled"])
    assert (await workshop.jobs.cancel(ANN, job_id)).state == "cancelled"


async def test_a_running_job_is_asked_to_stop(workshop: Workshop) -> None:
    job_id = await workshop.jobs.submit("demo.a", {})
    await write(workshop, job_id, state="running")
    with workshop.bell.listen() as ear:
        assert (await workshop.jobs.cancel(ADMIN, job_id)).state == "running"
        assert await ear.heard(0) == {job_id}
    assert (await workshop.row(job_id)).cancel_requested


async def test_cancelling_reaches_everything_below(workshop: Workshop) -> None:
    parent = await workshop.jobs.submit("demo.a", {})
    child = await workshop.jobs.submit("demo.a", {}, parent_id=parent)
    grandchild = await workshop.jobs.submit("demo.a", {}, parent_id=child)
    other = await workshop.jobs.submit("demo.a", {})
    await workshop.jobs.cancel(ADMIN, parent)
    states = [(await workshop.row(job_id)).state for job_id in (parent, child, grandchild, other)]
    assert states == ["cancelled"] * 3 + ["queued"]


@pytest.mark.parametrize("state", ["failed", "cancelled"])
async def test_what_is_over_can_be_retried(workshop: Workshop, state: str) -> None:
    job_id = await workshop.jobs.submit("demo.a", {}, created_by=ANN.user_id)
    await write(workshop, job_id, state=state, attempt=5, error="x", cancel_requested=True)
    with workshop.bell.listen() as ear:
        view = await workshop.jobs.retry(ANN, job_id)
        assert await ear.heard(0) == {job_id}
    row = await workshop.row(job_id)
    assert (view.state, view.error, row.max_attempts, row.cancel_requested) == ("queued", None, 10, False)


@pytest.mark.parametrize("state", ["queued", "running", "succeeded", "no_handler"])
async def test_nothing_else_can(workshop: Workshop, state: str) -> None:
    job_id = await workshop.jobs.submit("demo.a", {})
    await write(workshop, job_id, state=state)
    with pytest.raises(Conflict):
        await workshop.jobs.retry(ADMIN, job_id)


async def test_nor_a_job_with_a_live_twin(workshop: Workshop) -> None:
    job_id = await workshop.jobs.submit("demo.a", {}, dedup_key="k")
    await write(workshop, job_id, state="failed")
    await workshop.jobs.submit("demo.a", {}, dedup_key="k")
    with pytest.raises(Conflict):
        await workshop.jobs.retry(ADMIN, job_id)


async def test_a_parent_shows_what_its_children_come_to(workshop: Workshop) -> None:
    parent = await workshop.jobs.submit("demo.a", {})
    made = [await workshop.jobs.submit("demo.a", {}, parent_id=parent) for _ in range(4)]
    await write(workshop, made[0], state="succeeded", done=10, total=10)
    await write(workshop, made[1], state="failed", done=1, total=5)
    await write(workshop, made[2], state="running", done=2, total=None)
    children = (await workshop.jobs.show(ADMIN, parent)).children
    assert (children.jobs, children.finished, children.done, children.total) == (4, 2, 13, 15)
    assert children.states == {"succeeded": 1, "failed": 1, "running": 1, "queued": 1}
    below = await workshop.jobs.list(ADMIN, parent_id=parent)
    assert {view.id for view in below.items} == set(made)
    assert (await workshop.jobs.show(ADMIN, made[0])).children.jobs == 0


async def test_waiting_ends_with_the_time_limit(workshop: Workshop) -> None:
    job_id = await workshop.jobs.submit("demo.a", {})
    assert (await workshop.jobs.wait(job_id, 0.05)).state == "queued"
    with pytest.raises(NotFound):
        await workshop.jobs.wait(JobId(new_id()), 1)


async def test_the_feed_has_state_changes_of_a_user_s_jobs(workshop: Workshop) -> None:
    job_id = await workshop.jobs.submit("demo.a", {}, created_by=ANN.user_id)
    await workshop.jobs.submit("demo.a", {})

    async def feed() -> list[Any]:
        query = sa.select(changes.c.scope_id, changes.c.item_id, changes.c.seq).where(changes.c.kind == "job")
        async with workshop.database.read() as connection:
            return list((await connection.execute(query)).all())

    before = await feed()
    assert [row[:2] for row in before] == [(ANN.user_id, job_id)]
    await write(workshop, job_id, done=5, note="n")
    assert await feed() == before
    await workshop.jobs.cancel(ANN, job_id)
    assert (await feed())[0].seq > before[0].seq


async def test_a_listener_that_raises_disturbs_nobody(workshop: Workshop) -> None:
    async def broken(_: object) -> None:
        raise ValueError

    workshop.jobs._news._on_finished = broken
    job_id = await workshop.jobs.submit("demo.a", {})
    assert (await workshop.jobs.cancel(ADMIN, job_id)).state == "cancelled"
    await workshop.jobs._news.drain(5)


async def test_an_escaped_nul_is_only_text(workshop: Workshop) -> None:
    job_id = await workshop.jobs.submit("demo.a", {"a": "\\u0000"})
    assert (await workshop.jobs.show(ADMIN, job_id)).payload == {"a": "\\u0000"}
    with pytest.raises(InvalidInput):
        await workshop.jobs.submit("demo.a", {}, dedup_key="\0")


async def test_a_slow_doorbell_does_not_hold_up_who_enqueues(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("mcma.services.jobs.RING_SECONDS", 0.01)
    monkeypatch.setattr(workshop.bell, "ring", hang)
    async with asyncio.timeout(2):
        await workshop.jobs.submit("demo.a", {})
