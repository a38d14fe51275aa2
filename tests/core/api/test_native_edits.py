"""PATCH /tracks/{id}: what people say about tracks, over the native API."""

from typing import Any
from uuid import uuid4

import pytest

from mcma.api.routes._edits import TrackEdit
from mcma.domain.editing import FIELDS
from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def a_track(server: Server, title: str) -> str:
    found = await server.user.get("/api/v1/tracks", params={"q": title})
    return f"/api/v1/tracks/{found['items'][0]['id']}"


def test_what_can_be_said_is_what_the_service_understands() -> None:
    assert set(TrackEdit.model_fields) - {"base_rev", "only_fields"} == set(FIELDS)


async def test_a_person_wins_and_can_take_it_back(server: Server) -> None:
    path = await a_track(server, "Song 3")
    said = {"title": "Said", "genres": ["Blues"], "date": "1972-04", "comment": "so",
            "recording_mbid": str(uuid4()), "explicit": True}  # fmt: skip
    edited = await server.admin.patch(path, said)
    assert edited == await server.admin.get(path)
    assert {name: edited[name] for name in said} == said
    assert (edited["metadata_status"], edited["year"]) == ("manual", 1972)
    back = await server.admin.patch(path, dict.fromkeys(said))
    assert (back["title"], back["genres"], back["metadata_status"]) == ("Song 3", ["Folk"], "pending")


async def test_numbers_can_be_said(server: Server) -> None:
    path = await a_track(server, "Song 3")
    edited = await server.admin.patch(path, {"track": 7, "bpm": 90.5})
    assert (edited["track"], edited["bpm"]) == (7, 90.5)
    await server.admin.patch(path, {"track": None, "bpm": None})


async def test_only_admins_and_only_what_is_there(server: Server) -> None:
    path = await a_track(server, "Song 2")
    await server.user.patch(path, {"title": "x"}, 403)
    await server.admin.patch(f"/api/v1/tracks/{uuid4()}", {"title": "x"}, 404)
    await server.admin.patch(path, {"title": "x", "base_rev": 2_000_000_000}, 409)
    assert (await server.admin.get(path))["title"] == "Song 2"


@pytest.mark.parametrize(
    "said",
    [{"titel": "x"}, {"title": ""}, {"title": "a\0b"}, {"title": "x" * 1001}, {"track": 0}, {"track": 10**9},
     {"track": "5"}, {"track": True}, {"date": "1999-13"}, {"date": "yesterday"}, {"genres": "Rock"},
     {"genres": ["x"] * 51}, {"artists": [None]}, {"bpm": 1e300}, {"recording_mbid": "x"},
     {"explicit": "maybe"}],
)  # fmt: skip
async def test_what_cannot_be_said(server: Server, said: dict[str, Any]) -> None:
    problem = await server.admin.patch(await a_track(server, "Song 2"), said, 422)
    assert next(iter(said)) in problem["detail"]


async def test_an_edit_on_an_old_revision_is_a_conflict(server: Server) -> None:
    path = await a_track(server, "Song 3")
    seen = (await server.admin.get(path))["rev"]
    edited = await server.admin.patch(path, {"comment": "mine", "base_rev": seen})
    assert edited["rev"] > seen
    problem = await server.admin.patch(path, {"comment": "theirs", "base_rev": seen}, 409)
    assert problem["code"] == "rev_conflict"
    await server.admin.patch(path, {"comment": None, "base_rev": edited["rev"]})
