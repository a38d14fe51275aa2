"""One server per module and engine, which its tests share; those that would spoil it take `own_server`.

A module's `SETTINGS` are those of its server.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mcma.store.engine import sqlite_url
from tests.conftest import TEMPLATE, empty_postgres
from tests.support.postgres import Postgres
from tests.support.server import Server, serving


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def _database(engine: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if engine == "sqlite":
        path = folder / "mcma.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield sqlite_url(path)
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    async with empty_postgres(postgres, TEMPLATE) as name:
        yield postgres.url(name)


SHAPES = ("sqlite", "postgresql", "scaled")
"""For modules whose `engine` is one of these: in the last one, jobs run in a worker, told by Redis."""


@pytest.fixture(scope="module")
def prepared(engine: str, request: pytest.FixtureRequest) -> None:
    """These start an event loop of their own, so they come before anything that has one."""
    request.getfixturevalue("sqlite_template" if engine == "sqlite" else "postgres")


@pytest.fixture(scope="module")
async def server(
    prepared: None, engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    redis_url = request.getfixturevalue("redis").url if engine == "scaled" else None
    async with (
        _database(engine, folder, request) as url,
        serving(folder, url, redis_url=redis_url, **getattr(request.module, "SETTINGS", {})) as made,
    ):
        yield made


@pytest.fixture
async def own_server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    """Without music, without a runner of jobs."""
    async with serving(tmp_path, database_url, scanned=False) as made:
        yield made
