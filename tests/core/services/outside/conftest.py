"""A shop on loopback."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcma.services.outside import OutsideSources
from mcma.store.engine import sqlite_url
from mcma.wiring import opened
from tests.support.server import settings_for
from tests.support.shop import Shop, open_shop, shops_installed


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path / "goods") as one:
        yield one


@pytest.fixture
def outside_core(shop: Shop, tmp_path: Path) -> Iterator[OutsideSources]:
    """Of a whole core, with the same shop under two names."""

    async def opening() -> OutsideSources:
        async with opened(
            settings_for(tmp_path, sqlite_url(tmp_path / "mcma.db")), running_jobs=False
        ) as core:
            return core.services.outside

    with shops_installed(tmp_path, shop=shop, other=shop):
        yield asyncio.run(opening())
