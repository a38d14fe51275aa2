"""A lost message, a doubled one, a killed worker: each job runs exactly once more, or not at all."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Unavailable
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.queries import job_claims, job_upkeep, jobs
from mcma.store.queries.job_claims import ClaimedJob, Limits, Offer, Seats
from mcma.store.tables.machinery import jobs as rows
from mcma.store.tables.machinery import workers
from mcma.worker.doorbell import Ear, EmbeddedDoorbell
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind
from tests.support.jobs import Workshop, until

pytestmark = pytest.mark.anyio


class Deaf:
    """A doorbell whose every ring is lost."""

    async def ring(self, job_id: JobId, kind: str, *, everybody: bool = False) -> None:
        raise ConnectionError("no broker")

    @contextmanager
    def listen(self, kinds: Collection[str] = ()) -> Iterator[Ear]:
        yield Ear()


class Counting:
    def __init__(self, name: str = "demo.count") -> None:
        self.runs: Counter[JobId] = Counter()
        self.kind = JobKind(name, self.run)

    async def run(self, context: JobContext) -> None:
        await asyncio.sleep(0)
        self.runs[context.id] += 1


class Gated(Counting):
    """Runs until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.going = asyncio.Event()
        self.interrupted = 0

    async def run(self, context: JobContext) -> None:
        self.runs[context.id] += 1
        try:
            await self.going.wait()
        except asyncio.CancelledError:
            self.interrupted += 1
            raise


async def claimed_by_nobody(database: Database, lease: float) -> ClaimedJob:
    """What a worker leaves behind that was killed in mid-job."""
    async with database.write() as transaction:
        offer = Offer({"demo.count": Limits()})
        claims = await job_claims.claim(transaction.connection, offer, new_id(), lease, Seats(1, 1))
    return claims.jobs[0]


async def change(database: Database, job_id: JobId, **values: Any) -> None:
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(rows).where(rows.c.id == job_id).values(**values))


async def test_a_lost_ring_costs_only_time(workshop: Workshop) -> None:
    counting = Counting()
    await workshop.runner(counting.kind, doorbell=Deaf())
    job_id = await workshop.jobs.submit("demo.count", {})
    assert (await workshop.over(job_id)).state == "succeeded"
    assert counting.runs == {job_id: 1}


async def test_a_broken_doorbell_does_not_stop_who_enqueues(database: Database) -> None:
    deaf = Workshop(database)
    deaf.jobs._doorbell = Deaf()
    assert (await deaf.row(await deaf.jobs.submit("demo.count", {}))).state == "queued"


async def test_a_doubled_ring_runs_nothing_twice(workshop: Workshop) -> None:
    counting = Counting()
    for _ in range(2):
        await workshop.runner(counting.kind, lease=30.0)
    made = [await workshop.jobs.submit("demo.count", {}) for _ in range(10)]
    for job_id in made * 5:
        await workshop.bell.ring(job_id, "demo.count")
    for job_id in made:
        await workshop.over(job_id)
    await workshop.bell.ring(made[0], "demo.count")
    await asyncio.sleep(0.1)
    assert counting.runs == dict.fromkeys(made, 1)


async def test_two_runners_race_and_each_job_runs_once(workshop: Workshop) -> None:
    counting = Counting()
    made = [await workshop.jobs.submit("demo.count", {"n": n}) for n in range(200)]
    for _ in range(2):
        await workshop.runner(counting.kind, slots=8, lease=30.0)
    for job_id in made:
        await workshop.over(job_id)
    assert counting.runs == dict.fromkeys(made, 1)


@pytest.mark.parametrize("engine_name", ["postgresql"])
async def test_a_claim_does_not_wait_for_another(workshop: Workshop) -> None:
    made = [await workshop.jobs.submit("demo.count", {}) for _ in range(2)]
    offer = Offer({"demo.count": Limits()})
    async with asyncio.timeout(5), workshop.database.write() as one, workshop.database.write() as other:
        both = [
            await job_claims.claim(transaction.connection, offer, new_id(), 60, Seats(1, 1))
            for transaction in (one, other)
        ]
    assert [claims.jobs[0].held.id for claims in both] == made


async def test_a_killed_worker_s_job_runs_exactly_once_more(workshop: Workshop) -> None:
    counting = Counting()
    job_id = await workshop.jobs.submit("demo.count", {})
    await claimed_by_nobody(workshop.database, lease=0.2)
    for _ in range(2):
        await workshop.runner(counting.kind, lease=30.0)
    view = await workshop.over(job_id)
    assert (view.state, view.attempt, counting.runs) == ("succeeded", 2, {job_id: 1})


async def test_a_job_that_kills_its_workers_fails_in_the_end(workshop: Workshop) -> None:
    counting = Counting()
    job_id = await workshop.jobs.submit("demo.count", {}, max_attempts=1)
    await claimed_by_nobody(workshop.database, lease=0.0)
    await workshop.runner(counting.kind)
    view = await workshop.over(job_id)
    assert (view.state, view.error, counting.runs) == ("failed", job_upkeep.LOST, {})
    await until(lambda: [told.state for told in workshop.finished] == ["failed"])


async def test_a_good_lease_is_respected(workshop: Workshop) -> None:
    counting = Counting()
    job_id = await workshop.jobs.submit("demo.count", {})
    await claimed_by_nobody(workshop.database, lease=1000)
    await workshop.runner(counting.kind)
    await asyncio.sleep(0.3)
    assert (await workshop.row(job_id)).state == "running"


