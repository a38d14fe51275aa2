"""A whole server with a shop beside it, on both engines."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.getting import Wanting
from tests.support.server import Server, serving
from tests.support.shop import Shop, open_shop, shops_installed


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    folder.mkdir()
    with open_shop(folder) as made, shops_installed(tmp_path, shop=made):
        yield made


@pytest.fixture
async def server(shop: Shop, database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, database_url, scanned=False, jobs=True, download_reserve_gb=0) as made:
        yield made


@pytest.fixture
def listener(server: Server) -> Wanting:
    return Wanting(server.user)


@pytest.fixture
def boss(server: Server) -> Wanting:
    return Wanting(server.admin)
