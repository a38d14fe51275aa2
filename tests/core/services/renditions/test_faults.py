"""ffmpeg that hangs, crashes, talks or writes without end; disks that are full; servers that were killed."""

import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mcma.domain.profiles import Reason
from mcma.services.renditions import making, service, workshop
from mcma.store.clock import new_id, utcnow
from mcma.store.tables.renditions import renditions as table
from mcma_plugins.errors import NotFound, Unavailable
from mcma_plugins.ids import TrackId
from mcma_plugins.streams import StreamWish
from tests.support.jobs import until
from tests.support.programs import running_programs
from tests.support.studio import DRIPS, MP3, Studio, all_of, everything, following, listener

pytestmark = pytest.mark.anyio
SOUND = 'head -c 20000 /dev/zero >> "$OUT"; '
FAILS_AT_ONCE = {
    "it says why": ("echo 'Invalid data found' >&2; exit 1", "Invalid data found"),
    "killed": ("kill -9 $$", "status -9"),
    "segmentation fault": ("kill -11 $$", "status -11"),
    "nothing at all": ("exit 0", "wrote nothing"),
    "an empty file": (': > "$OUT"', "wrote nothing"),
    "a head alone": (
        "printf OggS > \"$OUT\"; echo 'Error while decoding' >&2; exit 187",
        "Error while decoding",
    ),
    "megabytes of complaints": ("yes complaint | head -c 3000000 >&2; exit 1", "complaint"),
    "megabytes of output": ("yes output | head -c 3000000", "more than"),
}


@pytest.mark.parametrize("name", FAILS_AT_ONCE)
async def test_failing_at_once_gives_the_original(studio: Studio, name: str) -> None:
    work, told = FAILS_AT_ONCE[name]
    renditions = await studio.open(studio.fake(work))
    track = await studio.track("Short")
    assert await renditions.serve(studio.ann, track, MP3) is Reason.FAILED
    await until(lambda: not studio.runner.running)
    assert studio.files() == []
    [row] = await studio.rows()
    assert row.state == "failed"
    assert told in row.error
    assert await studio.jobs() == {"transcode": "failed"}
    assert await renditions.serve(studio.ann, track, MP3) is Reason.FAILED, "without trying again"
    assert len(await studio.rows()) == 1


async def test_a_failure_is_forgotten_after_a_while(studio: Studio) -> None:
    renditions = await studio.open(studio.fake("exit 1"))
    track = await studio.track("Short")
    await renditions.serve(studio.ann, track, MP3)
    await until(lambda: not studio.runner.running)
    async with studio.database.write() as transaction:
        long_ago = utcnow() - timedelta(hours=2)
        await transaction.connection.execute(sa.update(table).values(finished_at=long_ago))
    again = await studio.open()
    assert await all_of(await again.serve(studio.ann, track, MP3))


async def test_failing_in_the_middle_is_told(studio: Studio) -> None:
    renditions = await studio.open(studio.fake(f"{SOUND} sleep 0.3; exit 1"))
    async with following(await renditions.serve(studio.ann, await studio.track("Long"), MP3)) as growing:
        with pytest.raises(Unavailable, match="could not"):
            await everything(growing)
    await until(lambda: not studio.runner.running)
    assert studio.files() == []


async def test_one_that_hangs_at_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "STALLED", 0.3)
    hangs = studio.fake("while :; do sleep 600; done")
    renditions = await studio.open(hangs)
    assert await renditions.serve(studio.ann, await studio.track("Short"), MP3) is Reason.FAILED
    await until(lambda: not studio.runner.running)
    assert running_programs(hangs) == []
    [row] = await studio.rows()
    assert "nothing for" in row.error


