"""Renditions made in advance, and how long which of them are kept."""

import asyncio
import os
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.services.renditions import Renditions, upkeep
from mcma.store.clock import new_id, utcnow
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.machinery import schedules
from mcma.store.tables.renditions import renditions as table
from mcma.worker import schedules as declared
from mcma_plugins.errors import InvalidInput, Unsupported
from mcma_plugins.ids import JobId
from mcma_plugins.streams import StreamWish
from tests.support.jobs import until
from tests.support.studio import MP3, Studio, all_of, content, following, listener

pytestmark = pytest.mark.anyio
WEEK = timedelta(days=7)


async def tidied(studio: Studio, kind: str = "tidy_renditions") -> Any:
    job = await studio.workshop.jobs.submit(kind, {})
    assert (await studio.workshop.over(job)).state == "succeeded"
    return (await studio.workshop.row(job)).result


async def aged(studio: Studio, hours: float, kbps: int | None = None) -> None:
    """Last used so long ago."""
    statement = sa.update(table).values(last_used_at=utcnow() - timedelta(hours=hours))
    if kbps is not None:
        statement = statement.where(table.c.bit_rate_kbps == kbps)
    async with studio.database.write() as transaction:
        await transaction.connection.execute(statement)


async def made(studio: Studio, renditions: Renditions, *rates: int) -> None:
    track = await studio.track("Short")
    for kbps in rates:
        await all_of(await renditions.serve(studio.ann, track, StreamWish("mp3", kbps)))
    await until(lambda: not studio.runner.running)


async def test_made_by_a_job_and_ready_for_everybody(studio: Studio) -> None:
    renditions = await studio.open()
    track = await studio.track("Short")
    asked = await renditions.advance.request(studio.ann, track, MP3, WEEK)
    assert asked.job_id is not None
    assert (await studio.workshop.over(JobId(asked.job_id))).state == "succeeded"
    [row] = await renditions.advance.of_track(listener("bob"), track)
    assert (row.id, row.state) == (asked.id, "ready")
    served = await renditions.serve(listener("bob"), track, MP3)
    assert content(served)[:3] == b"ID3"
    assert b"Info" in content(served)[:4096], "whole ones have a head with their length"


async def test_asking_twice_at_once(studio: Studio) -> None:
    renditions = await studio.open()
    track = await studio.track("Short")
    asking = [renditions.advance.request(studio.ann, track, MP3, WEEK) for _ in range(4)]
    asked = await asyncio.gather(*asking, return_exceptions=True)
    ids = {one.id for one in asked if not isinstance(one, BaseException)}
    assert len(ids) == 1
    assert len(await studio.rows()) == 1


async def test_a_listener_does_not_wait_for_the_queue(studio: Studio) -> None:
    renditions = await studio.open()
    track = await studio.track("Short")
    async with studio.database.write() as transaction:
        await transaction.connection.execute(sa.update(schedules).values(enabled=False))
    await studio.runner.stop(0)
    asked = await renditions.advance.request(studio.ann, track, MP3, WEEK)
    again = await studio.open(offered=())
    assert await all_of(await again.serve(studio.ann, track, MP3))
    [row] = await studio.rows()
    assert (row.id, row.state) == (asked.id, "ready")
    assert row.pinned_until is not None


async def test_what_cannot_be_made(studio: Studio, tmp_path: Any) -> None:
    renditions = await studio.open()
    track = await studio.track("Short")
    with pytest.raises(InvalidInput, match="fits"):
        await renditions.advance.request(studio.ann, track, StreamWish("flac"), WEEK)
    without = await studio.open(tmp_path / "none")
    with pytest.raises(Unsupported, match="no-ffmpeg"):
        await without.advance.request(studio.ann, track, MP3, WEEK)


async def test_one_that_failed_can_be_asked_for_again(studio: Studio) -> None:
    renditions = await studio.open(studio.fake("exit 1"))
    track = await studio.track("Short")
    first = await renditions.advance.request(studio.ann, track, MP3, WEEK)
    assert first.job_id is not None
    assert (await studio.workshop.over(JobId(first.job_id))).state == "failed"
    [row] = await renditions.advance.of_track(studio.ann, track)
    assert (row.state, row.error is not None) == ("failed", True)
    second = await renditions.advance.request(studio.ann, track, MP3, WEEK)
    assert second.id != first.id


