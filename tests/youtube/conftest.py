from collections.abc import Iterator
from pathlib import Path

import pytest

from mcma_youtube import YouTube, YouTubeSettings
from mcma_youtube.home import Home
from tests.youtube.service import Service, serving
from tests.youtube.site import Site, manner_for, open_site


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as one:
        yield one


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as one:
        yield one


@pytest.fixture
def settings() -> YouTubeSettings:
    return YouTubeSettings(enabled=True, search_seconds=20, seconds_between=0, questions_per_minute=1000)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def source(service: Service, settings: YouTubeSettings, home: Path) -> Iterator[YouTube]:
    """One that searches."""
    one = YouTube(settings, Home(home), base=service.base)
    yield one
    one.close()


@pytest.fixture
def fetcher(site: Site, settings: YouTubeSettings, home: Path, tmp_path: Path) -> Iterator[YouTube]:
    """One that downloads from the site."""
    one = YouTube(settings, Home(home), manner=manner_for(site, tmp_path / "plugins"))
    yield one
    one.close()


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "into").mkdir()
    return tmp_path / "into"
