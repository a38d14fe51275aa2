"""What people are asked, what they say, and how it is taken back, over the native API."""

from typing import Any
from uuid import UUID

import pytest

from mcma.api.paging import packed
from mcma.domain.matching import Facts
from mcma.services.matching.values import Decision, Proposal, Thing
from mcma.store.clock import new_id
from mcma.store.dialect import lock_catalogue
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
PATH = "/api/v1/reviews"
SONG = {"title": "Nowhere to be found", "artists": ["Nobody"], "duration_ms": 200_000}


async def asked(server: Server, person: Person, title: str = "Nowhere to be found") -> str:
    """A claim of a person's that two things of a shop may be."""
    made = await person.post("/api/v1/downloads", {"claim": {**SONG, "title": title}}, 201)
    claim = (await person.get(f"/api/v1/downloads/{made['id']}"))["claim"]["id"]
    near = [
        Proposal(
            Thing(None, "shop", id_), Facts(title, ("Nobody",), None, length), "source:shop", ("https://x/1",)
        )
        for id_, length in (("near", 211_000), ("far", 290_000))
    ]
    async with server.core.database.write() as transaction:
        await lock_catalogue(transaction.connection)
        await server.core.services.matching.consider(transaction.connection, UUID(claim), near)
    return str(claim)


async def test_from_the_question_to_the_answer_and_back(server: Server) -> None:
    asker, stranger = await server.person("asker"), await server.person("stranger")
    heard: list[Decision] = []

    async def hear(_: object, decision: Decision) -> None:
        heard.append(decision)

    server.core.services.matching.listen(hear)
    claim = await asked(server, asker)
    [review] = (await asker.get(PATH, params={"state": "open", "kind": "download"}))["items"]
    assert (review["claim_id"], review["state"], review["user"]) == (claim, "open", "asker")
    assert [one["source_id"] for one in review["candidates"]] == ["near", "far"]
    assert {"field": "duration", "score": 0.0, "note": "90 s apart"} in review["candidates"][1]["reasons"]
    assert (await stranger.get(PATH))["items"] == []
    await stranger.get(f"{PATH}/{claim}", 404)
    await stranger.post(f"{PATH}/{claim}/decide", {"none": True}, 404)
    await stranger.post(f"{PATH}/{claim}/undo", None, 404)
    assert claim in {one["claim_id"] for one in (await server.admin.get(PATH))["items"]}
    said = await asker.post(f"{PATH}/{claim}/decide", {"candidate_id": review["candidates"][0]["id"]}, 200)
    assert (said["state"], said["source_id"], said["decided_by"]) == ("decided", "near", "person")
    assert said["claim"]["source_id"] == "near"
    back = await asker.post(f"{PATH}/{claim}/undo", None, 200)
    assert (back["state"], back["source_id"], back["claim"]["source_id"]) == ("open", None, None)
    assert (await asker.post(f"{PATH}/{claim}/undo", None, 409))["code"] == "nothing_to_undo"
    assert [one.kind for one in heard] == ["person", "undone"]
    barred = (await asker.get(f"{PATH}/blocks"))["items"]
    assert [(one["claim_id"], one["source_id"]) for one in barred] == [(claim, "near")]


@pytest.mark.parametrize(
    "body",
    [{}, {"none": False}, {"none": True, "track_id": str(new_id())}, {"source": "shop"}, {"source_id": "x"},
     {"candidate_id": "x"}, {"source": "shop", "source_id": "a b"}, {"source": "../x", "source_id": "a"}],
)  # fmt: skip
async def test_what_cannot_be_said(server: Server, body: dict[str, Any]) -> None:
    await server.admin.post(f"{PATH}/{new_id()}/decide", body, 422)


async def test_many_at_once(server: Server) -> None:
    asker = await server.person("busy")
    first, second = await asked(server, asker, "One song"), await asked(server, asker, "Another song")
    unknown = str(new_id())
    sent = {
        "decisions": [
            {"claim_id": first, "none": True}, {"claim_id": unknown, "none": True},
            {"claim_id": first, "candidate_id": unknown},
            {"claim_id": second, "source": "shop", "source_id": "far"},
        ]
    }  # fmt: skip
    results = (await asker.post(f"{PATH}/decide", sent, 200))["results"]
    assert [one["status"] for one in results] == ["decided", "rejected", "rejected", "decided"]
    assert [one["code"] for one in results] == [None, "not_found", "not_found", None]
    assert results[3]["source_id"] == "far"
    assert (await asker.get(PATH, params={"state": "open"}))["items"] == []
    page = await asker.get(PATH, params={"limit": 1})
    rest = await asker.get(PATH, params={"limit": 1, "cursor": page["next"]})
    assert [one["claim_id"] for one in (*page["items"], *rest["items"])] == [second, first]
    await asker.post(f"{PATH}/decide", {"decisions": []}, 422)
    for cursor in ("WyJ4Il0", packed("yesterday", unknown), packed("2026-01-01T00:00:00", unknown)):
        assert "cursor" in (await asker.get(PATH, 422, params={"cursor": cursor}))["detail"]


async def test_never_this_one_again(server: Server) -> None:
    asker, other = await server.person("choosy"), await server.person("other")
    claim = await asked(server, asker)
    sent = {"source": "shop", "source_id": "near", "note": "A bad copy"}
    made = await asker.post(f"{PATH}/blocks", sent, 201)
    assert await asker.post(f"{PATH}/blocks", sent, 201) == made
    await asker.post(f"{PATH}/blocks", {**sent, "everybody": True}, 403)
    everybodys = await server.admin.post(f"{PATH}/blocks", {**sent, "everybody": True}, 201)
    assert everybodys["user_id"] is None
    for body, status in (({}, 422), ({"source": "shop"}, 422), ({"track_id": str(new_id())}, 404),
                         ({**sent, "claim_id": str(new_id())}, 404)):  # fmt: skip
        await asker.post(f"{PATH}/blocks", body, status)
    await other.post(f"{PATH}/blocks", {**sent, "claim_id": claim}, 404)
    assert [one["id"] for one in (await other.get(f"{PATH}/blocks"))["items"]] == [everybodys["id"]]
    await other.delete(f"{PATH}/blocks/{made['id']}", 404)
    await other.delete(f"{PATH}/blocks/{everybodys['id']}", 404)
    await asker.delete(f"{PATH}/blocks/{made['id']}")
    await server.admin.delete(f"{PATH}/blocks/{everybodys['id']}")
    assert (await asker.get(f"{PATH}/blocks"))["items"] == []
