"""Limits hold over all workers."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcma.store.queries.job_claims import Limits, Offer, Rooms
from mcma_plugins.jobs import JobContext, JobKind
from tests.support.jobs import Workshop

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Peak:
    """How many ran at once at most."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def run(self, _: JobContext) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1


async def test_concurrency_of_a_kind_over_two_runners(workshop: Workshop) -> None:
    peak = Peak()
    kind = JobKind("demo.narrow", peak.run, concurrency=2)
    for _ in range(2):
        await workshop.runner(kind, lease=30.0)
    made = [await workshop.jobs.submit("demo.narrow", {}) for _ in range(20)]
    assert {(await workshop.over(job_id)).state for job_id in made} == {"succeeded"}
    assert peak.most <= 2


async def test_concurrency_of_a_plugin_over_two_runners(workshop: Workshop) -> None:
    peak = Peak()
    kinds = [JobKind(f"demo.{name}", peak.run) for name in "abc"]
    for _ in range(2):
        await workshop.runner(*kinds, plugin_limits={"demo": 1}, lease=30.0)
    made = [await workshop.jobs.submit(f"demo.{'abc'[n % 3]}", {}) for n in range(12)]
    assert {(await workshop.over(job_id)).state for job_id in made} == {"succeeded"}
    assert peak.most == 1


async def test_a_full_kind_does_not_hold_up_another(workshop: Workshop) -> None:
    going = asyncio.Event()

    async def wait(_: JobContext) -> None:
        await going.wait()

    async def quick(_: JobContext) -> None:
        return None

    await workshop.runner(JobKind("demo.slow", wait, concurrency=1), JobKind("demo.quick", quick))
    for _ in range(10):
        await workshop.jobs.submit("demo.slow", {}, priority=1)
    view = await workshop.over(await workshop.jobs.submit("demo.quick", {}))
    assert view.state == "succeeded"
    going.set()


async def test_starts_per_second_over_two_runners(workshop: Workshop) -> None:
    async def quick(_: JobContext) -> None:
        return None

    kind = JobKind("demo.rated", quick, per_second=10)
    for _ in range(2):
        await workshop.runner(kind, poll=5.0)
    made = [await workshop.jobs.submit("demo.rated", {}) for _ in range(6)]
    for job_id in made:
        await workshop.over(job_id)
    started = sorted([(await workshop.row(job_id)).started_at for job_id in made])
    gaps = [(after - before).total_seconds() for before, after in pairwise(started)]
    assert min(gaps) >= 0.0999, gaps


@settings(deadline=None)
@given(rate=st.floats(0.01, 60), steps=st.lists(st.floats(0, 2), max_size=25))
def test_no_second_has_many_more_starts_than_the_rate(rate: float, steps: list[float]) -> None:
    offer = Offer({"k": Limits(per_second=rate)})
    now, passed, starts = NOW, dict[str, datetime](), list[datetime]()
    for step in steps:
        now += timedelta(seconds=step)
        rooms = Rooms(offer, {}, passed, now)
        while rooms.is_open("k"):
            rooms.take("k")
            starts.append(now)
        passed = rooms.passed
    for first in starts:
        within = [start for start in starts if first <= start < first + timedelta(seconds=1)]
        assert len(within) <= rate + max(1.0, rate * 0.1) + 1


def test_a_rate_that_holds_back_says_for_how_long() -> None:
    rooms = Rooms(Offer({"k": Limits(per_second=2.0), "free": Limits()}), {}, {"k": NOW}, NOW)
    assert (rooms.wait(), rooms.open_kinds()) == (0.5, ["free"])


@pytest.mark.parametrize(
    ("running", "open_kinds"),
    [
        ({}, ["p.a", "p.b", "core"]),
        ({"p.a": 1}, ["p.b", "core"]),
        ({"p.b": 2}, ["core"]),
        ({"p.c": 2}, ["core"]),
    ],
)
def test_room(running: dict[str, int], open_kinds: list[str]) -> None:
    offer = Offer({"p.a": Limits(concurrency=1), "p.b": Limits(), "core": Limits()}, {"p": 2})
    assert Rooms(offer, running, {}, NOW).open_kinds() == open_kinds
    assert offer.gates == ["p.", "p.a"]
