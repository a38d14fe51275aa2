"""Similar tracks and artists, and top tracks, over the native API."""

from uuid import uuid4

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def test_similar_tracks_say_why(server: Server) -> None:
    first = (await server.user.get("/api/v1/tracks"))["items"][0]
    found = await server.user.get(f"/api/v1/tracks/{first['id']}/similar", params={"limit": 3})
    why = {one["track"]["title"]: {reason["code"] for reason in one["reasons"]} for one in found["items"]}
    assert why["Song 2"] >= {"same_artist", "shared_genre"}
    assert why.keys() == {"Song 2", "Song 3", "Tune 1"}, "which she wrote"
    assert [note["code"] for note in found["notes"]] == ["sound_absent"]


async def test_similar_artists(server: Server) -> None:
    ann, bob = (await server.user.get("/api/v1/artists"))["items"]
    found = await server.user.get(f"/api/v1/artists/{ann['id']}/similar")
    [only] = found["items"]
    assert (only["artist"]["id"], bob["name"]) == (bob["id"], "Bob Birch")
    why = [reason["code"] for reason in only["reasons"]]
    assert why == ["credited_together"], "she wrote a tune of his; another genre, another time"


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
