"""Playlists over the native API."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio


async def track_ids(server: Server) -> list[str]:
    return [one["id"] for one in (await server.user.get("/api/v1/tracks"))["items"]]


async def made(server: Server, *tracks: str, **more: Any) -> str:
    body = {"name": "Mine", "track_ids": list(tracks), **more}
    answer = await server.user.ask("POST", "/api/v1/playlists", 201, json=body)
    assert answer.headers["location"] == f"/api/v1/playlists/{answer.json()['id']}"
    return answer.headers["location"]


async def rows(person: Person, path: str) -> list[tuple[str, str]]:
    return [(one["id"], one["track"]["id"]) for one in (await person.get(f"{path}/items"))["items"]]


async def order(person: Person, path: str) -> list[str]:
    return [track for _, track in await rows(person, path)]


async def test_a_playlist_is_made_changed_and_deleted(server: Server) -> None:
    first, second, *_ = await track_ids(server)
    path = await made(server, first, str(uuid4()), second, comment="so", public=True)
    shown = await server.user.get(path)
    assert (shown["name"], shown["comment"], shown["public"], shown["song_count"]) == ("Mine", "so", True, 2)
    assert await order(server.user, path) == [first, second]
    changed = await server.user.patch(path, {"name": "Ours", "public": False, "rev": shown["rev"]})
    assert (changed["name"], changed["comment"], changed["public"]) == ("Ours", "so", False)
    await server.user.patch(path, {"name": "Late", "rev": shown["rev"]}, 409)
    await server.user.delete(path, 409, params={"rev": shown["rev"]})
    await server.user.delete(path, params={"rev": changed["rev"]})
    await server.user.get(path, 404)


async def test_rows_are_added_moved_removed_and_replaced(server: Server) -> None:
    a, b, c, d, e = await track_ids(server)
    path = await made(server, a, b)
    await server.user.post(f"{path}/items", {"track_ids": [c]})
    await server.user.post(f"{path}/items", {"track_ids": [d], "place": "start"})
    ids = {track: row for row, track in await rows(server.user, path)}
    await server.user.post(f"{path}/items", {"track_ids": [e], "after": ids[a]})
    assert await order(server.user, path) == [d, a, e, b, c]
    await server.user.post(f"{path}/items/{ids[c]}/move", {})
    await server.user.post(f"{path}/items/{ids[d]}/move", {"after": ids[b]})
    assert await order(server.user, path) == [c, a, e, b, d]
    await server.user.delete(f"{path}/items/{ids[c]}", 200)
    await server.user.post(f"{path}/items/remove", {"item_ids": [ids[a], str(uuid4())]})
    assert await order(server.user, path) == [e, b, d]
    await server.user.put(f"{path}/items", {"track_ids": [b, a]}, 200)
    assert await order(server.user, path) == [b, a]
    await server.user.post(f"{path}/items/{uuid4()}/move", {}, 404)
    await server.user.post(f"{path}/items", {"track_ids": [a], "rev": 0}, 409)


async def test_private_ones_are_nobody_elses(server: Server) -> None:
    path = await made(server)
    for ask in ("GET", "DELETE"):
        await server.admin.ask(ask, path, 404)
    await server.admin.patch(path, {"name": "x"}, 404)
    await server.admin.get(f"{path}/items", 404)
    assert path.rpartition("/")[2] not in [
        one["id"] for one in (await server.admin.get("/api/v1/playlists"))["items"]
    ]


async def test_shared_ones_are_read_by_all_and_changed_by_their_owner(server: Server) -> None:
    path, other = await made(server, public=True), await server.person("neighbour")
    assert (await other.get(path))["owner"] == "listener"
    problem = await other.patch(path, {"name": "x"}, 403)
    assert problem["code"] == "forbidden"
    mine = await other.get("/api/v1/playlists", params={"owner": "neighbour"})
    assert mine["items"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "  "}, {"name": "a\0b"}, {"name": "x" * 201}, {"name": 5}, [], "x", None],
)
async def test_names_that_are_none(server: Server, body: Any) -> None:
    await server.user.post("/api/v1/playlists", body, 422)


async def test_unknown_fields_are_refused_by_name(server: Server) -> None:
    problem = await server.user.post("/api/v1/playlists", {"name": "x", "publik": True}, 422)
    assert "publik" in problem["detail"]
