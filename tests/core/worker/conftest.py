"""Every test of workers runs in three shapes; in the third, each runner has a doorbell of its own in Redis,
as if it were in another process."""

from collections.abc import AsyncIterator

import pytest

from mcma.store.engine import Database
from tests.support.jobs import ScaledWorkshop, Workshop

SHAPES = ("sqlite", "postgresql", "scaled")


@pytest.fixture(params=SHAPES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def redis_url(engine_name: str, request: pytest.FixtureRequest) -> str | None:
    return str(request.getfixturevalue("redis").url) if engine_name == "scaled" else None


@pytest.fixture
async def workshop(database: Database, redis_url: str | None) -> AsyncIterator[Workshop]:
    made = Workshop(database) if redis_url is None else await ScaledWorkshop.opened(database, redis_url)
    yield made
    await made.stop()
