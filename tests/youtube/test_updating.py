"""A newer yt-dlp is fetched, checked, tried and used; whatever goes wrong, the one that was used still is."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl

from mcma_plugins import JobKind
from mcma_plugins.errors import AuthorisationNeeded, McmaError, PermanentError, RetryLater
from mcma_plugins.sources import Fetched, FetchWish
from mcma_plugins.testing import FakeContext, FakeJob
from mcma_youtube import YouTube, YouTubePlugin, YouTubeSettings
from mcma_youtube.health import age_of
from mcma_youtube.home import Home
from tests.support.programs import script
from tests.youtube.site import SOUND, Site, manner_for
from tests.youtube.wheelhouse import EJS, Wheelhouse, installed_version, open_house, real_wheel, small_wheel

pytestmark = pytest.mark.anyio
ONE = "dQw4w9WgXcQ"
NEW, NEWER, NEWEST = "2099.1.1", "2099.2.2", "2099.3.3"


def says(version: str) -> bytes:
    """A wheel that starts, and is good for nothing else."""
    return small_wheel(f"print({version!r})")


@pytest.fixture
def house() -> Iterator[Wheelhouse]:
    with open_house() as one:
        yield one


@pytest.fixture
def settings(house: Wheelhouse) -> YouTubeSettings:
    return YouTubeSettings(enabled=True, seconds_between=0, update_index=HttpUrl(house.base))


@pytest.fixture
def source(settings: YouTubeSettings, home: Path, site: Site, tmp_path: Path) -> Iterator[YouTube]:
    one = YouTube(settings, Home(home), manner=manner_for(site, tmp_path / "plugins"))
    yield one
    one.close()


async def used(source: YouTube) -> tuple[str, str]:
    program = await source.programs.current()
    return program.version, program.origin


def left(home: Path) -> set[str]:
    return {one.name for one in (home / "yt-dlp").iterdir()}


async def test_a_newer_one_is_used_from_then_on(
    source: YouTube, house: Wheelhouse, home: Path, into: Path, settings: YouTubeSettings
) -> None:
    house.offer(NEW, real_wheel(NEW))
    assert await source.updating.update() == ("updated", NEW, installed_version())
    assert await used(source) == (NEW, "updated")
    assert left(home) == {NEW, "current.json"}
    assert {one.name for one in (home / "yt-dlp" / NEW).iterdir()} == {
        f"yt_dlp-{NEW}-py3-none-any.whl", f"yt_dlp_ejs-{EJS}-py3-none-any.whl",
    }  # fmt: skip
    last = [step async for step in source.fetch(ONE, into, FetchWish(10_000_000, 60))][-1]
    assert isinstance(last, Fetched)
    assert last.path.read_bytes() == SOUND
    assert f'"version": "{NEW}"' in (into / "audio.info.json").read_text(), "it was that one"
    details = (await source.health()).details
    assert (details["yt_dlp"], details["yt_dlp_from"], details["yt_dlp_days"]) == (NEW, "updated", 0)
    again = YouTube(settings, Home(home))
    assert await used(again) == (NEW, "updated"), "also after the next start"
    again.close()


async def test_the_one_before_is_kept_and_no_more(source: YouTube, house: Wheelhouse, home: Path) -> None:
    for version in (NEW, NEWER, NEWEST):
        house.offer(version, says(version))
        await source.updating.update()
    assert left(home) == {NEWER, NEWEST, "current.json"}
    assert await source.updating.roll_back() == NEWER
    assert await source.updating.roll_back() == installed_version()
    assert left(home) == {"current.json"}


async def test_nothing_newer(source: YouTube, house: Wheelhouse, home: Path) -> None:
    for version in (installed_version(), "2020.1.1"):
        house.offer(version, says(version))
        assert (await source.updating.update()).state == "newest"
    assert not (home / "yt-dlp").exists()
    assert house.asked == ["/pypi/yt-dlp/json"] * 2


async def refused(source: YouTube) -> McmaError:
    with pytest.raises((PermanentError, RetryLater)) as caught:
        await source.updating.update()
    error: McmaError = caught.value
    return error


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (small_wheel("raise SystemExit('no')"), "does_not_start"),
        (small_wheel("import missing_module"), "does_not_start"),
        (small_wheel("print('2001.1.1')"), "does_not_start"),
        (b"no wheel at all", "does_not_start"),
    ],
    ids=["ends badly", "lacks something", "is another", "is none"],
)
async def test_one_that_does_not_start_is_not_used(
    source: YouTube, house: Wheelhouse, home: Path, content: bytes, code: str
) -> None:
    house.offer(NEW, says(NEW))
    await source.updating.update()
    house.offer(NEWER, content)
    assert (await refused(source)).stable_code == code
    assert await used(source) == (NEW, "updated")
    assert left(home) == {NEW, "current.json"}


@pytest.mark.parametrize("which", ["yt_dlp", "yt_dlp_ejs"])
async def test_one_with_another_hash_is_not_used(
    source: YouTube, house: Wheelhouse, home: Path, which: str
) -> None:
    house.offer(NEW, says(NEW))
    for name in house.files:
        if name.startswith(f"{which}-"):
            house.files[name] += b"x"
    assert (await refused(source)).stable_code == "wrong_hash"
    assert await used(source) == (installed_version(), "installed")
    assert left(home) == set()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"version": "2099.9.9.dev1"}, "bad_index"), ({"version": None}, "bad_index"),
        ({"version": "../../x"}, "bad_index"), ({"yanked": True}, "bad_index"),
        ({"requires_python": ">=4"}, "needs_newer_python"), ({"requires_python": "??"}, "bad_index"),
    ],
)  # fmt: skip
async def test_an_index_that_offers_nothing_fit(
    source: YouTube, house: Wheelhouse, changed: dict[str, Any], code: str
) -> None:
    house.offer(NEW, says(NEW), changed)
    assert (await refused(source)).stable_code == code
    assert await used(source) == (installed_version(), "installed")


@pytest.mark.parametrize(
    "name", ["../../evil-1-py3-none-any.whl", "yt_dlp-1.tar.gz", "yt_dlp-1-cp311-cp311-any.whl"]
)
async def test_only_wheels_for_every_machine(
    source: YouTube, house: Wheelhouse, home: Path, name: str
) -> None:
    house.offer(NEW, says(NEW))
    for file in house.pages["/pypi/yt-dlp/json"]["urls"]:
        file["filename"] = name
    assert (await refused(source)).stable_code == "bad_index"


async def test_files_at_private_addresses_are_not_fetched(source: YouTube, house: Wheelhouse) -> None:
    """The index may stand at home; what it leads to may not stand elsewhere there."""
    house.offer(NEW, says(NEW))
    for file in house.pages["/pypi/yt-dlp/json"]["urls"]:
        file["url"] = "http://127.0.0.2:8080/x.whl"
    assert (await refused(source)).stable_code == "refused_address"


async def test_no_index(source: YouTube, house: Wheelhouse, home: Path) -> None:
    assert (await refused(source)).stable_code == "not_found"
    house.offer(NEW, says(NEW))
    house.status = 503
    assert isinstance(await refused(source), RetryLater)
    nobody = YouTubeSettings(enabled=True, update_index=HttpUrl("http://127.0.0.1:1"))
    other = YouTube(nobody, Home(home))
    assert isinstance(await refused(other), RetryLater)
    other.close()


async def test_one_that_does_not_start_any_more_is_given_up(
    source: YouTube, house: Wheelhouse, into: Path
) -> None:
    house.offer(
        NEW, small_wheel(f"import sys\nif '--version' not in sys.argv: import missing\nprint({NEW!r})")
    )
    await source.updating.update()
    wish = FetchWish(10_000_000, 60)
    with pytest.raises(RetryLater):
        _ = [step async for step in source.fetch(ONE, into, wish)]
    assert await used(source) == (installed_version(), "installed")
    last = [step async for step in source.fetch(ONE, into, wish)][-1]
    assert isinstance(last, Fetched)


@pytest.mark.parametrize("how", ["gone", "cut short", "no note"])
async def test_files_that_are_damaged_are_not_used(
    source: YouTube, house: Wheelhouse, home: Path, how: str
) -> None:
    house.offer(NEW, says(NEW))
    await source.updating.update()
    wheel = next((home / "yt-dlp" / NEW).glob("yt_dlp-*"))
    match how:
        case "gone":
            wheel.unlink()
        case "cut short":
            wheel.write_bytes(wheel.read_bytes()[:-1])
        case _:
            (home / "yt-dlp" / "current.json").write_text('{"current": {"version": ')
    assert await used(source) == (installed_version(), "installed")


async def test_another_program_by_setting(home: Path, tmp_path: Path) -> None:
    program = script(tmp_path / "yt-dlp", "#!/bin/sh\necho 2020.01.01\n")
    source = YouTube(YouTubeSettings(enabled=True, yt_dlp=program), Home(home))
    assert await used(source) == ("2020.01.01", "setting")
    health = await source.health()
    assert (health.ok, health.state, health.details["yt_dlp_from"]) == (False, "outdated", "setting")
    assert "days old" in str(health.reason)
    assert (await refused(source)).stable_code == "set_elsewhere"
    program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(AuthorisationNeeded):
        await source.programs.current()
    assert (await source.health()).state == "misconfigured"
    source.close()


def test_ages() -> None:
    today = date(2026, 11, 26)
    assert age_of("2026.10.26", today) == 31
    assert age_of("2026.11.26.123456", today) == 0
    assert age_of("2027.1.1", today) == 0
    assert [age_of(one, today) for one in ("1.2.3", "2026.13.1", "", "stable")] == [None] * 4
    assert today - timedelta(days=31) == date(2026, 10, 26)


async def test_the_command_and_the_job(settings: YouTubeSettings, house: Wheelhouse, tmp_path: Path) -> None:
    plugin = YouTubePlugin(settings.model_copy(update={"update_days": 7}))
    await plugin.start(FakeContext(tmp_path / "data").context)
    commands = {one.name: one.run for one in plugin.commands()}
    house.offer(NEW, says(NEW))
    assert await commands["update"](()) == {"state": "updated", "yt_dlp": NEW, "before": installed_version()}
    assert await commands["rollback"](()) == {"yt_dlp": installed_version()}
    with pytest.raises(PermanentError):
        await commands["update"](("--now",))
    (kind,) = plugin.jobs()
    assert isinstance(kind, JobKind)
    job = FakeJob()
    assert await kind.handler(job) == {"state": "updated", "yt_dlp": NEW}
    assert NEW in job.lines[0]
    (scheduled,) = plugin.schedules()
    assert (scheduled.schedule.kind, scheduled.schedule.every) == ("youtube.update", timedelta(days=7))
    assert not YouTubePlugin(settings).schedules(), "never by itself unless it is asked for"
    await plugin.stop()
