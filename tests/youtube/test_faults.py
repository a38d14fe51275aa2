"""What the service does wrong becomes an error with a state, and its health."""

import json
import locale
from pathlib import Path

import pytest

from mcma_plugins.errors import RetryLater
from mcma_plugins.sources import SourceKind
from mcma_youtube import YouTube, YouTubeSettings
from mcma_youtube.home import Home
from tests.youtube import answers
from tests.youtube.service import Failure, Service

pytestmark = pytest.mark.anyio
ONE = "dQw4w9WgXcQ"
PAGE = {"content-type": "text/html"}


@pytest.fixture
def settings() -> YouTubeSettings:
    return YouTubeSettings(enabled=True, search_seconds=20, questions_per_minute=5)


async def fault(source: YouTube) -> RetryLater:
    with pytest.raises(RetryLater) as caught:
        await source.search("x", SourceKind.TRACK, 5)
    assert len(caught.value.message) < 200, "not a whole answer"
    return caught.value


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (Failure(429), "rate_limited"),
        (Failure(403, b"<html>no</html>", PAGE), "blocked"),
        (Failure(302, headers={"location": "https://consent.youtube.com/m?continue=x"}), "blocked"),
        (Failure(302, headers={"location": "http://127.0.0.1:1/"}), "blocked"),
        (Failure(500, b"oops"), "degraded"),
        (Failure(503, headers=PAGE), "degraded"),
        (Failure(body=b"<html>hello</html>", headers=PAGE), "degraded"),
        (Failure(body=b'{"contents": '), "degraded"),
        (Failure(body=b"[1, 2]"), "outdated"),
        (Failure(body=b"{}"), "outdated"),
        (Failure(body=b'{"contents": {"somethingNew": {}}}'), "outdated"),
        (Failure(body=b'{"contents": {"tabbedSearchResultsRenderer": {"tabs": []}}}'), "outdated"),
        (
            Failure(body=json.dumps(answers.search("Songs", [answers.song("short", "X")])).encode()),
            "outdated",
        ),
        (Failure(body=b" " * (17 * 1024 * 1024)), "degraded"),
    ],
    ids=lambda one: one if isinstance(one, str) else f"{one.status}",
)
async def test_states(source: YouTube, service: Service, failure: Failure, state: str) -> None:
    service.failure = failure
    assert (await fault(source)).stable_code == state
    health = await source.health()
    assert (health.ok, health.state) == (False, state)
    assert health.reason


async def test_an_answer_without_end(service: Service, tmp_path: Path) -> None:
    source = YouTube(YouTubeSettings(enabled=True, search_seconds=1), Home(tmp_path), base=service.base)
    service.failure = Failure(drip=True)
    assert (await fault(source)).stable_code == "no_network"
    source.close()


async def test_it_is_well_again(source: YouTube, service: Service) -> None:
    service.failure = Failure(500)
    await fault(source)
    service.failure, service.answers["x"] = None, answers.NOTHING
    assert await source.search("x", SourceKind.TRACK, 5) == []
    assert (await source.health()).ok


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("120", 119, 120), ("1000000", 86_000, 86_400), ("soon", 3599, 3600), ("", 3599, 3600)],
)
async def test_it_is_left_alone_as_long_as_it_wants(
    source: YouTube, service: Service, said: str, least: float, most: float
) -> None:
    service.failure = Failure(429, headers={"retry-after": said})
    first = await fault(source)
    assert least <= (first.after or 0) <= most
    asked = len(service.asked)
    again = await fault(source)
    assert again.stable_code == "rate_limited"
    assert 0 < (again.after or 0) <= (first.after or 0)
    assert len(service.asked) == asked, "nobody was asked"


async def test_a_visitor_who_is_refused_comes_as_another(source: YouTube, service: Service) -> None:
    service.answers["x"] = answers.NOTHING
    for failure in (Failure(403), Failure(500)):
        service.failure = failure
        await fault(source)
        source._music.condition.clear()
    service.failure = None
    await source.search("x", SourceKind.TRACK, 5)
    assert service.paths.count("/") == 2, "once at first, once after 403"


async def test_nobody_there(settings: YouTubeSettings, tmp_path: Path) -> None:
    source = YouTube(settings, Home(tmp_path), base="http://127.0.0.1:1")
    assert (await fault(source)).stable_code == "no_network"
    source.close()


async def test_not_more_questions_than_are_allowed(source: YouTube, service: Service) -> None:
    service.answers["x"] = answers.NOTHING
    for _ in range(5):
        await source.search("x", SourceKind.TRACK, 5)
    error = await fault(source)
    assert error.stable_code == "rate_limited"
    assert 50 < (error.after or 0) <= 60
    assert len(service.asked) == 5
    assert (await source.health()).ok, "our own limit is no fault of the service"


async def test_variables_of_a_proxy_are_not_looked_at(
    source: YouTube, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    service.answers["x"] = answers.NOTHING
    assert await source.search("x", SourceKind.TRACK, 5) == []


async def test_the_locale_of_the_process_stays(source: YouTube, service: Service) -> None:
    before = locale.setlocale(locale.LC_ALL)
    service.answers["x"] = answers.NOTHING
    await source.search("x", SourceKind.TRACK, 5)
    assert locale.setlocale(locale.LC_ALL) == before
