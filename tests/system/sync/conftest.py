"""One seed per module and engine: worlds are copies of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import TEMPLATE
from tests.support.postgres import Postgres
from tests.support.sync_world import Loop, Seed, World


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def seed(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Seed]:
    postgres: Postgres | None = request.getfixturevalue("postgres") if engine == "postgresql" else None
    template = TEMPLATE if postgres is not None else str(request.getfixturevalue("sqlite_template"))
    loop = Loop()
    made = Seed(loop, tmp_path_factory.mktemp("machine"), postgres, template)
    made.make()
    yield made
    loop.close()


@pytest.fixture
def world(seed: Seed, tmp_path: Path) -> Iterator[World]:
    with seed.copied(tmp_path / "world") as made:
        yield made
