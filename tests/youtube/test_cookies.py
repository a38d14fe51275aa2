"""Cookies: who may read them, what is kept of them, and that nothing of them is ever said."""

import json
import logging
import os
import time
from pathlib import Path

import pytest

from mcma_plugins.errors import AuthorisationNeeded, InvalidInput, RetryLater
from mcma_plugins.sources import Fetched, FetchWish
from mcma_youtube import YouTube, YouTubeSettings
from mcma_youtube.home import Home
from tests.youtube.site import Site, manner_for

pytestmark = pytest.mark.anyio
ONE = "dQw4w9WgXcQ"
WISH = FetchWish(most_bytes=10_000_000, seconds=60)
SECRET = "s3cr3t-value"
HEAD = "# Netscape HTTP Cookie File\n"
LATER = "4102444800"


def cookie(name: str, value: str = SECRET, domain: str = ".youtube.com", path: str = "/") -> str:
    return "\t".join([domain, "TRUE", path, "TRUE", LATER, name, value]) + "\n"


JAR = (HEAD + cookie("LOGIN_INFO") + cookie("SAPISID", domain="#HttpOnly_.google.com")).encode()
LOCAL = cookie("local", "told", domain="127.0.0.1").replace("TRUE", "FALSE", 1)
"""For the site of the tests; of another domain than the ones that are kept."""


async def fetched(source: YouTube, into: Path) -> Fetched:
    last = [step async for step in source.fetch(ONE, into, WISH)][-1]
    assert isinstance(last, Fetched)
    return last


def kept(home: Path) -> str:
    return (home / "cookies.txt").read_text()


async def test_they_are_kept_for_the_server_alone(fetcher: YouTube, home: Path) -> None:
    await fetcher.take_credential(JAR)
    assert {one.name: one.stat().st_mode & 0o777 for one in home.iterdir()} == {
        "cookies.txt": 0o600, "cookies.json": 0o600,
    }  # fmt: skip
    health = await fetcher.credential()
    assert health.kept_since is not None
    assert health.last_success is None
    assert SECRET not in (home / "cookies.json").read_text()


async def test_other_sites_are_left_out(fetcher: YouTube, home: Path) -> None:
    bank = cookie("session", "bank-secret", domain=".bank.example")
    near = cookie("session", "near-secret", domain=".notyoutube.com")
    await fetcher.take_credential(HEAD.encode() + (bank + near).encode() + JAR.removeprefix(HEAD.encode()))
    assert kept(home).count(SECRET) == 2
    assert "bank-secret" not in kept(home)
    assert "near-secret" not in kept(home)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", JAR.removeprefix(HEAD.encode()), HEAD.encode(),
        json.dumps({"cookie": SECRET}).encode(),
        (HEAD + cookie("a", domain=".bank.example")).encode(), JAR + b"\xff\xfe", JAR + b"a\0b\n",
        JAR + SECRET.encode() + b"\n", (HEAD + cookie("a").replace("\t", " ")).encode(),
        (HEAD + cookie("a", path=SECRET)).encode(), JAR + cookie("a").replace(LATER, SECRET).encode(),
        JAR + b"#" * 600_000,
    ],
)  # fmt: skip
async def test_what_is_no_file_of_cookies(fetcher: YouTube, home: Path, content: bytes) -> None:
    await fetcher.take_credential(JAR)
    with pytest.raises(InvalidInput) as caught:
        await fetcher.take_credential(content)
    assert SECRET not in caught.value.message
    assert caught.value.stable_code == "bad_credential"
    assert kept(home).count(SECRET) == 2, "what was there is still there"


