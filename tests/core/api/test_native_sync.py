"""The sync protocol over HTTP."""

import asyncio
import gzip
import json
from typing import Any

import pytest

from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
SYNC = "/api/v1/sync"


async def _snapshot(person: Person, **asked: Any) -> list[dict[str, Any]]:
    answer = await person.ask("GET", f"{SYNC}/snapshot", params=asked)
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_what_can_be_synchronised(server: Server) -> None:
    found = await server.user.get(f"{SYNC}/capabilities")
    assert {one["scope"] for one in found["scopes"]} == {f"catalog:{server.library}", "me", "shared"}
    assert "track@1" in found["types"]
    assert len({one["epoch"] for one in found["scopes"]}) == 1


async def test_a_copy_and_what_changed_since(server: Server) -> None:
    *lines, last = await _snapshot(server.user, scope=["me", f"catalog:{server.library}"])
    titles = {line["data"]["title"] for line in lines if line["type"] == "track@1"}
    assert titles == {"Song 1", "Song 2", "Song 3", "Tune 1", "Tune 2"}
    files = [line["data"] for line in lines if line["type"] == "track_file@1"]
    assert {one["suffix"] for one in files} == {"flac", "mp3"}
    track = next(line["id"] for line in lines if line["type"] == "track@1")
    await server.user.put(f"/api/v1/likes/track/{track}")
    asked = {"cursor": last["cursor"], "limit": 1}
    found = await server.user.get(f"{SYNC}/changes", params=asked)
    [line] = found["changes"]
    assert (line["type"], line["id"], line["scope"]) == ("user_item@1", track, "me")
    assert line["data"]["liked_at"]
    assert found["more"] is False
    again = await server.user.get(f"{SYNC}/changes", params={"cursor": found["next"]})
    assert again["changes"] == []


async def test_waiting_for_a_change(server: Server) -> None:
    [*_, last] = await _snapshot(server.user, scope="me")
    asked = {"cursor": last["cursor"], "wait": 20}
    waiting = asyncio.create_task(server.user.get(f"{SYNC}/changes", params=asked))
    made = await server.user.post("/api/v1/playlists", {"name": "New"}, 201)
    assert [line["id"] for line in (await waiting)["changes"]] == [made["id"]]


async def test_a_snapshot_comes_squeezed(server: Server) -> None:
    plain = await server.user.ask("GET", f"{SYNC}/snapshot", headers={"accept-encoding": "identity"})
    headers = {**server.user.headers, "accept-encoding": "gzip"}
    async with server.user.client.stream("GET", f"{SYNC}/snapshot", headers=headers) as squeezed:
        assert squeezed.headers["content-encoding"] == "gzip"
        raw = b"".join([piece async for piece in squeezed.aiter_raw()])
    assert gzip.decompress(raw).splitlines()[:-1] == plain.content.splitlines()[:-1]
    assert len(raw) < len(plain.content) / 3


async def test_types_and_digest(server: Server) -> None:
    *lines, _ = await _snapshot(server.user, type="album@1")
    assert {line["type"] for line in lines} == {"album@1"}
    scope = f"catalog:{server.library}"
    digest = (await server.user.get(f"{SYNC}/digest", params={"scope": scope}))["items"]
    assert {one["type"]: one["items"] for one in digest}["album@1"] == len(lines) == 2


@pytest.mark.parametrize(
    ("path", "asked", "status", "code"),
    [
        ("snapshot", {"scope": "everything"}, 422, "bad_scope"),
        ("snapshot", {"scope": "catalog:019353a0-0000-7000-8000-000000000001"}, 403, "scope_denied"),
        ("snapshot", {"page": "abc"}, 400, "bad_cursor"),
        ("snapshot", {"page": "abc", "scope": "me"}, 422, "bad_scope"),
        ("changes", {"cursor": "abc"}, 400, "bad_cursor"),
        ("changes", {}, 422, "invalid_input"),
        ("changes", {"cursor": "abc", "wait": 31}, 422, "invalid_input"),
        ("digest", {"scope": "catalog:me"}, 422, "bad_scope"),
    ],
)
async def test_what_is_refused(
    server: Server, path: str, asked: dict[str, Any], status: int, code: str
) -> None:
    problem = await server.user.get(f"{SYNC}/{path}", status, params=asked)
    assert problem["code"] == code


async def test_scopes_that_are_denied_are_named(server: Server) -> None:
    others = "catalog:019353a0-0000-7000-8000-000000000001"
    problem = await server.user.get(f"{SYNC}/digest", 403, params={"scope": ["me", others]})
    assert problem["scopes"] == [others]


async def test_nobody_has_no_copy(server: Server) -> None:
    for path in ("capabilities", "snapshot", "changes?cursor=x", "digest"):
        await server.nobody.get(f"{SYNC}/{path}", 401)
