"""Radio over the native API."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio
RADIO = "/api/v1/radio"


async def test_a_radio_from_a_track_to_its_end(server: Server) -> None:
    first = (await server.user.get("/api/v1/tracks"))["items"][0]
    answer = await server.user.ask(
        "POST", RADIO, 201, json={"items": [{"kind": "track", "id": first["id"]}], "limit": 2}
    )
    begun = answer.json()
    assert answer.headers["location"] == f"{RADIO}/{begun['id']}"
    assert len(begun["items"]) == 2
    assert all(one["reasons"] for one in begun["items"])
    found, cursor = begun["items"], begun["next"]
    while cursor is not None:
        page = await server.user.get(f"{RADIO}/{begun['id']}", params={"cursor": cursor, "limit": 2})
        found, cursor = found + page["items"], page["next"]
        assert len(found) <= 5
    assert {one["track"]["title"] for one in found} == {"Song 1", "Song 2", "Song 3", "Tune 1", "Tune 2"}
    whole = await server.user.get(f"{RADIO}/{begun['id']}", params={"limit": 5})
    assert [one["track"]["id"] for one in whole["items"]] == [one["track"]["id"] for one in found]


async def test_from_me_and_from_a_genre(server: Server) -> None:
    mine = await server.user.post(RADIO, {"limit": 3}, 201)
    assert len(mine["items"]) == 3
    jazz = await server.user.post(RADIO, {"genre": "jazz", "seed": 5}, 201)
    assert {one["track"]["title"] for one in jazz["items"]} >= {"Tune 1", "Tune 2"}


async def test_what_is_not_there_or_not_mine(server: Server) -> None:
    begun = await server.user.post(RADIO, {}, 201)
    await server.admin.get(f"{RADIO}/{begun['id']}", 404)
    await server.user.get(f"{RADIO}/{uuid4()}", 404)
    await server.user.post(RADIO, {"items": [{"kind": "album", "id": str(uuid4())}]}, 404)
    await server.user.post(RADIO, {"genre": "none such"}, 404)


@pytest.mark.parametrize(
    "sent",
    [
        {"limit": 0},
        {"limit": 101},
        {"seed": -1},
        {"genre": ""},
        {"items": [{"kind": "user", "id": "019353a0-0000-7000-8000-000000000001"}]},
        {"items": [{"kind": "track", "id": "x"}]},
        {"items": "all"},
        {"more": 1},
    ],
)
async def test_bad_wishes_are_refused(server: Server, sent: dict[str, Any]) -> None:
    await server.user.post(RADIO, sent, 422)


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "Wy0xXQ", "Wzk5OTk5XQ", "WzEsMl0"])
async def test_bad_cursors_are_refused(server: Server, cursor: str) -> None:
    begun = await server.user.post(RADIO, {"limit": 1}, 201)
    await server.user.get(f"{RADIO}/{begun['id']}", 422, params={"cursor": cursor})
