"""An installed plugin that compares sound, as clients of both APIs see it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.catalogue import Seeded, seed
from tests.support.distributions import installed_into
from tests.support.rest import app_of
from tests.support.server import Server, serving
from tests.support.vectors import SOURCE, VECTORS

pytestmark = pytest.mark.anyio
PATH = "/api/v1/tracks/{}/path"


@pytest.fixture
async def heard(tmp_path: Path, database_url: str) -> AsyncIterator[tuple[Server, Seeded]]:
    site = tmp_path / "site"
    site.mkdir()
    with installed_into(site) as plugins:
        plugins.install("vectors", SOURCE)
        async with serving(tmp_path, database_url, scanned=False) as server:
            lib = await seed(server.database, tracks=24)
            VECTORS.update({id_: (1.0, place / 24) for place, id_ in enumerate(lib.tracks)})
            yield server, lib
            VECTORS.clear()


async def test_with_a_plugin(heard: tuple[Server, Seeded]) -> None:
    server, lib = heard
    first, last = lib.tracks[0], lib.tracks[-1]
    found = await server.admin.get(f"/api/v1/tracks/{first}/sounding-like", params={"limit": 3})
    assert [one["track"]["id"] for one in found["items"]] == [str(id_) for id_ in lib.tracks[1:4]]
    way = (await server.admin.get(PATH.format(first), params={"to": str(last), "limit": 5}))["items"]
    assert [one["track"]["id"] for one in (way[0], way[-1])] == [str(first), str(last)]
    assert len(way) == 5 and way[0]["likeness"] == 1
    app = await app_of(server, server.admin)
    offered = await app.ask("getOpenSubsonicExtensions")
    assert "sonicSimilarity" in {each["name"] for each in offered}
    near = await app.ask("getSonicSimilarTracks", id=f"tr-{first}", count="3")
    assert [each["entry"]["id"] for each in near] == [f"tr-{id_}" for id_ in lib.tracks[1:4]]
    path = await app.ask("findSonicPath", startSongId=f"tr-{first}", endSongId=f"tr-{last}", count="5")
    assert [each["entry"]["id"] for each in path] == [f"tr-{one['track']['id']}" for one in way]
    await app.refused("findSonicPath", 70, startSongId=f"tr-{first}", endSongId=f"tr-{lib.albums[0]}")


async def test_without_one(own_server: Server) -> None:
    lib = await seed(own_server.database, tracks=24)
    first = lib.tracks[0]
    await own_server.admin.get(f"/api/v1/tracks/{first}/sounding-like", 409)
    await own_server.admin.get(PATH.format(first), 409, params={"to": str(first)})
    await own_server.admin.get(PATH.format(first), 422, params={"to": "there"})
    app = await app_of(own_server, own_server.admin)
    assert "sonicSimilarity" not in {each["name"] for each in await app.ask("getOpenSubsonicExtensions")}
    await app.refused("getSonicSimilarTracks", 0, id=f"tr-{first}")
