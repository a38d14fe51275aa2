"""The real yt-dlp downloads from a site on loopback: progress, resuming, cancelling, limits, and faults."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from pydantic import SecretStr

from mcma_plugins.errors import AuthorisationNeeded, OutOfSpace, PermanentError, RetryLater
from mcma_plugins.sources import Fetched, FetchProgress, FetchWish, SourceKind
from mcma_youtube import YouTube, YouTubeSettings
from mcma_youtube.home import Home
from mcma_youtube.program import AS_ALWAYS
from tests.support.jobs import until
from tests.support.programs import running_programs
from tests.youtube.site import PICTURE, SOUND, Site, manner_for

pytestmark = pytest.mark.anyio
ONE = "dQw4w9WgXcQ"
WISH = FetchWish(most_bytes=10_000_000, seconds=60)
Steps = AsyncGenerator[FetchProgress | Fetched, None]


async def all_of(steps: Steps) -> tuple[list[FetchProgress], Fetched]:
    taken = [step async for step in steps]
    assert isinstance(taken[-1], Fetched)
    return [step for step in taken if isinstance(step, FetchProgress)], taken[-1]


async def gone(into: Path) -> None:
    """No program that was told of this folder runs any more."""
    await until(lambda: running_programs(into) == [])


async def test_a_track(fetcher: YouTube, site: Site, into: Path) -> None:
    site.info = {
        "track": "Song", "artists": ["Ana - Topic", "Bo"], "album": "Sea", "release_year": 2019,
        "duration": 225, "title": "Song (Official)",
    }  # fmt: skip
    steps, fetched = await all_of(fetcher.fetch(ONE, into, WISH))
    assert fetched.path.read_bytes() == SOUND
    assert fetched.path.parent == into
    assert fetched.item is not None
    item = fetched.item
    assert (item.title, item.artists, item.album, item.year) == ("Song", ("Ana", "Bo"), "Sea", 2019)
    assert (item.kind, item.source_id, item.duration_ms) == (SourceKind.TRACK, ONE, 225_000)
    assert item.audio is not None
    assert (item.audio.codec, item.audio.bit_rate_kbps) == ("opus", 160)
    assert fetched.cover is not None
    assert fetched.cover.read_bytes() == PICTURE
    assert steps[-1] == FetchProgress(len(SOUND), len(SOUND))
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    health = await fetcher.health()
    assert (health.ok, health.details["yt_dlp_from"], health.details["cookies"]) == (True, "installed", False)


async def test_a_video_has_a_title_and_a_channel(fetcher: YouTube, site: Site, into: Path) -> None:
    site.info = {"channel": "Ana - Topic", "thumbnail": None}
    _, fetched = await all_of(fetcher.fetch(ONE, into, WISH))
    assert fetched.item is not None
    assert (fetched.item.title, fetched.item.artists) == ("A title", ("Ana",))
    assert fetched.cover is None


@pytest.mark.parametrize(
    "source_id", ["--exec", "--version", "a\nb", "", ONE + "\n", "../../etc/pw", "http://x.yz"]
)
async def test_what_is_no_id_starts_nothing(fetcher: YouTube, site: Site, into: Path, source_id: str) -> None:
    with pytest.raises(PermanentError) as caught:
        await all_of(fetcher.fetch(source_id, into, WISH))
    assert caught.value.stable_code == "not_found"
    assert list(into.iterdir()) == []


async def test_an_id_like_an_option_is_an_id(fetcher: YouTube, site: Site, into: Path) -> None:
    await all_of(fetcher.fetch("--versionab", into, WISH))
    assert site.asked[0] == "/info/--versionab"


async def test_closing_it_ends_the_program(fetcher: YouTube, site: Site, into: Path) -> None:
    site.until = 100_000
    async with aclosing(fetcher.fetch(ONE, into, WISH)) as steps:
        assert isinstance(await anext(steps), FetchProgress)
        assert running_programs(into)
    assert running_programs(into) == []
    assert (await fetcher.health()).ok


async def test_cancelling_it_ends_the_program(fetcher: YouTube, site: Site, into: Path) -> None:
    site.until = 100_000
    task = asyncio.create_task(all_of(fetcher.fetch(ONE, into, WISH)))
    await until(site.reached.is_set)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(into)


async def test_it_goes_on_after_it_was_killed(fetcher: YouTube, site: Site, into: Path) -> None:
    site.until = 100_000
    task = asyncio.create_task(all_of(fetcher.fetch(ONE, into, WISH)))
    await until(lambda: any(one.stat().st_size > 50_000 for one in into.glob("*.part")))
    for pid in running_programs(into):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(RetryLater):
        await task
    site.until = None
    site.go_on.set()
    _, fetched = await all_of(fetcher.fetch(ONE, into, WISH))
    assert fetched.path.read_bytes() == SOUND
    assert len(site.ranges) == 2
    assert int(str(site.ranges[1]).strip("bytes=-")) > 50_000


async def test_half_a_file_is_gone_on_with_at_once(fetcher: YouTube, site: Site, into: Path) -> None:
    site.until, site.breaks = 100_000, True
    site.go_on.set()
    with pytest.raises(RetryLater) as caught:
        await all_of(fetcher.fetch(ONE, into, WISH))
    assert caught.value.stable_code in ("degraded", "no_network")
    assert len(site.ranges) == 2
    assert int(str(site.ranges[1]).strip("bytes=-")) > 50_000
    site.until = None
    _, fetched = await all_of(fetcher.fetch(ONE, into, WISH))
    assert fetched.path.read_bytes() == SOUND


async def test_a_server_that_says_nothing_more(
    site: Site, settings: YouTubeSettings, home: Path, into: Path, tmp_path: Path
) -> None:
    site.until = 100_000
    manner = manner_for(site, tmp_path / "plugins")._replace(socket_seconds=1)
    fetcher = YouTube(settings, Home(home), manner=manner)
    with pytest.raises(RetryLater) as caught:
        await all_of(fetcher.fetch(ONE, into, WISH))
    assert caught.value.stable_code == "no_network"
    assert (await fetcher.health()).state == "no_network"
    await gone(into)
    fetcher.close()


async def test_it_has_so_much_time(fetcher: YouTube, site: Site, into: Path) -> None:
    site.until = 100_000
    with pytest.raises(RetryLater) as caught:
        await all_of(fetcher.fetch(ONE, into, FetchWish(10_000_000, 1.5)))
    assert "too long" in caught.value.message
    await gone(into)


@pytest.mark.parametrize("untold", [False, True])
async def test_what_is_too_large_is_not_kept(fetcher: YouTube, site: Site, into: Path, untold: bool) -> None:
    """Told beforehand, and noticed while it is written."""
    site.sound, site.untold = bytes(6 * 1024 * 1024), untold
    with pytest.raises(PermanentError) as caught:
        await all_of(fetcher.fetch(ONE, into, FetchWish(1_000_000, 60)))
    assert caught.value.stable_code == "too_large"
    assert sum(one.stat().st_size for one in into.iterdir()) < 100_000
    assert (await fetcher.health()).ok


async def test_a_full_disk(fetcher: YouTube, site: Site, into: Path) -> None:
    """/dev/full is what a full disk is to whoever writes to it."""
    (into / "audio.251.webm.part").symlink_to("/dev/full")
    with pytest.raises(OutOfSpace):
        await all_of(fetcher.fetch(ONE, into, WISH))


@pytest.mark.parametrize(
    ("info_status", "sound_status", "state"),
    [
(200, 429, "rate_limited"), (403, 200, "blocked")
    ],
)  # fmt: skip
async def test_states_of_the_service(
    fetcher: YouTube, site: Site, into: Path, info_status: int, sound_status: int, state: str
) -> None:
    site.info_status, site.sound_status = info_status, sound_status
    with pytest.raises(RetryLater) as caught:
        await all_of(fetcher.fetch(ONE, into, WISH))
    assert caught.value.stable_code == state
    health = await fetcher.health()
    assert (health.ok, health.state) == (False, state)


async def test_it_rests_when_it_is_told_to(fetcher: YouTube, site: Site, into: Path) -> None:
    site.info_status = 429
    for _ in range(2):
        with pytest.raises(RetryLater) as caught:
            await all_of(fetcher.fetch(ONE, into, WISH))
        assert 3590 < (caught.value.after or 0) <= 3600
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("said", "error", "code"),
    [
        ("Private video. Sign in if you've been granted access to this video", PermanentError, "private"),
        ("Sign in to confirm you’re not a bot. Use --cookies for the authentication", RetryLater, "blocked"),
    ],
)
async def test_what_youtube_says_comes_through(
    fetcher: YouTube, site: Site, into: Path, said: str, error: type[PermanentError | RetryLater], code: str
) -> None:
    site.info = {"error": said}
    with pytest.raises(error) as caught:
        await all_of(fetcher.fetch(ONE, into, WISH))
    assert caught.value.stable_code == code


async def test_an_extractor_that_is_too_old(fetcher: YouTube, site: Site, into: Path) -> None:
    site.info = {"error": "Unable to extract initial player response", "expected": False}
    with pytest.raises(RetryLater) as caught:
        await all_of(fetcher.fetch(ONE, into, WISH))
    assert (caught.value.stable_code, caught.value.hint) == ("outdated", "mcma youtube update")


async def test_expired_cookies(fetcher: YouTube, site: Site, into: Path) -> None:
    site.info = {
        "warning": "The provided YouTube account cookies are no longer valid. They have likely been rotated",
        "error": "Something else",
    }
    with pytest.raises(AuthorisationNeeded) as caught:
        await all_of(fetcher.fetch(ONE, into, WISH))
    assert caught.value.stable_code == "auth_required"


async def test_the_real_extractor_without_a_way_out(home: Path, into: Path) -> None:
    """As it is called in earnest: yt-dlp knows the address, and gets as far as a proxy that is not there."""
    settings = YouTubeSettings(enabled=True, proxy=SecretStr("http://127.0.0.1:1"))
    source = YouTube(settings, Home(home), manner=AS_ALWAYS._replace(retries=0, socket_seconds=2))
    with pytest.raises(RetryLater) as caught:
        await all_of(source.fetch(ONE, into, WISH))
    assert caught.value.stable_code == "no_network"
    source.close()


async def test_only_so_many_at_once(site: Site, fetcher: YouTube, tmp_path: Path) -> None:
    site.until = 100_000
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    tasks = [asyncio.create_task(all_of(fetcher.fetch(ONE, one, WISH))) for one in folders]
    await until(lambda: len(site.ranges) == 2)
    await asyncio.sleep(0.1)
    assert len(site.ranges) == 2, "the third waits for its turn"
    site.go_on.set()
    for _, fetched in await asyncio.gather(*tasks):
        assert fetched.path.read_bytes() == SOUND
