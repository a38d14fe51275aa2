"""Playlists of a source through the API, from the address to rows with tracks."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from mcma_plugins.ids import JobId
from tests.support.jobs import until
from tests.support.server import Server, serving
from tests.support.shop import DOWN, Shop, open_shop, shops_installed

pytestmark = pytest.mark.anyio
LINK = "https://shop.example/playlist/p"
IMPORT = "/api/v1/playlists/import/link"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    folder.mkdir()
    with open_shop(folder) as shop, shops_installed(tmp_path, shop=shop):
        shop.add_track("t1", "Song 1", fmt=None)
        shop.add_track("t2", "Song from Afar", ["Zoe"], fmt=None)
        shop.add_playlist("p", "Sunday", ["t1", "t2", "t1"], track_count=3)
        yield shop


@pytest.fixture
async def server(shop: Shop, database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, database_url, jobs=True) as made:
        yield made


async def test_what_is_known_by_an_address_or_an_id_alone_is_described(server: Server, shop: Shop) -> None:
    shop.add_track("t3", "Song 2", fmt=None)
    text = "title,url,source,source id\n,https://shop.example/track/t1,,\n,,shop,t2\n,,shop,t9\n,,gone,x\n,,shop,t3\n"
    made = await server.user.ask("POST", "/api/v1/playlists/import", 201, content=text.encode())
    path = made.headers["location"]

    async def described() -> bool:
        jobs = (await server.user.get("/api/v1/jobs", params={"kind": "describe_playlist"}))["items"]
        return [one["state"] for one in jobs] == ["succeeded"]

    await until(described)
    rows = (await server.user.get(f"{path}/items"))["items"]
    shown = [one["track"]["title"] if one["track"] else f"({one['claim']['title']})" for one in rows]
    assert shown == ["Song 1", "(Song from Afar)", "(?)", "(?)", "Song 2"]
    assert [one["claim"]["source_id"] for one in rows] == ["t1", "t2", "t9", "x", "t3"]
    assert (await server.user.get(path))["song_count"] == 2


async def test_from_an_address_to_rows(server: Server, shop: Shop) -> None:
    answer = await server.user.ask("POST", IMPORT, 201, json={"url": LINK, "follow": True})
    made, path = answer.json(), answer.headers["location"]
    assert made["playlist"]["name"] == "Sunday"
    await server.core.services.jobs.wait(JobId(UUID(made["job_id"])), 20)
    rows = (await server.user.get(f"{path}/items"))["items"]
    assert [one["track"] and one["track"]["title"] for one in rows] == ["Song 1", None, "Song 1"]
    assert (rows[1]["claim"]["source"], rows[1]["claim"]["source_id"]) == ("shop", "t2")
    view = await server.user.get(path)
    assert (view["song_count"], view["origin"]["source"], view["origin"]["follow"]) == (2, "shop", True)
    refused = await server.user.ask("DELETE", f"{path}/items", 403)
    assert refused.json()["code"] == "playlist_follows"
    again = await server.user.ask("POST", IMPORT, 200, json={"url": LINK, "follow": True})
    assert again.json()["playlist"]["id"] == view["id"]
    refreshed = await server.user.ask("POST", f"{path}/refresh", 202)
    await server.core.services.jobs.wait(JobId(UUID(refreshed.json()["job_id"])), 20)
    assert len((await server.user.get(f"{path}/items"))["items"]) == 3
    report = await server.user.get(f"{path}/report")
    assert (report["matched"], report["missing"]) == (2, 1)
    assert (await server.user.post(f"{path}/unfollow"))["origin"]["follow"] is False
    await server.user.delete(f"{path}/items", 200)
    await server.admin.post(f"{path}/refresh", None, 404)
    shop.fault = DOWN
    down = await server.user.ask("POST", IMPORT, 503, json={"url": "https://shop.example/playlist/q"})
    assert down.json()["code"] == "source_unavailable"