async def test_old_ones_go_and_pinned_ones_stay(studio: Studio) -> None:
    renditions = await studio.open(age=timedelta(hours=5))
    await made(studio, renditions, 64, 96, 128)
    await renditions.advance.request(studio.ann, await studio.track("Short"), StreamWish("mp3", 128), WEEK)
    await aged(studio, 6, 96)
    await aged(studio, 6, 128)
    assert await tidied(studio) == {"dropped": 1, "orphans": 0}
    assert {row.bit_rate_kbps for row in await studio.rows()} == {64, 128}
    assert len(studio.files()) == 2


async def test_room_is_made_of_the_longest_unused(studio: Studio) -> None:
    renditions = await studio.open(room=10**9)
    await made(studio, renditions, 64, 96, 128, 160)
    sizes = {row.bit_rate_kbps: row.size for row in await studio.rows()}
    for hours, kbps in ((9, 96), (8, 64), (7, 160)):
        await aged(studio, hours, kbps)
    await studio.runner.stop(0)
    await studio.open(room=sum(sizes.values()) - sizes[96] - 1)
    assert (await tidied(studio))["dropped"] == 2
    assert {row.bit_rate_kbps for row in await studio.rows()} == {128, 160}


async def test_what_was_read_lately_is_not_taken_away(studio: Studio) -> None:
    renditions = await studio.open(room=0)
    await made(studio, renditions, 64)
    assert (await tidied(studio))["dropped"] == 0
    await aged(studio, 2)
    await all_of(await renditions.serve(studio.ann, await studio.track("Short"), StreamWish("mp3", 64)))
    assert (await tidied(studio))["dropped"] == 0, "serving is using"
    await aged(studio, 2)
    assert (await tidied(studio))["dropped"] == 1
    assert studio.files() == []


async def test_what_was_made_of_a_replaced_file_goes(studio: Studio) -> None:
    renditions = await studio.open()
    await made(studio, renditions, 64)
    async with studio.database.write() as transaction:
        await transaction.connection.execute(sa.update(track_files).values(deleted_at=utcnow()))
    assert (await tidied(studio))["dropped"] == 1


async def test_files_that_no_row_knows_go_once_they_are_old(studio: Studio) -> None:
    renditions = await studio.open()
    await made(studio, renditions, 64)
    folder = studio.cache / "ab"
    folder.mkdir(exist_ok=True)
    (folder / f"{new_id()}.mp3").write_bytes(b"new")
    (folder / f"{new_id()}.mp3").write_bytes(b"old")
    old = sorted(folder.glob("*.mp3"))[-1]
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    (folder / "notes.txt").write_text("not ours")
    assert (await tidied(studio))["orphans"] == 1
    assert not old.exists()
    assert len(studio.files()) == 3


async def test_one_that_is_being_made_is_left_alone(studio: Studio) -> None:
    from tests.support.studio import DRIPS

    renditions = await studio.open(studio.fake(DRIPS), room=0)
    async with following(await renditions.serve(studio.ann, await studio.track("Long"), MP3)) as growing:
        chunks = growing.chunks()
        assert await anext(chunks)
        assert await tidied(studio) == {"dropped": 0, "orphans": 0}
        assert await anext(chunks)


async def test_a_full_cache_is_tidied_at_once(studio: Studio) -> None:
    renditions = await studio.open(room=10)
    await made(studio, renditions, 64)
    await until(lambda: _tidied(studio))


async def _tidied(studio: Studio) -> bool:
    return (await studio.jobs()).get("tidy_renditions") == "succeeded"


async def test_tidying_is_scheduled(studio: Studio) -> None:
    renditions = await studio.open()
    await declared.declare(studio.database, renditions.schedules())
    [row] = await studio.music.rows(schedules)
    assert (row.kind, row.every_s) == ("tidy_renditions", 3600)
    assert timedelta(hours=2) > upkeep.READ_LATELY
