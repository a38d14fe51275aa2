"""Pushing over HTTP: POST /sync/push."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from mcma.store.clock import new_id
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
PAGE = Path(__file__).parents[3] / "docs" / "sync.md"
PUSH = "/api/v1/sync/push"
NOW = "2026-11-20T18:30:00Z"


async def registered(person: Person) -> str:
    id_ = str(new_id())
    await person.put(f"/api/v1/devices/{id_}", {"name": "Phone"}, 200)
    return id_


def event(n: int, type_: str, **data: Any) -> dict[str, Any]:
    return {"id": str(new_id()), "n": n, "type": type_, "at": NOW, "data": data}


def batch(device: str, *events: Any) -> dict[str, Any]:
    return {"device_id": device, "sent_at": datetime.now(UTC).isoformat(), "events": list(events)}


async def a_track(server: Server) -> str:
    return str((await server.user.get("/api/v1/tracks"))["items"][0]["id"])


async def test_a_like_made_offline(server: Server) -> None:
    device, track = await registered(server.user), await a_track(server)
    sent = batch(device, event(1, "like.set", kind="track", item_id=track, liked=True))
    found = await server.user.post(PUSH, sent)
    [result] = found["results"]
    assert (result["status"], result["n"], found["acked_n"]) == ("applied", 1, 1)
    assert result["seq"] == found["head"]
    shown = await server.user.get(f"/api/v1/tracks/{track}")
    assert shown["user"]["liked_at"] == NOW
    assert (await server.user.get(f"/api/v1/devices/{device}"))["acked_n"] == 1
    again = await server.user.post(PUSH, sent)
    assert [one["status"] for one in again["results"]] == ["duplicate"]


def _example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```json\n(.+?)\n```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


async def test_the_example_of_the_page(server: Server) -> None:
    """As it stands there, but for the ids of what is here."""
    sent, told = json.loads(_example("batch")), json.loads(_example("answer"))
    sent["device_id"], track = await registered(server.user), await a_track(server)
    for one in sent["events"]:
        one["data"]["item_id"] = track
    found = await server.user.post(PUSH, sent)
    for name in ("epoch", "server_time", "head"):
        assert type(found.pop(name)) is type(told.pop(name))
    for one in (*found["results"], *told["results"]):
        one["seq"] = one["seq"] is not None
    assert found == told


async def test_what_may_be_pushed_is_told(server: Server) -> None:
    told = await server.user.get("/api/v1/sync/capabilities")
    assert "like.set" in told["events"]
    assert (told["limits"]["push_events"], told["limits"]["push_bytes"]) == (500, 1_048_576)


async def test_whose_device(server: Server) -> None:
    problem = await server.user.post(PUSH, batch(str(uuid4())), 404)
    assert problem["code"] == "unknown_device"
    device = await registered(server.admin)
    assert (await server.user.post(PUSH, batch(device), 404))["code"] == "unknown_device"
    await server.admin.delete(f"/api/v1/devices/{device}")
    assert (await server.admin.post(PUSH, batch(device), 401))["code"] == "device_revoked"


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"n": 0}, "events.1.n"),
    ({"n": True}, "events.1.n"),
    ({"n": 2**63}, "events.1.n"),
    ({"n": 2.0}, "events.1.n"),
    ({"id": "x"}, "events.1.id"),
    ({"at": "0001-01-01T00:00:00Z"}, "events.1.at"),
    ({"at": "9999-12-31T23:59:59-14:00"}, "events.1.at"),
    ({"at": "2026-01-01T00:00:00"}, "events.1.at"),
    ({"at": 5}, "events.1.at"),
    ({"at": "1767225600"}, "events.1.at"),
    ({"type": "a\0b"}, "events.1.type"),
    ({"type": "x" * 101}, "events.1.type"),
    ({"data": []}, "events.1.data"),
    ({"more": 1}, "events.1.more"),
]


async def test_a_malformed_batch_is_not_taken_at_all(server: Server) -> None:
    device, track = await registered(server.user), await a_track(server)
    good = event(1, "like.set", kind="track", item_id=track, liked=True)
    for change, named in MALFORMED:
        problem = await server.user.post(PUSH, batch(device, good, {**good, "n": 2, **change}), 422)
        assert problem["detail"].startswith(named)
    assert (await server.user.get(f"/api/v1/devices/{device}"))["acked_n"] == 0


async def test_too_much(server: Server) -> None:
    device = await registered(server.user)
    many = [event(n, "like.set") for n in range(1, 502)]
    assert (await server.user.post(PUSH, batch(device, *many), 413))["code"] == "too_large"
    large = batch(device, event(1, "like.set", text="x" * 1_050_000))
    assert (await server.user.post(PUSH, large, 413))["code"] == "too_large"


NO_BATCHES = [
    b"[" * 100_000, b'{"device_id":' * 50_000, b"\xff\xfe", b"NaN", b"", b"{}", b"[]", b"null",
    b'{"device_id":"x","sent_at":1e400,"events":{}}', b'{"events":[' + b"9" * 5000 + b"]}",
]  # fmt: skip


async def test_what_is_no_batch(server: Server) -> None:
    headers = {**server.user.headers, "content-type": "application/json"}
    for body in NO_BATCHES:
        answer = await server.user.client.post(PUSH, content=body, headers=headers)
        assert answer.status_code in (400, 422), body[:50]
        assert answer.headers["content-type"] == "application/problem+json"


HOSTILE = [
    '{"kind": "track", "item_id": "TRACK", "liked": NaN}', '{"kind": "track", "item_id": "TRACK"}',
    '{"kind": "\\ud800", "item_id": "TRACK", "liked": true}', '{"\\u0000": 1}', '{"\\ud800": "\\udfff"}',
    '{"name": "a", "value": 1e400}', '{"name": "a", "value": -Infinity}',
    '{"track_id": "TRACK", "ms_played": true}',
    '{"name": "a", "value": ' + "9" * 400 + "}", '{"name": "a", "value": ' + "[" * 400 + "]" * 400 + "}",
    '{"track_id": "TRACK", "position_ms": 1.0}', '{"track_id": "TRACK", "comment": "\\u0000"}',
    '{"track_ids": [null], "current_index": -1}', '{"track_ids": {"0": "TRACK"}}', "{}",
    '{"claim": {"title": "x", "artists": [' + "[" * 300 + "]" * 300 + "]}}",
]  # fmt: skip


async def test_hostile_data_is_rejected_by_event(server: Server) -> None:
    """Everything in everything: nothing is stored, nothing stops the next one, and nothing fails."""
    device, track = await registered(server.user), await a_track(server)
    types = (await server.user.get("/api/v1/sync/capabilities"))["events"]
    count = 0
    for data in HOSTILE:
        events = []
        for type_ in types:
            count += 1
            events.append(
                f'{{"id":"{new_id()}","n":{count},"type":"{type_}","at":"{NOW}",'
                f'"data":{data.replace("TRACK", track)}}}'
            )
        body = f'{{"device_id":"{device}","sent_at":"{NOW}","events":[{",".join(events)}]}}'
        headers = {"content-type": "application/json"}
        answer = await server.user.ask("POST", PUSH, content=body.encode(), headers=headers)
        assert {one["status"] for one in answer.json()["results"]} == {"rejected"}, data[:80]
        assert answer.json()["acked_n"] == count


async def test_what_is_nested_too_deep_to_be_told_is_not_kept(server: Server) -> None:
    """It would be an error of the server for each reader that comes to it, and for each time it is sent."""
    person = await server.person("deep")
    device, cursor = await registered(person), (await _cursor(person))
    deep: Any = None
    for depth in range(254):
        deep = [deep] if depth % 2 else {"in": deep}
    wrong = event(1, "setting.set", name="wrong", value=deep)
    found = await person.post(PUSH, batch(device, wrong, event(2, "setting.set", name="right", value=1)))
    assert [one["code"] for one in found["results"]] == ["invalid", None]
    await person.put(f"/api/v1/devices/{device}", {"name": "Phone", "profile": {"in": deep}}, 422)
    told = (await person.get("/api/v1/sync/changes", params={"cursor": cursor}))["changes"]
    assert [one["data"]["name"] for one in told if one["type"] == "user_setting@1"] == ["right"]


async def _cursor(person: Person) -> str:
    lines = await person.ask("GET", "/api/v1/sync/snapshot", params={"type": "none@1"})
    return str(json.loads(lines.text)["cursor"])