async def test_yt_dlp_gets_a_copy_and_what_it_made_of_it_is_kept(
    fetcher: YouTube, site: Site, home: Path, into: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await fetcher.take_credential(JAR + LOCAL.encode())
    before = kept(home)
    site.headers = {"set-cookie": "fresh=1; Max-Age=100000"}
    await fetched(fetcher, into)
    assert kept(home) != before, "yt-dlp writes it in its own way"
    assert kept(home).count(SECRET) == 2
    assert (await fetcher.credential()).last_success is not None
    assert sorted(one.name for one in home.iterdir()) == ["cookies.json", "cookies.txt"]
    assert not any("cookie" in one.name for one in into.iterdir())
    assert SECRET not in caplog.text
    assert SECRET not in str(await fetcher.health())
    details = (await fetcher.health()).details
    assert (details["cookies"], details["cookies_days"]) == (True, 0)


async def test_cookies_that_youtube_does_not_want_any_more(
    fetcher: YouTube, site: Site, home: Path, into: Path
) -> None:
    """What is there for everybody is got without them, and people are told."""
    await fetcher.take_credential(JAR)
    before, site.info = kept(home), {"logs_out": True}
    await fetched(fetcher, into)
    assert kept(home) == before
    assert (await fetcher.credential()).last_success is None
    health = await fetcher.health()
    assert (health.ok, health.state, health.details["cookies_expired"]) == (False, "auth_required", True)
    await fetcher.take_credential(JAR)
    assert (await fetcher.health()).ok


async def test_after_a_run_that_failed_they_are_as_before(
    fetcher: YouTube, site: Site, home: Path, into: Path
) -> None:
    await fetcher.take_credential(JAR)
    before, site.info_status = kept(home), 500
    with pytest.raises(RetryLater):
        await fetched(fetcher, into)
    assert kept(home) == before
    assert sorted(one.name for one in home.iterdir()) == ["cookies.json", "cookies.txt"]


async def test_they_can_be_taken_away(fetcher: YouTube, home: Path) -> None:
    await fetcher.take_credential(JAR)
    await fetcher.forget_credential()
    await fetcher.forget_credential()
    assert list(home.iterdir()) == []
    assert (await fetcher.credential()).kept_since is None


async def test_copies_of_a_server_that_was_killed_are_swept(fetcher: YouTube, home: Path) -> None:
    await fetcher.take_credential(JAR)
    for name, age in ((".jar-old", 90_000), (".jar-used", 60)):
        (home / name).write_bytes(JAR)
        then = time.time() - age
        os.utime(home / name, (then, then))
    await fetcher.open()
    assert {one.name for one in home.iterdir()} == {"cookies.txt", "cookies.json", ".jar-used"}


async def test_new_ones_end_the_rest(fetcher: YouTube, site: Site, into: Path) -> None:
    site.info = {"error": "Sign in to confirm you're not a bot"}
    with pytest.raises(RetryLater):
        await fetched(fetcher, into)
    site.info = {}
    await fetcher.take_credential(JAR)
    await fetched(fetcher, into)


@pytest.fixture
def named(tmp_path: Path) -> Path:
    path = tmp_path / "my cookies.txt"
    path.write_bytes(JAR)
    path.chmod(0o600)
    return path


@pytest.fixture
def by_setting(site: Site, home: Path, tmp_path: Path, named: Path) -> YouTube:
    settings = YouTubeSettings(enabled=True, seconds_between=0, cookies_file=named)
    return YouTube(settings, Home(home), manner=manner_for(site, tmp_path / "plugins"))


async def test_a_file_that_a_setting_names_is_only_read(by_setting: YouTube, named: Path, into: Path) -> None:
    await fetched(by_setting, into)
    assert named.read_bytes() == JAR
    assert (await by_setting.credential()).last_success is not None
    named.write_bytes(JAR + cookie("NEW").encode())
    assert (await by_setting.credential()).last_success is None, "another file: as new"
    with pytest.raises(InvalidInput) as caught:
        await by_setting.take_credential(JAR)
    assert "MCMA_PLUGIN_YOUTUBE_COOKIES_FILE" in caught.value.message


@pytest.mark.parametrize("mode", [0o640, 0o604])
async def test_one_that_others_can_read_is_refused(
    by_setting: YouTube, named: Path, into: Path, site: Site, mode: int
) -> None:
    named.chmod(mode)
    with pytest.raises(AuthorisationNeeded) as caught:
        await fetched(by_setting, into)
    assert "chmod 600" in caught.value.message
    assert site.asked == []
    health = await by_setting.health()
    assert (health.ok, health.state) == (False, "misconfigured")
    assert f"{mode:04o}" in str(health.reason)


@pytest.mark.parametrize("wrong", ["missing", "folder", "no cookies"])
async def test_one_that_cannot_be_used(by_setting: YouTube, named: Path, wrong: str) -> None:
    named.unlink()
    if wrong == "folder":
        named.mkdir()
    elif wrong == "no cookies":
        named.touch(0o600)
        named.write_text(SECRET)
    health = await by_setting.health()
    assert health.state == "misconfigured"
    assert SECRET not in str(health)
