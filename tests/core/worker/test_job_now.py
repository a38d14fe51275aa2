"""Jobs that begin with the transaction that makes them, beside the slots."""

import asyncio

import pytest

from mcma.store.engine import WriteTransaction
from mcma.store.queries.jobs import NewJob
from mcma.worker.runner import JobRunner
from mcma_plugins.errors import Unavailable
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobContext, JobKind, Payload
from tests.support.jobs import Workshop, until

pytestmark = pytest.mark.anyio


class Held:
    """A kind whose jobs run until they are let go."""

    def __init__(self) -> None:
        self.go, self.ran = asyncio.Event(), list[JobId]()
        self.kind = JobKind("held", self.run)

    async def run(self, job: JobContext) -> Payload | None:
        self.ran.append(job.id)
        await self.go.wait()
        return {"given": job.payload["given"]}


def job(**more: object) -> NewJob:
    return NewJob("held", {"given": 1, **more}, max_attempts=1)


async def now(workshop: Workshop, runner: JobRunner) -> JobId:
    async with workshop.database.write() as transaction:
        return await runner.run_now(transaction, job())


async def test_it_runs_at_once_and_ends_as_every_job(workshop: Workshop) -> None:
    held = Held()
    runner = await workshop.runner(held.kind, lease=30.0)
    made = await now(workshop, runner)
    await until(lambda: held.ran == [made])
    row = await workshop.row(made)
    assert (row.state, row.attempt, row.owner) == ("running", 1, runner.id)
    held.go.set()
    assert (await workshop.over(made)).state == "succeeded"
    assert (await workshop.row(made)).result == {"given": 1}
    assert [event.job_id for event in workshop.finished] == [made]


async def test_a_transaction_that_is_rolled_back_begins_nothing(workshop: Workshop) -> None:
    held = Held()
    runner = await workshop.runner(held.kind, lease=30.0)

    async def fails(transaction: WriteTransaction) -> None:
        await runner.run_now(transaction, job())
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        async with workshop.database.write() as transaction:
            await fails(transaction)
    assert runner.running == []
    assert held.ran == []


async def test_it_takes_no_slot_and_waits_for_none(workshop: Workshop) -> None:
    held = Held()
    runner = await workshop.runner(held.kind, slots=2, reserved=1, lease=30.0)
    queued = [await workshop.jobs.submit("held", {"given": 2}) for _ in range(3)]
    await until(lambda: len(held.ran) == 1)
    apart = [await now(workshop, runner) for _ in range(3)]
    await until(lambda: len(held.ran) == 4)
    assert set(apart) < set(held.ran)
    held.go.set()
    for one in [*queued, *apart]:
        assert (await workshop.over(one)).state == "succeeded"


async def test_it_is_cancelled_as_every_job(workshop: Workshop) -> None:
    from mcma.services.callers import SYSTEM

    held = Held()
    runner = await workshop.runner(held.kind, lease=30.0)
    made = await now(workshop, runner)
    await workshop.jobs.cancel(SYSTEM, made)
    assert (await workshop.over(made)).state == "cancelled"


async def test_a_runner_that_does_not_run_takes_none(workshop: Workshop) -> None:
    held = Held()
    runner = await workshop.runner(held.kind, lease=30.0)
    await runner.stop(0)
    with pytest.raises(Unavailable):
        await now(workshop, runner)
