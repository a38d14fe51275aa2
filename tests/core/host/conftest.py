"""A folder to install plugins into, and a context for those that start."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mcma.host import Limits, PluginRecord
from mcma_plugins import PluginContext
from mcma_plugins.testing import FakeContext
from tests.support.distributions import Site, installed_into

ContextFactory = Callable[[PluginRecord], PluginContext]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "site").mkdir()
    with installed_into(tmp_path / "site") as one:
        yield one


@pytest.fixture
def contexts(tmp_path: Path) -> ContextFactory:
    return lambda record: FakeContext(tmp_path / record.name).context


@pytest.fixture
def limits() -> Limits:
    """Short, so that what hangs does not hang the tests."""
    return Limits(load=1.0, make=0.3, start=0.3, stop=0.3, hook=0.2)
