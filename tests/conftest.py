"""Fixtures every test may use. `database` comes on both engines; a test that takes it runs twice."""

import asyncio
import gc
import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core
from tests.support import redis as redis_support
from tests.support.compiled import share_compiled
from tests.support.forked_readers import fork_readers
from tests.support.memory import roomy_memory
from tests.support.plain_logs import draw_plainly
from tests.support.postgres import Postgres, running_postgres
from tests.support.redis import RedisServer, running_redis

pytest.register_assert_rewrite("tests.support.sync_ends", "tests.support.sync_model")
draw_plainly()
share_compiled()
fork_readers()
if (memory := roomy_memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
ENGINES = ("sqlite", "postgresql")
TEMPLATE = "mcma_template"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is made while tests are collected (modules, twelve thousand tests) stays to the end: looking it
    through for garbage, again and again, would take as long as all else of collecting them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)  # as a server does (`mcma.serving.lifetime`)
        gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server per test process, with a migrated template database."""
    with running_postgres() as server:
        asyncio.run(_make_template(server))
        yield server


async def _make_template(server: Postgres) -> None:
    await server.administer(f"CREATE DATABASE {TEMPLATE}")
    template = Database(server.url(TEMPLATE))
    await migrate_core(template, Path("unused"))
    await template.close()


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """One server per test process. Who takes it shares it: those that stop or flush it take `own_redis`."""
    if redis_support.program() is None:
        pytest.skip(redis_support.WHY_NONE)
    with running_redis() as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    if redis_support.program() is None:
        pytest.skip(redis_support.WHY_NONE)
    with running_redis() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "mcma.db"

    async def make() -> None:
        template = Database(sqlite_url(path))
        await migrate_core(template, path.parent)
        await template.close()

    asyncio.run(make())
    return path


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of its own."""
    if engine_name == "sqlite":
        path = tmp_path / "mcma.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield sqlite_url(path)
        return
    server: Postgres = request.getfixturevalue("postgres")
    name, making = _new_database(TEMPLATE)
    server.administer_now(making)
    yield server.url(name)
    server.administer_now(_dropping(name))


@asynccontextmanager
async def empty_postgres(server: Postgres, template: str = "template1") -> AsyncIterator[str]:
    """The name of a database that is there meanwhile."""
    name, making = _new_database(template)
    await server.administer(making)
    try:
        yield name
    finally:
        await server.administer(_dropping(name))


def _new_database(template: str) -> tuple[str, str]:
    """Its name, and the statement that makes it."""
    name = f"test_{uuid4().hex}"
    return name, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"


def _dropping(name: str) -> str:
    return f"DROP DATABASE {name} WITH (FORCE)"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()