async def test_one_that_hangs_longer_than_anybody_waits(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BEGINNING", 0.2)
    monkeypatch.setattr(workshop, "GRACE", 0.05)
    monkeypatch.setattr(workshop, "TOUCH_EVERY", 0.0)
    hangs = studio.fake("while :; do sleep 600; done")
    renditions = await studio.open(hangs)
    assert await renditions.serve(studio.ann, await studio.track("Short"), MP3) is Reason.FAILED
    await until(lambda: not running_programs(hangs))
    await until(lambda: not studio.runner.running)
    assert await studio.rows() == [], "nobody knows that it could not"


async def test_one_that_hangs_in_the_middle(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "STALLED", 0.3)
    renditions = await studio.open(studio.fake(f"{SOUND} while :; do sleep 600; done"))
    async with following(await renditions.serve(studio.ann, await studio.track("Long"), MP3)) as growing:
        with pytest.raises(Unavailable):
            await everything(growing)


async def test_one_that_writes_for_ever(studio: Studio) -> None:
    renditions = await studio.open(studio.fake('exec cat /dev/zero > "$OUT"'))
    served = await renditions.serve(studio.ann, await studio.track("Short"), MP3)
    if served is not Reason.FAILED:
        async with following(served) as growing:
            with pytest.raises(Unavailable):
                await everything(growing)
    await until(lambda: not studio.runner.running)
    assert studio.files() == []
    [row] = await studio.rows()
    assert row.state == "failed"


async def test_without_ffmpeg_and_without_an_encoder(studio: Studio, tmp_path: Path) -> None:
    renditions = await studio.open(tmp_path / "none")
    track = await studio.track("Short")
    assert await renditions.serve(studio.ann, track, MP3) is Reason.NO_FFMPEG
    from tests.support.programs import script

    poor = script(
        tmp_path / "poor",
        "#!/bin/sh\ncase $2 in -version) echo 'ffmpeg version 4' ;; *) echo ' A....D flac  FLAC' ;; esac\n",
    )
    assert await (await studio.open(poor)).serve(studio.ann, track, MP3) is Reason.NO_ENCODER


async def test_a_file_that_is_gone_or_another_one(studio: Studio, tmp_path: Path) -> None:
    renditions = await studio.open()
    path = studio.music.root / "Short.flac"
    kept = path.read_bytes()
    path.unlink()
    assert await renditions.serve(studio.ann, await studio.track("Short"), MP3) is Reason.FAILED
    path.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_bytes(kept)
    assert await renditions.serve(studio.ann, await studio.track("Short"), MP3) is Reason.FAILED
    assert await studio.rows() == []


async def test_nobody_hears_what_they_may_not(studio: Studio) -> None:
    renditions = await studio.open()
    stranger = listener("eve")
    shut_out = type(stranger)(stranger.user_id, "eve", is_admin=False)
    for who, track in ((shut_out, await studio.track("Short")), (studio.ann, TrackId(new_id()))):
        with pytest.raises(NotFound):
            await renditions.serve(who, track, MP3)
        with pytest.raises(NotFound):
            await renditions.advance.request(who, track, MP3, timedelta(days=1))


async def test_what_a_killed_server_left(studio: Studio) -> None:
    """Rows of jobs that are over, parts that nobody writes, whole files whose row was never ended."""
    renditions = await studio.open()
    track = await studio.track("Short")
    whole = await all_of(await renditions.serve(studio.ann, track, MP3))
    await until(lambda: not studio.runner.running)
    [row] = await studio.rows()
    [kept] = studio.files()
    part = studio.cache / "parts" / f"{row.id}.1.mp3"
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(whole[:100])
    (part.parent / f"{new_id()}.opus").write_bytes(b"x")
    (part.parent / "notes.txt").write_text("not ours")
    async with studio.database.write() as transaction:
        await transaction.connection.execute(sa.update(table).values(state="running", size=None))
    again = await studio.open()
    assert [path.name for path in studio.files()] == ["notes.txt"]
    assert not kept.exists()
    assert await studio.rows() == []
    assert await all_of(await again.serve(studio.ann, track, MP3)) == whole


async def test_a_row_that_is_found_running_by_nobody(studio: Studio) -> None:
    """A worker elsewhere was killed, and this server has been up all along."""
    renditions = await studio.open()
    track = await studio.track("Short")
    await all_of(await renditions.serve(studio.ann, track, MP3))
    await until(lambda: not studio.runner.running)
    async with studio.database.write() as transaction:
        await transaction.connection.execute(sa.update(table).values(state="running"))
    assert await all_of(await renditions.serve(studio.ann, track, MP3))


async def test_a_cache_that_was_emptied_by_hand(studio: Studio) -> None:
    renditions = await studio.open()
    track = await studio.track("Short")
    first = await all_of(await renditions.serve(studio.ann, track, MP3))
    await until(lambda: not studio.runner.running)
    [path] = studio.files()
    path.unlink()
    assert await all_of(await renditions.serve(studio.ann, track, MP3)) == first
    await until(lambda: not studio.runner.running)
    [row] = await studio.rows()
    assert row.id.hex != path.stem.replace("-", "")


@pytest.fixture
def small_disk(studio: Studio) -> Iterator[Path]:
    studio.cache.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(studio.cache)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no program mount here")
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield studio.cache
    finally:
        subprocess.run(["umount", "-l", str(studio.cache)], check=True)


async def test_a_disk_without_room(studio: Studio, small_disk: Path) -> None:
    renditions = await studio.open()
    assert await renditions.serve(studio.ann, await studio.track("Long"), MP3) is Reason.DISK_FULL
    assert await studio.rows() == []


async def test_a_disk_that_fills_meanwhile(
    studio: Studio, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SPARE", -(10**9))
    renditions = await studio.open()
    track = await studio.track("Long")
    served = await renditions.serve(studio.ann, track, StreamWish("mp3", 320))
    if served is not Reason.DISK_FULL:
        async with following(served) as growing:
            with pytest.raises(Unavailable, match="full"):
                await everything(growing)
    await until(lambda: not studio.runner.running)
    assert studio.files() == []
    assert os.statvfs(small_disk).f_bavail * 4096 > 900_000, "nothing half-written stays"
    assert await studio.rows() == [], "that is no fault of the file"
    short = await studio.track("Short")
    assert await all_of(await renditions.serve(studio.ann, short, MP3))


async def test_an_attempt_that_was_thought_dead_spoils_nothing(studio: Studio) -> None:
    """Its lease lapsed while it stood still; the next attempt at the same job is on its way."""
    from mcma.store.queries import renditions as rows

    renditions = await studio.open(studio.fake(DRIPS))
    track = await studio.track("Long")
    asked = await renditions.advance.request(studio.ann, track, MP3, timedelta(days=1))
    await until(lambda: bool(studio.files()))
    assert asked.job_id is not None
    first, second = rows.Maker(asked.job_id, 1), rows.Maker(asked.job_id, 2)
    async with studio.database.write() as transaction:
        assert not await rows.begin(transaction.connection, asked.id, first), "it is begun already"
        assert await rows.begin(transaction.connection, asked.id, second)
        assert not await rows.end(transaction.connection, asked.id, first, {"state": rows.READY})
        await rows.drop(transaction.connection, asked.id, first)
    await studio.runner.stop(0)
    [row] = await studio.rows()
    assert (row.state, row.attempt) == ("running", 2)
    assert studio.files() == []
