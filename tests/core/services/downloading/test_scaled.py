"""PostgreSQL, Redis and a worker: the server takes the wish, the worker gets it into the shared folder."""

from pathlib import Path

import pytest

from tests.support.getting import Wanting, kept
from tests.support.redis import RedisServer
from tests.support.server import serving
from tests.support.shop import Shop

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("engine_name", ["postgresql"])
async def test_a_worker_gets_what_the_server_was_asked_for(
    shop: Shop, database_url: str, redis: RedisServer, tmp_path: Path, engine_name: str
) -> None:
    for n in range(2):
        shop.add_track(f"t{n}", f"Song {n}", album="First", track_number=n + 1, freq=400 + 50 * n)
    shop.add_album("a1", "First", ["Ann Ash"], ["t0", "t1"])
    assert engine_name == "postgresql"
    async with serving(
        tmp_path, database_url, scanned=False, jobs=True, redis_url=redis.url, download_reserve_gb=0
    ) as server:
        listener = Wanting(server.user)
        asked = await listener.ask("a1", kind="album")
        await listener.until(asked, state="have")
        assert await kept(server) == ["Ann Ash/First/01 Song 0.mp3", "Ann Ash/First/02 Song 1.mp3"]
