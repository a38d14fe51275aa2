"""Taking music along over the native API, with a real ffmpeg: planned, made, fetched, gone on with."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest

from mcma_plugins.ids import JobId
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
PATIENCE = 60.0
PLAN = "/api/v1/offline/plan"


async def album(server: Server, title: str = "First") -> dict[str, Any]:
    found = (await server.user.get("/api/v1/albums", params={"q": title}))["items"][0]
    return {"kind": "album", "id": found["id"]}


async def ready(server: Server, person: Person, wish: dict[str, Any]) -> Any:
    """The plan, asked for again until nothing is open."""
    async with asyncio.timeout(PATIENCE):
        while (found := await person.post(PLAN, wish))["poll_after"] is not None:
            for job in found["jobs"]:
                await server.core.services.jobs.wait(JobId(UUID(job)), PATIENCE)
    return found


async def fetched(person: Person, entry: dict[str, Any]) -> bytes:
    """In two parts, as after a connection that was lost in the middle."""
    half = entry["size"] // 2
    begun = await person.ask("GET", entry["url"], 206, headers={"range": f"bytes=0-{half - 1}"})
    assert begun.headers["etag"] == f'"{entry["etag"]}"'
    rest = {"range": f"bytes={half}-", "if-range": begun.headers["etag"]}
    return bytes(begun.content + (await person.ask("GET", entry["url"], 206, headers=rest)).content)


async def test_an_album_is_planned_made_and_fetched(server: Server) -> None:
    pin = await album(server)
    wish = {"pins": [pin], "profile": "opus-128"}
    looked = await server.user.post(PLAN, wish)
    assert {(one["state"], one["reason"], one["etag"]) for one in looked["entries"]} == {
        ("waiting", "not_started", None)
    }
    assert looked["jobs"] == []
    assert looked["totals"]["estimated_bytes"] > 0
    begun = await server.user.post(PLAN, wish | {"start": True})
    assert {one["state"] for one in begun["entries"]} <= {"queued", "making", "ready"}
    made = await ready(server, server.user, wish | {"start": True})
    listed = (await server.user.get(f"/api/v1/albums/{pin['id']}/tracks"))["items"]
    assert [one["track_id"] for one in made["entries"]] == [one["id"] for one in listed]
    assert made["totals"] | {"bytes": 0} == {
        "count": 3, "bytes": 0, "estimated_bytes": 0, "held": 0, "left_out": 0, "left_out_bytes": 0,
    }  # fmt: skip
    assert made["totals"]["bytes"] <= looked["totals"]["estimated_bytes"], "estimates are upper bounds"
    for entry in made["entries"]:
        assert (entry["state"], entry["suffix"], entry["estimated"]) == ("ready", "opus", False)
        whole = await server.user.ask("GET", entry["url"])
        assert whole.headers["content-type"] == entry["content_type"]
        assert len(whole.content) == entry["size"]
        again = await fetched(server.user, entry)
        assert hashlib.sha256(again).digest() == hashlib.sha256(whole.content).digest()
    ids = [one["file_id"] for one in made["entries"]]
    after = await server.user.post(PLAN, wish | {"start": True, "have": [*ids, str(uuid4())]})
    assert {one["state"] for one in after["entries"]} == {"held"}
    assert (after["totals"]["held"], len(after["unneeded"])) == (3, 1)


async def test_originals_are_ready_at_once(server: Server) -> None:
    pin = await album(server, "Second")
    [first, second] = (await server.user.post(PLAN, {"pins": [pin]}))["entries"]
    for entry, name in ((first, "1.mp3"), (second, "2.mp3")):
        content = (server.music / "Bob" / name).read_bytes()
        assert (entry["profile"], entry["state"], entry["size"]) == ("original", "ready", len(content))
        assert entry["etag"] == entry["file_id"]
        assert await fetched(server.user, entry) == content


async def test_as_the_device_says_of_itself(server: Server) -> None:
    said = {"name": "Phone", "profile": {"codecs": ["mp3", "opus"], "max_bit_rate_kbps": 128}}
    device = await server.user.post("/api/v1/devices", said, 201)
    pins = [await album(server, "Second"), await album(server)]
    found = await server.user.post(PLAN, {"pins": pins, "device_id": device["id"]})
    formats = {one["suffix"] for one in found["entries"]}
    assert formats == {"mp3"}
    assert {one["profile"] for one in found["entries"]} <= {"original", "mp3-128"}
    await server.user.post(PLAN, {"pins": pins, "device_id": str(uuid4())}, 404)


async def test_what_is_not_a_plan(server: Server) -> None:
    pin = await album(server)
    wrong: list[dict[str, Any]] = [
        {}, {"pins": []}, {"pins": [pin] * 501}, {"pins": [{"kind": "album"}]},
        {"pins": [{"kind": "likes", "id": str(uuid4())}]}, {"pins": [{"kind": "folder", "id": str(uuid4())}]},
        {"pins": [pin], "profile": "bogus"}, {"pins": [pin], "profile": "raw"},
        {"pins": [pin], "budget_bytes": -1}, {"pins": [pin], "budget_bytes": 2**60},
        {"pins": [pin], "max_bit_rate": 0}, {"pins": [pin], "have": ["x"]}, {"pins": [pin], "more": 1},
        {"pins": [pin], "have": [str(uuid4())] * 20_001},
    ]  # fmt: skip
    for wish in wrong:
        await server.user.post(PLAN, wish, 422)
    await server.nobody.post(PLAN, {"pins": [pin]}, 401)
    unable = await server.person("who may not take along")
    assert unable.caller is not None
    await server.admin.patch(f"/api/v1/users/{unable.caller.user_id}", {"rights": []})
    assert (await unable.post(PLAN, {"pins": [pin]}, 403))["code"] == "right_missing"


async def test_of_other_libraries_nothing_is_told(server: Server) -> None:
    outsider = await server.person("outsider of plans")
    assert outsider.caller is not None
    await server.admin.patch(f"/api/v1/users/{outsider.caller.user_id}", {"libraries": []})
    pins = [await album(server), {"kind": "album", "id": str(uuid4())}, {"kind": "likes"}]
    found = await outsider.post(PLAN, {"pins": pins})
    assert found["entries"] == []
    assert [one["reason"] for one in found["missing"]] == ["unknown", "unknown"]
