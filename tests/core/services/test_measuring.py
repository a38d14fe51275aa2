"""Hashes and loudness of files, measured by a job."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from mcma.media.ffmpeg import Ffmpegs
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.measuring import MEASURE, Measuring
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.machinery import changes
from mcma_plugins.ids import JobId, TrackId
from tests.support.audio import run_ffmpeg
from tests.support.jobs import Workshop, until
from tests.support.programs import running_programs
from tests.support.renditions import fake_ffmpeg
from tests.support.scanning import Music
from tests.support.studio import listener

pytestmark = pytest.mark.anyio
FFMPEG = Path(get_ffmpeg_exe())


@pytest.fixture
async def workshop(database: Database) -> AsyncIterator[Workshop]:
    made = Workshop(database)
    yield made
    await made.stop()


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    return await Music(database, tmp_path / "music").create()


def tone(path: Path, level_db: float, seconds: float = 5.0) -> None:
    """A sine of 997 Hz in two channels: its loudness is its level plus 3.01, less what a sine loses to R128's
    own offset of 0.69 (BS.1770-4, annex 1): full scale reads as -0 LUFS for stereo within a tenth."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = f"aevalsrc='{10 ** (level_db / 20)}*sin(2*PI*997*t)|{10 ** (level_db / 20)}*sin(2*PI*997*t)'"
    run_ffmpeg("-f", "lavfi", "-i", f"{source}:s=48000:d={seconds:g}", "-sample_fmt", "s16", str(path))


async def measure(workshop: Workshop, ffmpeg: Path = FFMPEG) -> Any:
    service = Measuring(workshop.database, Ffmpegs(ffmpeg))
    runner = await workshop.runner(*service.job_kinds(), lease=30.0)
    job = await workshop.jobs.submit(MEASURE, {})
    view = await workshop.over(JobId(job))
    await runner.stop(0)
    assert view.state == "succeeded", view
    return (await workshop.row(job)).result


async def files(music: Music) -> dict[str, Any]:
    return {row.path_display: row for row in await music.rows(track_files)}


async def test_a_known_tone_has_its_known_loudness(music: Music, workshop: Workshop) -> None:
    tone(music.root / "loud.flac", -6.0)
    tone(music.root / "soft.flac", -30.0)
    await music.scan()
    assert await measure(workshop) == {"measured": 2, "failed": 0, "skipped": 0}
    found = await files(music)
    for name, level in (("loud.flac", -6.0), ("soft.flac", -30.0)):
        row = found[name]
        assert row.loudness_lufs == pytest.approx(level, abs=0.2), "EBU Tech 3341: a sine reads as its level"
        assert row.track_gain_db == pytest.approx(-18 - row.loudness_lufs, abs=0.01)
        assert row.track_peak == pytest.approx(10 ** (level / 20), rel=0.02)
        assert row.sha256 == hashlib.sha256((music.root / name).read_bytes()).digest()
        assert (row.measured_at is not None, row.measure_error) == (True, None)
        assert row.album_gain_db is None


async def test_lists_and_clients_hear_of_it(music: Music, workshop: Workshop) -> None:
    tone(music.root / "loud.flac", -6.0)
    await music.scan()
    [before] = await music.rows(changes, changes.c.kind == "track_file")
    await measure(workshop)
    [after] = await music.rows(changes, changes.c.kind == "track_file")
    assert after.seq > before.seq
    track = await CatalogueService(music.database).track(listener(), TrackId((await music.track("loud")).id))
    assert track.track_gain_db == pytest.approx(-12.0, abs=0.2)


async def test_tags_win(music: Music, workshop: Workshop) -> None:
    music.put("a.flac", fmt="flac", title="A", replaygain_track_gain="-3.25 dB", replaygain_track_peak="0.5")
    await music.scan()
    await measure(workshop)
    row = (await files(music))["a.flac"]
    assert (row.track_gain_db, row.track_peak, row.loudness_lufs) == (-3.25, 0.5, None)
    assert row.sha256 is not None


