"""Many items in one request."""

from uuid import uuid4

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kinds", ["tracks", "albums", "artists"])
async def test_items_come_in_the_order_asked_for_and_missing_ones_are_named(
    server: Server, kinds: str
) -> None:
    listed = [one["id"] for one in (await server.user.get(f"/api/v1/{kinds}"))["items"]]
    strange, wanted = str(uuid4()), [*reversed(listed), listed[0]]
    found = await server.user.post(f"/api/v1/{kinds}/batch", {"ids": [strange, *wanted, strange]})
    assert [one["id"] for one in found["items"]] == wanted
    assert found["missing"] == [strange]
    assert found["replaced"] == {}


async def test_playlists(server: Server) -> None:
    mine = (await server.user.post("/api/v1/playlists", {"name": "Mine"}, 201))["id"]
    theirs = (await server.admin.post("/api/v1/playlists", {"name": "Theirs"}, 201))["id"]
    found = await server.user.post("/api/v1/playlists/batch", {"ids": [theirs, mine]})
    assert [one["name"] for one in found["items"]] == ["Mine"]
    assert found["missing"] == [theirs]


async def test_what_nobody_may_see_is_missing(server: Server) -> None:
    ids = [one["id"] for one in (await server.user.get("/api/v1/tracks"))["items"]]
    outsider = await server.person("outsider of batches")
    assert outsider.caller is not None
    await server.admin.patch(f"/api/v1/users/{outsider.caller.user_id}", {"libraries": []})
    assert (await outsider.post("/api/v1/tracks/batch", {"ids": ids}))["missing"] == ids


async def test_batches_have_an_end(server: Server) -> None:
    assert await server.user.post("/api/v1/tracks/batch", {"ids": []}) == {
        "items": [],
        "missing": [],
        "replaced": {},
    }
    many = [str(uuid4()) for _ in range(1000)]
    assert len((await server.user.post("/api/v1/tracks/batch", {"ids": many}))["missing"]) == 1000
    await server.user.post("/api/v1/tracks/batch", {"ids": [*many, many[0]]}, 422)
