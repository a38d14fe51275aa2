"""A library folder, watched: after every test that used it, the catalogue is checked against its rows."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from mcma.store.engine import Database
from tests.support.catalogue_truth import check
from tests.support.scanning import Music

MakeMusic = Callable[[str], Awaitable[Music]]


@pytest.fixture
async def make_music(database: Database, tmp_path: Path) -> AsyncIterator[MakeMusic]:
    made: list[Music] = []

    async def make(name: str) -> Music:
        made.append(await Music(database, tmp_path / name, len(made) + 1).create())
        return made[-1]

    yield make
    await check(database)


@pytest.fixture
async def music(make_music: MakeMusic) -> Music:
    return await make_music("music")
