"""Similar tracks and artists, and top tracks, over the native API."""

from uuid import uuid4

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def test_similar_tracks_say_why(server: Server) -> None:
    first = (await server.user.get("/api/v1/tracks"))["items"][0]
    found = await server.user.get(f"/api/v1/tracks/{first['id']}/similar", params={"limit": 3})
    assert {one["track"]["title"] for one in found["items"]} == {"Song 2", "Song 3"}
    assert {reason["code"] for reason in found["items"][0]["reasons"]} >= {"same_artist", "shared_genre"}
    assert [note["code"] for note in found["notes"]] == ["sound_absent"]


async def test_similar_artists(server: Server) -> None:
    ann, bob = (await server.user.get("/api/v1/artists"))["items"]
    found = await server.user.get(f"/api/v1/artists/{ann['id']}/similar")
    assert found["items"] == [], "Bob is not like her: another genre, another time"
    assert bob["name"] == "Bob Birch"


async def test_top_tracks_of_an_artist(server: Server) -> None:
    ann, _ = (await server.user.get("/api/v1/artists"))["items"]
    listed = await server.user.get(f"/api/v1/artists/{ann['id']}/top", params={"limit": 2})
    assert len(listed["items"]) == 2
    last = listed["items"][-1]["id"]
    await server.user.post("/api/v1/plays", {"plays": [{"track_id": last}]}, 204)
    top = (await server.admin.get(f"/api/v1/artists/{ann['id']}/top"))["items"]
    assert (top[0]["id"], len(top)) == (last, 3)


@pytest.mark.parametrize("path", ["tracks/{}/similar", "artists/{}/similar", "artists/{}/top"])
async def test_what_is_not_there(server: Server, path: str) -> None:
    await server.user.get(f"/api/v1/{path.format(uuid4())}", 404)
    await server.user.get(f"/api/v1/{path.format('no-uuid')}", 422)
    known = (await server.user.get(f"/api/v1/{path.partition('/')[0]}"))["items"][0]["id"]
    await server.user.get(f"/api/v1/{path.format(known)}", 422, params={"limit": 0})
    await server.user.get(f"/api/v1/{path.format(known)}", 422, params={"limit": 501})
