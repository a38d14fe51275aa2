from collections.abc import AsyncIterator

import pytest

from tests.support.webserver import WebServer, serving_web


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with serving_web() as one:
        yield one
