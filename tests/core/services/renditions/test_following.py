"""A rendition that grows: read from its first bytes to its last by one or many, stopped when by nobody."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from mcma.services.renditions import workshop as module
from mcma_plugins.errors import TooManyRequests, Unavailable
from mcma_plugins.ids import JobId
from mcma_plugins.streams import StreamWish
from tests.support.jobs import until
from tests.support.programs import running_programs
from tests.support.renditions import heard
from tests.support.studio import DRIPS, MP3, Studio, all_of, content, everything, following, listener

pytestmark = pytest.mark.anyio


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.05)
    monkeypatch.setattr(module, "TOUCH_EVERY", 0.0)


async def test_the_first_bytes_come_before_the_last_are_written(studio: Studio, tmp_path: Path) -> None:
    renditions = await studio.open()
    served = await renditions.serve(studio.ann, await studio.track("Long"), MP3)
    async with following(served) as growing:
        [row] = await studio.rows()
        assert row.state == "running"
        all_of_it = await everything(growing)
    await until(lambda: not studio.runner.running)
    [row] = await studio.rows()
    assert (row.state, row.size) == ("ready", len(all_of_it))
    assert await studio.jobs() == {"transcode": "succeeded"}
    assert heard(all_of_it, tmp_path).seconds == pytest.approx(120, abs=1)
    again = await renditions.serve(studio.ann, await studio.track("Long"), MP3)
    assert content(again) == all_of_it


async def test_two_listeners_share_one_program(studio: Studio) -> None:
    renditions = await studio.open(slots=1)
    track, other = await studio.track("Long"), listener("bob")
    both = await asyncio.gather(*(renditions.serve(who, track, MP3) for who in (studio.ann, other)))
    async with following(both[0]) as first, following(both[1]) as second:
        heard_by = await asyncio.gather(everything(first), everything(second))
    assert heard_by[0] == heard_by[1]
    assert len(await studio.rows()) == 1


async def test_it_stops_when_the_last_one_leaves(studio: Studio, no_grace: None) -> None:
    drips = studio.fake(DRIPS)
    renditions = await studio.open(drips)
    track = await studio.track("Long")
    async with following(await renditions.serve(studio.ann, track, MP3)) as first:
        async with following(await renditions.serve(listener("bob"), track, MP3)) as second:
            piece = await anext(second.chunks())
            assert piece.strip(b"\0") == b""
        await asyncio.sleep(0.3)
        assert running_programs(drips), "one still listens"
        assert await anext(first.chunks())
    await until(lambda: not running_programs(drips))
    await until(lambda: not studio.runner.running)
    assert studio.files() == []
    assert await studio.rows() == []
    assert await studio.jobs() == {"transcode": "cancelled"}


async def test_a_hold_that_nobody_reads_ends(
    studio: Studio, no_grace: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.services.renditions.following.UNREAD", 0.1)
    drips = studio.fake(DRIPS)
    renditions = await studio.open(drips)
    await renditions.serve(studio.ann, await studio.track("Long"), MP3)
    await until(lambda: not running_programs(drips))


async def test_a_pinned_one_goes_on_alone(studio: Studio, no_grace: None) -> None:
    renditions = await studio.open()
    track = await studio.track("Long")
    async with following(await renditions.serve(studio.ann, track, MP3)):
        made = await renditions.advance.request(studio.ann, track, MP3, timedelta(days=1))
        assert made.state == "running"
    await until(lambda: not studio.runner.running)
    [row] = await studio.rows()
    assert row.state == "ready"


async def test_where_it_begins_is_nobody_elses(studio: Studio, no_grace: None, tmp_path: Path) -> None:
    renditions = await studio.open()
    track, wish = await studio.track("Long"), StreamWish("mp3", 128, offset_ms=110_000)
    sound = await all_of(await renditions.serve(studio.ann, track, wish))
    assert heard(sound, tmp_path).seconds == pytest.approx(10, abs=0.2)
    await until(lambda: studio.files() == [])
    assert await studio.rows() == []


async def test_bounds_for_each_and_for_all(studio: Studio) -> None:
    renditions = await studio.open(studio.fake(DRIPS), slots=3, per_user=2)
    track, bob = await studio.track("Long"), listener("bob")

    def wish(kbps: int) -> StreamWish:
        return StreamWish("mp3", kbps)

    async with (
        following(await renditions.serve(studio.ann, track, wish(64))) as first,
        following(await renditions.serve(studio.ann, track, wish(96))),
    ):
        with pytest.raises(TooManyRequests) as refused:
            await renditions.serve(studio.ann, track, wish(128))
        assert refused.value.retry_after > 0
        async with following(await renditions.serve(bob, track, wish(128))):
            with pytest.raises(TooManyRequests):
                await renditions.serve(listener("eve"), track, wish(160))
            async with following(await renditions.serve(listener("eve"), track, wish(64))) as shared:
                assert await anext(shared.chunks()), "what runs is shared, whoever began it"
            first.close()
            async with following(await renditions.serve(studio.ann, track, wish(192))):
                assert len(await studio.rows()) == 3, "what nobody listens to gives way"


async def test_live_ones_do_not_wait_for_jobs(studio: Studio) -> None:
    """Nor do they take a slot from them."""
    from mcma_plugins.jobs import JobContext, JobKind, Payload

    held = asyncio.Event()

    async def scan(job: JobContext) -> Payload | None:
        await held.wait()
        return None

    renditions = await studio.open(studio.fake(DRIPS))
    busy = await studio.workshop.runner(*renditions.job_kinds(), JobKind("busy", scan), slots=2, reserved=1)
    await renditions.start(busy)
    jobs = [await studio.workshop.jobs.submit("busy", {}) for _ in range(3)]
    await until(lambda: len(busy.running) == 1)
    async with following(await renditions.serve(studio.ann, await studio.track("Long"), MP3)) as growing:
        assert await anext(growing.chunks())
        assert len(busy.running) == 2
    held.set()
    for job in jobs:
        await studio.workshop.over(JobId(job))


async def test_a_server_that_stops_leaves_nothing(studio: Studio) -> None:
    drips = studio.fake(DRIPS)
    renditions = await studio.open(drips)
    async with following(await renditions.serve(studio.ann, await studio.track("Long"), MP3)) as growing:
        chunks = growing.chunks()
        assert await anext(chunks)
        await studio.runner.stop(0)
        with pytest.raises(Unavailable):
            async for _ in chunks:
                pass
    assert running_programs(drips) == []
    assert studio.files() == []
    assert await studio.jobs() == {"transcode": "cancelled"}, "nobody else is to make it"


async def test_a_reader_in_another_process(studio: Studio, no_grace: None) -> None:
    """Which has the same folder and database; here it is another object."""
    here = await studio.open()
    elsewhere = await studio.open()
    track = await studio.track("Long")
    async with following(await here.serve(studio.ann, track, MP3)) as ours:
        served = await elsewhere.serve(listener("bob"), track, MP3)
        both = await asyncio.gather(everything(ours), all_of(served))
        assert both[0] == both[1]


async def test_a_writer_in_another_process_that_dies(studio: Studio) -> None:
    drips = studio.fake(DRIPS)
    here = await studio.open(drips)
    first = studio.runner
    elsewhere = await studio.open(drips)
    track = await studio.track("Long")
    async with (
        following(await here.serve(studio.ann, track, MP3)),
        following(await elsewhere.serve(listener("bob"), track, MP3)) as theirs,
    ):
        chunks = theirs.chunks()
        assert await anext(chunks)
        await first.stop(0)
        with pytest.raises(Unavailable):
            async for _ in chunks:
                pass
