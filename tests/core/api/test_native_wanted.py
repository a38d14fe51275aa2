"""Asking for what is not here, over the native API."""

from typing import Any
from uuid import uuid4

import pytest

from mcma.store.clock import new_id
from tests.support.server import Server

pytestmark = pytest.mark.anyio
PATH = "/api/v1/downloads"
SONG = {"title": "Nowhere to be found", "artists": ["Nobody"], "duration_ms": 200_000}


async def test_from_asking_to_asking_no_more(server: Server) -> None:
    asker = await server.person("asker")
    sent = {"claim": SONG, "note": "The long one"}
    made = await asker.ask("POST", PATH, 201, json=sent)
    said = made.json()
    assert (said["state"], said["waiting_for"], said["track_id"]) == ("requested", "source", None)
    assert made.headers["location"] == f"{PATH}/{said['id']}"
    again = await asker.post(PATH, {"claim": {**SONG, "title": "NOWHERE to be found"}}, 200)
    assert again == said
    shown = await asker.get(f"{PATH}/{said['id']}")
    assert (shown["claim"]["title"], shown["note"], shown["user"]) == (SONG["title"], "The long one", "asker")
    assert (await asker.get(PATH))["items"] == [shown]
    await asker.delete(f"{PATH}/{said['id']}")
    await asker.get(f"{PATH}/{said['id']}", 404)
    await asker.delete(f"{PATH}/{said['id']}", 404)
    assert (await asker.post(PATH, sent, 201))["id"] != said["id"]


async def test_the_same_thing_of_a_source_is_one_request_of_each(server: Server) -> None:
    one, two = await server.person("one"), await server.person("two")
    thing, id_ = {"source": "tube", "source_id": "dQw4w9WgXcQ"}, str(new_id())
    first = await one.post(PATH, {**thing, "id": id_}, 201)
    assert first["id"] == id_
    for sent in ({**thing, "id": id_}, thing, {**thing, "id": str(new_id())}):
        assert await one.post(PATH, sent, 200) == first
    theirs = await two.post(PATH, thing, 201)
    assert theirs["id"] != id_
    assert (await two.post(PATH, {**thing, "id": id_}, 409))["code"] == "id_taken"
    await two.get(f"{PATH}/{id_}", 404)
    await two.delete(f"{PATH}/{id_}", 404)
    everybodys = (await server.admin.get(PATH, params={"state": "requested"}))["items"]
    assert {id_, theirs["id"]} <= {item["id"] for item in everybodys}
    await one.delete(f"{PATH}/{id_}")
    assert (await one.post(PATH, {**thing, "id": id_}, 200))["state"] == "cancelled"


async def test_pages(server: Server) -> None:
    asker = await server.person("often")
    ids = [(await asker.post(PATH, {"source": "tube", "source_id": str(n)}, 201))["id"] for n in range(3)]
    first = await asker.get(PATH, params={"limit": 2})
    rest = await asker.get(PATH, params={"limit": 2, "cursor": first["next"]})
    assert [one["id"] for one in (*first["items"], *rest["items"])] == sorted(ids, reverse=True)
    assert rest["next"] is None
    await asker.get(PATH, 422, params={"cursor": "WyJ4Il0"})


async def test_what_is_here_is_not_asked_for(server: Server) -> None:
    track = (await server.user.get("/api/v1/tracks"))["items"][0]
    claim = {"title": track["title"], "artists": [one["name"] for one in track["artists"]],
             "album": track["album"], "duration_ms": track["duration_ms"]}  # fmt: skip
    found = await server.user.post(PATH, {"claim": claim}, 200)
    assert found == {"id": None, "state": "have", "waiting_for": None, "track_id": track["id"]}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"note": "so"},
        {"source": "tube"},
        {"source_id": "x"},
        {"source": "Tube", "source_id": "x"},
        {"source": "tube", "source_id": "a\nb"},
        {"source": "tube", "source_id": "x" * 501},
        {"claim": {"artists": ["Nobody"]}},
        {"claim": {**SONG, "title": ""}},
        {"claim": {**SONG, "duration_ms": -1}},
        {"claim": SONG, "note": "x" * 1001},
    ],
)
async def test_what_cannot_be_asked(server: Server, sent: dict[str, Any]) -> None:
    await server.user.post(PATH, sent, 422)
    await server.user.get(f"{PATH}/{uuid4()}", 404)
