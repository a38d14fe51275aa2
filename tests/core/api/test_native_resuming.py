"""Bookmarks and queues over the native API."""

from uuid import uuid4

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def track_ids(server: Server) -> list[str]:
    return [one["id"] for one in (await server.user.get("/api/v1/tracks"))["items"]]


async def test_a_bookmark(server: Server) -> None:
    track, *_ = await track_ids(server)
    path = f"/api/v1/bookmarks/{track}"
    await server.user.get(path, 404)
    made = await server.user.put(path, {"position_ms": 1234, "comment": "here"}, 200)
    assert (made["position_ms"], made["comment"], made["track"]["id"]) == (1234, "here", track)
    late = await server.user.put(path, {"position_ms": 1, "at": "2020-01-01T00:00:00Z"}, 200)
    assert late["position_ms"] == 1234
    assert [one["track"]["id"] for one in (await server.user.get("/api/v1/bookmarks"))["items"]] == [track]
    await server.user.delete(path)
    assert (await server.user.get("/api/v1/bookmarks"))["items"] == []
    await server.user.put(f"/api/v1/bookmarks/{uuid4()}", {"position_ms": 1}, 404)
    await server.user.put(path, {"position_ms": -1}, 422)


async def test_a_queue(server: Server) -> None:
    person = await server.person("queuer")
    first, second, *_ = [one["id"] for one in (await server.admin.get("/api/v1/tracks"))["items"]]
    await person.get("/api/v1/queue", 404)
    await server.admin.get("/api/v1/queue", 404)
    body = {"track_ids": [first, str(uuid4()), second], "current_index": 2, "position_ms": 7}
    saved = await server.admin.put("/api/v1/queue", body, 200)
    assert ([one["id"] for one in saved["tracks"]], saved["current_index"]) == ([first, second], 1)
    assert await server.admin.get("/api/v1/queue", params={"shared": True}) == saved
    [summary] = (await server.admin.get("/api/v1/queue/all"))["items"]
    assert (summary["song_count"], summary["rev"], summary["device_id"]) == (2, saved["rev"], None)
    await server.admin.put("/api/v1/queue", body, 404, params={"device_id": str(uuid4())})
    await server.admin.put("/api/v1/queue", {"track_ids": [first], "current_index": 1}, 422)
    await server.admin.put("/api/v1/queue", {"track_ids": [first] * 10_001}, 422)
