"""A disk for music that is really full, at once or in the middle: waited for, and it heals by itself."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mcma.store.tables.wanted import downloads
from tests.support.at_rest import at_rest, one_of
from tests.support.getting import Wanting, due, rows
from tests.support.server import Server, serving
from tests.support.shop import Shop
from tests.support.small_disk import fill, small_disk

pytestmark = pytest.mark.anyio


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "data" / "music", "8m") as mounted:
        yield mounted


@pytest.fixture
async def server(disk: Path, shop: Shop, database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, database_url, scanned=False, jobs=True, download_reserve_gb=0) as made:
        yield made


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("left", [0, 120_000, 300_000])
async def test_it_is_waited_for(
    shop: Shop, disk: Path, server: Server, listener: Wanting, left: int, engine_name: str
) -> None:
    """Nothing is left; less than the song; as much as the song, but not for taking it in."""
    assert engine_name == "sqlite"
    shop.add_track("t1", "First", freq=900)
    shop.add_track("t2", "Second", seconds=12)
    assert left < 120_001 or left > shop.audio["t2"].stat().st_size
    await listener.until(await listener.ask("t1"), state="have")
    filling = fill(disk, "filling", but=left)
    asked = await listener.ask("t2")
    told = await listener.until(asked, waiting_for="space")
    assert (told["state"], told["code"]) == ("queued", "out_of_space")
    filling.unlink()
    await at_rest(server.database)
    [download] = await rows(server.database, downloads, downloads.c.source_id == "t2")
    assert download.faults == 0, "the source is not to blame"
    await due(server, asked)
    await listener.until(asked, state="have")
    await at_rest(server.database)
    await one_of(server.database, "t2")
