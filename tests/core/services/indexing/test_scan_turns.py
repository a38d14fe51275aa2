"""A scan and people take turns: while somebody waits, transactions are smaller, and nothing else differs."""

import asyncio
from typing import Any

import pytest

from mcma.services.indexing import scan
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.engine import Database
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of files of each transaction."""
    counted: list[int] = []
    apply: Any = CatalogueWriter.apply

    async def counting(self: Any, connection: Any, batch: Any) -> Any:
        counted.append(len(batch))
        return await apply(self, connection, batch)

    monkeypatch.setattr(CatalogueWriter, "apply", counting)
    return counted


@pytest.mark.parametrize(("pressed", "sizes"), [(False, [7]), (True, [2, 3, 2])])
async def test_pressed_it_writes_some_folders_at_a_time(
    music: Music, monkeypatch: pytest.MonkeyPatch, taken: list[int], pressed: bool, sizes: list[int]
) -> None:
    monkeypatch.setattr(Database, "pressed", property(lambda _: pressed))
    monkeypatch.setattr(scan, "PIECE_FILES", 2)
    for folder, count in {"a": 2, "b": 1, "c": 2, "d": 2}.items():
        for number in range(count):
            music.put(f"{folder}/{number}.mp3", title=f"{folder}{number}", artist="Anna", album=folder)
    report = await music.scan()
    assert (report.added, report.problems, taken) == (7, 0, sizes)
    assert set(await music.albums()) == set("abcd")


async def test_a_write_that_has_to_wait_asks_for_smaller_ones(database: Database) -> None:
    async def write() -> None:
        async with database.write():
            pass

    async with database.write(bulk=True):
        assert not database.pressed
        person = asyncio.create_task(write())
        await asyncio.sleep(0)
        assert database.pressed == database.is_sqlite, "PostgreSQL has many writers"
    await person
