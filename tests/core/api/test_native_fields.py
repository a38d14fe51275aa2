"""Who says what of a track over the native API, and whose the track is."""

from uuid import uuid4

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def a_track(server: Server, title: str) -> str:
    found = await server.user.get("/api/v1/tracks", params={"q": title})
    return f"/api/v1/tracks/{found['items'][0]['id']}"


async def test_every_value_is_shown_with_who_says_it(server: Server) -> None:
    path = await a_track(server, "Song 3")
    await server.admin.patch(path, {"title": "Said", "only_fields": True})
    shown = await server.admin.get(path)
    assert shown["provenance"]["title"] == "person"
    listed = {one["field"]: one for one in (await server.admin.get(f"{path}/fields"))["items"]}
    title = listed["title"]
    assert (title["value"], title["origin"], title["rule"]) == ("Said", "person", "prefer")
    assert [(one["value"], one["origin"]) for one in title["values"]] == [
        ("Song 3", "tag"),
        ("Said", "person"),
    ]
    assert title["values"][1]["user_id"] == (await server.admin.get("/api/v1/users/me"))["id"]
    assert listed["genres"]["origin"] == "tag"
    await server.admin.patch(path, {"title": None, "only_fields": True})
    assert "title" not in (await server.admin.get(path))["provenance"]


async def test_only_fields_leaves_the_track_automatic(server: Server) -> None:
    path = await a_track(server, "Song 3")
    said = {"title": "Said", "only_fields": True}
    assert (await server.admin.patch(path, said))["metadata_status"] == "pending"
    assert (await server.admin.patch(path, {"comment": "mine"}))["metadata_status"] == "manual"
    assert (await server.admin.patch(path, {"comment": None, "only_fields": True}))[
        "metadata_status"
    ] == "manual"
    assert (await server.admin.patch(path, {"title": None}))["metadata_status"] == "pending"


async def test_a_track_is_taken_and_released(server: Server) -> None:
    path = await a_track(server, "Song 3")
    taken = await server.admin.put(f"{path}/manual", status=200)
    assert (taken["metadata_status"], taken["title"]) == ("manual", "Song 3")
    assert (await server.admin.put(f"{path}/manual", status=200))["rev"] == taken["rev"]
    await server.admin.patch(path, {"title": "Said"})
    back = await server.admin.patch(path, {"title": None})
    assert back["metadata_status"] == "manual"  # what was taken as a whole stays taken
    await server.admin.patch(path, {"title": "Said"})
    released = await server.admin.delete(f"{path}/manual", 200)
    assert (released["metadata_status"], released["title"]) == ("pending", "Said")
    await server.admin.patch(path, {"title": None})


async def test_only_admins_and_only_what_is_there(server: Server) -> None:
    path = await a_track(server, "Song 2")
    await server.user.get(f"{path}/fields", 403)
    await server.user.put(f"{path}/manual", status=403)
    await server.user.delete(f"{path}/manual", 403)
    for ask in (server.admin.delete, server.admin.get):
        await ask(f"/api/v1/tracks/{uuid4()}/{'fields' if ask == server.admin.get else 'manual'}", 404)
