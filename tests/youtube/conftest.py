from collections.abc import Iterator

import pytest

from mcma_youtube import YouTube, YouTubeSettings
from tests.youtube.service import Service, serving


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as one:
        yield one


@pytest.fixture
def source(service: Service) -> Iterator[YouTube]:
    one = YouTube(YouTubeSettings(enabled=True, search_seconds=2), base=service.base)
    yield one
    one.close()