async def test_what_cannot_be_measured_is_remembered(music: Music, workshop: Workshop) -> None:
    silence = music.root / "silent.flac"
    silence.parent.mkdir(parents=True, exist_ok=True)
    run_ffmpeg("-f", "lavfi", "-i", "anullsrc=d=2", str(silence))
    music.put("good.mp3", title="Good")
    whole = music.put("broken.flac", fmt="flac", title="Broken")
    await music.scan()
    stat = whole.stat()
    whole.write_bytes(b"fLaC" + b"\xff" * (stat.st_size - 4))
    import os

    os.utime(whole, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert await measure(workshop) == {"measured": 1, "failed": 2, "skipped": 0}
    found = await files(music)
    assert found["silent.flac"].measure_error.startswith("It is silent")
    assert "decode" in found["broken.flac"].measure_error
    assert await measure(workshop) == {"measured": 0, "failed": 0, "skipped": 0}, "once is enough"


async def test_files_that_changed_or_went_wait_for_the_next_scan(music: Music, workshop: Workshop) -> None:
    music.put("a.mp3", title="A")
    gone = music.put("b.mp3", title="B")
    await music.scan()
    music.touch("a.mp3")
    gone.unlink()
    assert await measure(workshop) == {"measured": 0, "failed": 0, "skipped": 2}
    await music.scan(accept_missing=True)
    assert (await measure(workshop))["measured"] == 1


async def test_without_ffmpeg_there_are_hashes_and_the_rest_waits(
    music: Music, workshop: Workshop, tmp_path: Path
) -> None:
    music.put("a.mp3", title="A")
    await music.scan()
    found = await measure(workshop, tmp_path / "none")
    assert found == {"measured": 1, "failed": 0, "skipped": 0, "reason": "no-ffmpeg"}
    row = (await files(music))["a.mp3"]
    assert (row.sha256 is not None, row.measured_at) == (True, None)
    assert (await measure(workshop, tmp_path / "none"))["measured"] == 0
    assert (await measure(workshop))["measured"] == 1
    assert (await files(music))["a.mp3"].loudness_lufs is not None


async def test_a_rescan_keeps_what_was_measured(music: Music, workshop: Workshop) -> None:
    music.put("a.mp3", title="A")
    await music.scan()
    await measure(workshop)
    before = (await files(music))["a.mp3"]
    await music.scan(full=True)
    music.move("a.mp3", "moved/a.mp3")
    await music.scan()
    after = (await files(music))["moved/a.mp3"]
    assert (after.id, after.track_gain_db, after.sha256) == (before.id, before.track_gain_db, before.sha256)


async def test_it_is_cancelled_and_goes_on_later(music: Music, workshop: Workshop, tmp_path: Path) -> None:
    for number in range(40):
        music.put(f"{number:02}.mp3", title=f"T{number}")
    await music.scan()
    count = tmp_path / "count"
    twenty = f"echo >> {count}; [ $(wc -l < {count}) -gt 20 ] && sleep 600"
    hangs = fake_ffmpeg(tmp_path / "ffmpeg", f'{twenty}; exec {FFMPEG} "$@"')
    service = Measuring(workshop.database, Ffmpegs(hangs), at_once=2)
    runner = await workshop.runner(*service.job_kinds(), lease=30.0)
    job = await workshop.jobs.submit(MEASURE, {})
    await until(lambda: _any_measured(music))
    await workshop.jobs.cancel(listener(), JobId(job))
    assert (await workshop.over(JobId(job))).state == "cancelled"
    await until(lambda: running_programs(hangs) == [])
    await runner.stop(0)
    done = sum(row.measured_at is not None for row in (await files(music)).values())
    assert 16 <= done < 40
    assert await measure(workshop) == {"measured": 40 - done, "failed": 0, "skipped": 0}


async def _any_measured(music: Music) -> bool:
    return any(row.measured_at is not None for row in (await files(music)).values())


async def test_it_is_scheduled_and_runs_alone(database: Database) -> None:
    service = Measuring(database, Ffmpegs())
    [kind] = service.job_kinds()
    assert kind.concurrency == 1
    assert service.schedules()[MEASURE].kind == kind.name
    await asyncio.sleep(0)
