"""Asking for what is not here, over the native API."""

from dataclasses import replace
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
    there = {"state": "have", "waiting_for": None, "retry_at": None, "track_id": track["id"]}
    assert found == {"id": None, **there}


async def test_without_the_right_an_administrator_decides(server: Server) -> None:
    asker = await server.person("without")
    assert asker.caller is not None
    rights = {"rights": ["download", "upload", "share"]}
    await server.admin.patch(f"/api/v1/users/{asker.caller.user_id}", rights)
    asker = await server.known(replace(asker.caller, rights=frozenset()))
    asked = [await asker.post(PATH, {"source": "tube", "source_id": f"no{n}"}, 201) for n in range(2)]
    assert {(one["state"], one["waiting_for"]) for one in asked} == {("requested", "approval")}
    yes, no = (f"{PATH}/{one['id']}" for one in asked)
    for deed, sent in (("approve", None), ("reject", {"reason": "x"})):
        assert (await asker.post(f"{yes}/{deed}", sent, 403))["code"] == "forbidden"
    allowed = await server.admin.post(f"{yes}/approve")
    assert (allowed["state"], allowed["waiting_for"]) == ("requested", "source")
    refused = await server.admin.post(f"{no}/reject", {"reason": "We have it on vinyl"})
    assert (refused["state"], refused["code"], refused["error"]) == (
        "rejected", "rejected", "We have it on vinyl",
    )  # fmt: skip
    await server.admin.post(f"{yes}/approve", status=409)
    for path in (yes, no):
        await server.admin.post(f"{path}/reject", {}, 409)
    again = await asker.post(PATH, {"source": "tube", "source_id": "no1"}, 200)
    assert again["state"] == "rejected"
    after_all = await server.admin.post(f"{no}/approve")
    assert (after_all["state"], after_all["waiting_for"], after_all["error"]) == ("requested", "source", None)
    await server.admin.post(f"{PATH}/{uuid4()}/approve", status=404)


async def test_cancelled_is_shown_and_can_be_begun_again(server: Server) -> None:
    asker = await server.person("fickle")
    asked = await asker.post(PATH, {"source": "tube", "source_id": "fickle"}, 201)
    path = f"{PATH}/{asked['id']}"
    assert (await asker.post(f"{path}/cancel"))["state"] == "cancelled"
    await asker.post(f"{path}/cancel", status=409)
    assert (await asker.get(PATH, params={"state": "cancelled"}))["items"][0]["id"] == asked["id"]
    assert (await asker.post(f"{path}/retry"))["waiting_for"] == "source"
    await asker.post(f"{path}/cancel")
    again = await asker.post(PATH, {"source": "tube", "source_id": "fickle"}, 200)
    assert (again["id"], again["state"]) == (asked["id"], "requested")
    await server.user.post(f"{path}/cancel", status=404)
    await server.user.post(f"{path}/retry", status=404)


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
        {"claim": SONG, "kind": "album"},
        {"source": "tube", "source_id": "x", "kind": "artist"},
        {"source": "tube", "source_id": "--exec"},
        {"source": "tube", "source_id": "https://tube.example/x"},
        {"source": "tube", "source_id": "../x"},
    ],
)
async def test_what_cannot_be_asked(server: Server, sent: dict[str, Any]) -> None:
    await server.user.post(PATH, sent, 422)
    await server.user.get(f"{PATH}/{uuid4()}", 404)