async def test_unless_nobody_else_can_be_alive(workshop: Workshop) -> None:
    counting = Counting()
    job_id = await workshop.jobs.submit("demo.count", {})
    await claimed_by_nobody(workshop.database, lease=1000)
    await workshop.runner(counting.kind, alone=True)
    assert (await workshop.over(job_id)).attempt == 2


async def test_who_lost_the_job_cannot_end_it(workshop: Workshop) -> None:
    job_id = await workshop.jobs.submit("demo.count", {})
    old = await claimed_by_nobody(workshop.database, lease=0.0)
    async with workshop.database.write() as transaction:
        assert [view.id for view in await job_upkeep.end_lapsed(transaction.connection)] == [job_id]
    new = await claimed_by_nobody(workshop.database, lease=1000)
    async with workshop.database.write() as transaction:
        connection = transaction.connection
        assert await jobs.finish(connection, old.held, jobs.SUCCEEDED, {"result": {"by": "old"}}) is None
        assert await jobs.reschedule(connection, old.held, 0, {}) is None
        assert await jobs.release(connection, old.held, {}) is None
        assert await jobs.write_progress(connection, old.held, {"done": 7}) is None
        for mixed in (new.held._replace(attempt=1), new.held._replace(owner=old.held.owner)):
            assert await jobs.finish(connection, mixed, jobs.FAILED, {}) is None
    row = await workshop.row(job_id)
    assert (row.state, row.attempt, row.done, row.result) == ("running", 2, 0, None)
    async with workshop.database.write() as transaction:
        assert await jobs.finish(transaction.connection, new.held, jobs.SUCCEEDED, {}) is not None


async def test_a_lost_lease_stops_the_handler_without_writing(workshop: Workshop) -> None:
    gated = Gated()
    await workshop.runner(gated.kind)
    job_id = await workshop.jobs.submit("demo.count", {})
    await until(lambda: gated.runs[job_id] == 1)
    other = new_id()
    lease = (await workshop.row(job_id)).lease_until
    await change(workshop.database, job_id, owner=other, attempt=2, lease_until=lease.replace(year=2999))
    await until(lambda: gated.interrupted == 1)
    await asyncio.sleep(0.05)
    row = await workshop.row(job_id)
    assert (row.state, row.owner, row.attempt) == ("running", other, 2)


async def test_an_orderly_stop_gives_the_job_back_at_once(workshop: Workshop) -> None:
    gated = Gated()
    first = await workshop.runner(gated.kind, lease=1000.0)
    job_id = await workshop.jobs.submit("demo.count", {}, max_attempts=1)
    await until(lambda: gated.runs[job_id] == 1)
    await first.stop(0.05)
    row = await workshop.row(job_id)
    assert (row.state, row.owner, gated.interrupted) == ("queued", None, 1)
    assert row.max_attempts == 2, "a stop uses no attempt up"
    gated.going.set()
    await workshop.runner(gated.kind, lease=1000.0)
    view = await workshop.over(job_id)
    assert (view.state, view.attempt) == ("succeeded", 2)


async def test_an_orderly_stop_lets_a_job_end_within_the_grace(workshop: Workshop) -> None:
    gated = Gated()
    runner = await workshop.runner(gated.kind)
    job_id = await workshop.jobs.submit("demo.count", {})
    later = await workshop.jobs.submit("demo.count", {}, max_attempts=1)
    await until(lambda: gated.runs[later] == 1)
    asyncio.get_running_loop().call_later(0.05, gated.going.set)
    await runner.stop(10)
    assert [(await workshop.row(one)).state for one in (job_id, later)] == ["succeeded"] * 2


async def test_a_handler_that_does_not_listen_is_left_behind(workshop: Workshop) -> None:
    going = asyncio.Event()

    async def stubborn(context: JobContext) -> dict[str, Any]:
        while not going.is_set():
            try:
                await going.wait()
            except asyncio.CancelledError:
                continue
        return {"by": "the past"}

    runner = await workshop.runner(JobKind("demo.stubborn", stubborn))
    job_id = await workshop.jobs.submit("demo.stubborn", {})
    await until(lambda: runner.running == [job_id])
    await runner.stop(0)
    row = await workshop.row(job_id)
    assert (row.state, row.owner) == ("queued", None)
    going.set()
    await until(lambda: not runner.running)
    assert (await workshop.row(job_id)).result is None


async def test_a_worker_s_row_comes_and_goes(workshop: Workshop) -> None:
    runner = await workshop.runner(Counting().kind)

    async def registered() -> list[Any]:
        async with workshop.database.read() as connection:
            return list((await connection.execute(sa.select(workers.c.id, workers.c.kinds))).all())

    assert await registered() == [(runner.id, ["demo.count"])]
    await runner.stop(0)
    assert await registered() == []


async def test_a_runner_survives_a_database_that_is_away(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting()
    await workshop.runner(counting.kind)
    real, failures = job_claims.claim, iter([Unavailable("gone"), RuntimeError("odd")])

    async def flaky(*arguments: Any) -> Any:
        for error in failures:
            raise error
        return await real(*arguments)

    monkeypatch.setattr(job_claims, "claim", flaky)
    assert (await workshop.over(await workshop.jobs.submit("demo.count", {}))).state == "succeeded"


@pytest.fixture
async def bell() -> AsyncIterator[EmbeddedDoorbell]:
    yield EmbeddedDoorbell()


async def test_an_ear_hears_each_ring_once(bell: EmbeddedDoorbell) -> None:
    with bell.listen() as ear:
        job_id = JobId(new_id())
        await bell.ring(job_id, "demo")
        await bell.ring(job_id, "demo")
        assert await ear.heard(0) == {job_id}
        assert await ear.heard(0) == set()
    await bell.ring(job_id, "demo")
    assert await ear.heard(0) == set()
