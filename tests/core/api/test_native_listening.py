"""Likes, ratings and plays over the native API."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio
KINDS = ("track", "album", "artist")


async def one_of(server: Server, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = (await server.user.get(f"/api/v1/{kind}s"))["items"][0]
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_likes_come_and_go(server: Server, kind: str) -> None:
    item = await one_of(server, kind)
    path = f"/api/v1/likes/{kind}/{item['id']}"
    await server.user.put(path)
    await server.user.put(path)
    liked = (await server.user.get("/api/v1/likes"))[f"{kind}s"]
    assert [one["id"] for one in liked] == [item["id"]]
    assert liked[0]["user"]["liked_at"] is not None
    page = await server.user.get(f"/api/v1/{kind}s", params={"liked": True})
    assert [one["id"] for one in page["items"]] == [item["id"]]
    assert (await server.admin.get("/api/v1/likes"))[f"{kind}s"] == []
    await server.user.delete(path)
    assert (await server.user.get("/api/v1/likes"))[f"{kind}s"] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_ratings(server: Server, kind: str) -> None:
    item = await one_of(server, kind)
    path = f"/api/v1/ratings/{kind}/{item['id']}"
    await server.user.put(path, {"rating": 4})
    assert (await one_of(server, kind))["user"]["rating"] == 4
    await server.user.delete(path)
    assert (await one_of(server, kind))["user"]["rating"] is None


@pytest.mark.parametrize("rating", [-1, 6, 2**40, "x", None, 2.5, True])
async def test_ratings_that_are_none(server: Server, rating: Any) -> None:
    item = await one_of(server, "track")
    await server.user.put(f"/api/v1/ratings/track/{item['id']}", {"rating": rating}, 422)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_not_there_is_neither_liked_nor_rated(server: Server, kind: str) -> None:
    await server.user.put(f"/api/v1/likes/{kind}/{uuid4()}", status=404)
    await server.user.delete(f"/api/v1/likes/{kind}/{uuid4()}", status=404)
    await server.user.put(f"/api/v1/ratings/{kind}/{uuid4()}", {"rating": 1}, 404)
    await server.user.put(f"/api/v1/likes/playlist/{uuid4()}", status=422)


async def test_likes_made_offline_are_reported_once(server: Server) -> None:
    traveller, item, id_ = await server.person("traveller"), await one_of(server, "album"), str(uuid4())
    event = {"id": id_, "kind": "album", "item_id": item["id"], "liked": True,
             "at": "2020-01-01T00:00:00+02:00"}  # fmt: skip
    lost = {**event, "id": str(uuid4()), "item_id": str(uuid4())}
    found = await traveller.post("/api/v1/likes", {"events": [event, lost]})
    assert {one["id"]: one["status"] for one in found["items"]} == {id_: "applied", lost["id"]: "rejected"}
    again = await traveller.post("/api/v1/likes", {"events": [event]})
    assert [one["status"] for one in again["items"]] == ["duplicate"]
    earlier = {**event, "id": str(uuid4()), "liked": False, "at": "2019-01-01T00:00:00Z"}
    late = await traveller.post("/api/v1/likes", {"events": [earlier]})
    assert [one["status"] for one in late["items"]] == ["superseded"]
    [album] = (await traveller.get("/api/v1/likes"))["albums"]
    assert album["user"]["liked_at"] == "2019-12-31T22:00:00Z"
    assert await traveller.post("/api/v1/likes", {"events": []}) == {"items": []}


_NO_TIMES = ["", "yesterday", "2020-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
             1e40]  # fmt: skip


@pytest.mark.parametrize(
    "at",
    ["", "yesterday", "2020-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 1e40],
)
async def test_times_that_are_none(server: Server, at: Any) -> None:
    event = {"id": str(uuid4()), "kind": "track", "item_id": str(uuid4()), "liked": True, "at": at}
    await server.user.post("/api/v1/likes", {"events": [event]}, 422)
    await server.user.post("/api/v1/plays", {"plays": [{"track_id": str(uuid4()), "at": at}]}, 422)


async def test_plays_count_once(server: Server) -> None:
    item = await one_of(server, "track")
    play = {"track_id": item["id"], "at": "2021-05-05T10:00:00Z", "ms_played": 1000}
    for _ in range(2):
        await server.user.post("/api/v1/plays", {"plays": [play, {"track_id": str(uuid4())}]}, 204)
    assert (await one_of(server, "track"))["user"]["play_count"] == 1
    listed = await server.user.get("/api/v1/artists?sort=-plays&played=true")
    assert [one["user"]["play_count"] for one in listed["items"]] == [1]
    assert listed["items"][0]["user"]["last_played_at"].startswith("2021-05-05T10:00:00")
    [first, *_] = (await server.user.get("/api/v1/artists?sort=-last_played"))["items"]
    assert first["id"] == listed["items"][0]["id"]
    await server.user.post("/api/v1/plays", {"plays": []}, 204)
    await server.user.post("/api/v1/plays", {"plays": [{**play, "ms_played": 2**31}]}, 422)


async def test_now_playing(server: Server) -> None:
    item = await one_of(server, "track")
    await server.user.put("/api/v1/now-playing", {"track_id": item["id"]})
    [shown] = (await server.admin.get("/api/v1/now-playing"))["items"]
    assert (shown["user"], shown["track"]["id"]) == ("listener", item["id"])
    await server.user.put("/api/v1/now-playing", {"track_id": str(uuid4())}, 404)


async def test_a_player_tells_where_it_is(server: Server) -> None:
    item, path = await one_of(server, "track"), "/api/v1/now-playing"
    told = {"track_id": item["id"], "state": "paused", "position_ms": 1500, "rate": 1.5, "counts": True}
    await server.user.put(path, told)
    [shown] = (await server.admin.get(path))["items"]
    assert (shown["state"], shown["position_ms"], shown["rate"]) == ("paused", 1500, 1.5)
    await server.user.put(path, told | {"state": "stopped"})
    assert (await server.admin.get(path))["items"] == []
    for bad in ({"state": "asleep"}, {"rate": 0}, {"rate": 99}, {"position_ms": -1}, {"position_ms": 2**60}):
        await server.user.put(path, told | bad, 422)
