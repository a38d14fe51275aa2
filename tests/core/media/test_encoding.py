"""What ffmpeg writes for a target: codec, rate, channels, length, and what the file says of itself."""

from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from mcma.domain.facts import Gain
from mcma.domain.profiles import CODECS, Target
from mcma.media.encoding import Words, command, largest, limits
from mcma_plugins.process import run
from tests.support.audio import tone
from tests.support.renditions import Heard, heard

pytestmark = pytest.mark.anyio
FFMPEG = Path(get_ffmpeg_exe())
WORDS = Words("Tïtle; -i /etc/passwd", "Ann=Ash\nBob", "", Gain(-6.5, 0.5, -7.25, 0.75))
SECOND = 3_000


def target(codec: str, kbps: int = 0, rate: int = 44_100, channels: int = 2, depth: int = 16) -> Target:
    return Target(CODECS[codec], kbps, rate, channels, depth, 0)


async def encoded(
    to: Target, folder: Path, *, fmt: str = "flac", container: str = "flac", live: bool = True
) -> Heard:
    into = folder / f"made.{to.codec.suffix}"
    made = command(FFMPEG, bytes(tone(fmt, 3.0)), container, to, into, WORDS, duration_ms=SECOND, live=live)
    done = await run(made, limits(to, SECOND, live=live))
    assert (done.code, done.errors) == (0, "")
    assert 0 < into.stat().st_size < largest(to, SECOND)
    return heard(into.read_bytes(), folder)


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(
    "to",
    [
        target("mp3", 128), target("mp3", 320, 48_000), target("mp3", 32, 8000, 1), target("mp3", 96, 22_050),
        target("opus", 16, 8000, 1), target("opus", 320, 48_000, 1), target("opus", 128, 48_000),
        target("aac", 32, 8000, 1), target("aac", 320, 48_000), target("aac", 320, 44_100, 1),
        target("flac"), target("flac", 0, 192_000, 2, 24), target("flac", 0, 8000, 1),
    ],
    ids=lambda to: to.key,
)  # fmt: skip
async def test_every_target_is_written(to: Target, live: bool, tmp_path: Path) -> None:
    found = await encoded(to, tmp_path, live=live)
    assert found.codec == to.codec.name
    assert found.seconds == pytest.approx(3.0, abs=0.3), "AAC has frames of an eighth of a second at 8 kHz"
    assert found.channels == ("mono" if to.channels == 1 else "stereo")
    assert found.sample_rate == (48_000 if to.codec.name == "opus" else to.sample_rate_hz)


@pytest.mark.parametrize(
    ("fmt", "container"), [("mp3", "mp3"), ("ogg", "ogg"), ("m4a", "mp4"), ("alac", "mp4"), ("wav", "wav"),
                           ("wma", "asf"), ("wv", "wavpack"), ("aiff", "aiff"), ("opus", "ogg")],
)  # fmt: skip
async def test_from_every_source(fmt: str, container: str, tmp_path: Path) -> None:
    found = await encoded(target("opus", 64, 48_000), tmp_path, fmt=fmt, container=container)
    assert found.seconds == pytest.approx(3.0, abs=0.2)


async def test_levels_are_passed_on_and_never_applied(tmp_path: Path) -> None:
    plain = heard(tone("flac", 3.0).read_bytes(), tmp_path)
    for codec, kbps in (("mp3", 192), ("flac", 0)):
        found = await encoded(target(codec, kbps), tmp_path)
        assert found.tags["replaygain_track_gain"] == "-6.50 dB"
        assert found.tags["replaygain_album_peak"] == "0.750000"
        assert found.peak_db == pytest.approx(plain.peak_db, abs=0.6)
    opus = await encoded(target("opus", 128, 48_000), tmp_path)
    assert opus.tags["r128_track_gain"] == str(round((-6.5 - 5) * 256)), "RFC 7845 counts from -23 LUFS"
    assert "replaygain_track_gain" not in opus.tags


async def test_words_are_words(tmp_path: Path) -> None:
    found = await encoded(target("flac"), tmp_path)
    assert found.tags["title"] == "Tïtle; -i /etc/passwd"
    assert found.tags["artist"].startswith("Ann=Ash")
    assert "album" not in found.tags


async def test_a_program_that_never_ends_is_bounded() -> None:
    bounds = limits(target("mp3", 128), SECOND, live=True)
    assert bounds.file_size is not None
    assert bounds.file_size < 40_000_000
    assert bounds.seconds <= 66
    assert limits(target("mp3", 128), 0, live=True).seconds > 3600, "its length is not known"
