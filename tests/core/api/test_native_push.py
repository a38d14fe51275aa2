"""Pushing over HTTP: POST /sync/push."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from mcma.store.clock import new_id
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
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


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"n": 0}, "events.1.n"),
        ({"n": True}, "events.1.n"),
        ({"n": 2**63}, "events.1.n"),
        ({"n": 2.0}, "events.1.n"),
        ({"id": "x"}, "events.1.id"),
        ({"at": "0001-01-01T00:00:00Z"}, "events.1.at"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "events.1.at"),
        ({"at": "2026-01-01T00:00:00"}, "events.1.at"),
        ({"type": "a\0b"}, "events.1.type"),
        ({"type": "x" * 101}, "events.1.type"),
        ({"data": []}, "events.1.data"),
        ({"more": 1}, "events.1.more"),
    ],
)
async def test_a_malformed_batch_is_not_taken_at_all(
    server: Server, change: dict[str, Any], named: str
) -> None:
    device, track = await registered(server.user), await a_track(server)
    good = event(1, "like.set", kind="track", item_id=track, liked=True)
    problem = await server.user.post(PUSH, batch(device, good, {**good, "n": 2, **change}), 422)
    assert problem["detail"].startswith(named)
    assert (await server.user.get(f"/api/v1/devices/{device}"))["acked_n"] == 0


async def test_too_much(server: Server) -> None:
    device = await registered(server.user)
    many = [event(n, "like.set") for n in range(1, 502)]
    assert (await server.user.post(PUSH, batch(device, *many), 413))["code"] == "too_large"
    large = batch(device, event(1, "like.set", text="x" * 1_050_000))
    assert (await server.user.post(PUSH, large, 413))["code"] == "too_large"
