"""Devices over the native API, and what ends with them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from mcma.services.callers import SYSTEM
from mcma.services.people.devices import MOST
from mcma.store.clock import new_id, utcnow
from mcma.store.tables.people import devices
from mcma_plugins.values import Caller
from tests.support.catalogue import insert
from tests.support.server import PASSWORD, Person, Server

pytestmark = pytest.mark.anyio
HERE = "/api/v1/devices"


async def logged_in(server: Server, who: str, **device: Any) -> tuple[Person, dict[str, Any]]:
    """Somebody whose login hangs on a device."""
    sent = {"username": who, "password": PASSWORD, "client": "Player", "device": device}
    tokens = await server.nobody.post("/api/v1/auth/login", sent)
    return _with(server, tokens), tokens


def _with(server: Server, tokens: dict[str, Any]) -> Person:
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    return Person(server.nobody.client, server.nobody.document, None, headers)


@pytest.fixture
async def owner(own_server: Server) -> Caller:
    made = await own_server.core.services.users.create(SYSTEM, "owner", PASSWORD)
    return Caller(made.id, made.name)


async def test_a_login_registers_its_device(own_server: Server, owner: Caller) -> None:
    mine, profile = str(uuid4()), {"codecs": ["opus"], "max": {"kbps": 128}}
    person, tokens = await logged_in(own_server, "owner", id=mine, name="phone", profile=profile)
    assert tokens["device_id"] == mine
    [shown] = (await person.get(HERE))["items"]
    assert (shown["id"], shown["name"], shown["client"], shown["profile"], shown["current"]) == (
        mine, "phone", "Player", profile, True
    )  # fmt: skip
    again, tokens = await logged_in(own_server, "owner", id=mine, name="my phone")
    assert [(one["name"], one["profile"]) for one in (await again.get(HERE))["items"]] == [
        ("my phone", profile)
    ]
    renewed = await own_server.nobody.post("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert renewed["device_id"] == mine
    assert (await _with(own_server, renewed).get(f"{HERE}/{mine}"))["current"]
    other, tokens = await logged_in(own_server, "owner", name="tablet")
    assert tokens["device_id"] not in (None, mine)
    assert [one["current"] for one in (await other.get(HERE))["items"]].count(True) == 1


async def test_what_hangs_on_a_device_ends_with_it(own_server: Server, owner: Caller) -> None:
    lost, tokens = await logged_in(own_server, "owner", name="phone")
    kept, _ = await logged_in(own_server, "owner", name="desk")
    phone = tokens["device_id"]
    body = {"name": "phone app", "device_id": phone}
    await lost.post("/api/v1/users/me/app-passwords", body, 201)
    await lost.post("/api/v1/users/me/app-passwords", {"name": "other"}, 201)
    await kept.delete(f"{HERE}/{phone}")
    await kept.delete(f"{HERE}/{phone}")
    problem = await lost.get("/api/v1/users/me", 401)
    assert problem["code"] == "device_revoked"
    spent = {"refresh_token": tokens["refresh_token"]}
    await own_server.nobody.post("/api/v1/auth/refresh", spent, 401)
    listed = (await kept.get("/api/v1/users/me/app-passwords"))["items"]
    assert [one["name"] for one in listed] == ["other"]
    assert [one["name"] for one in (await kept.get(HERE))["items"]] == ["desk"]
    everything = (await kept.get(HERE, params={"revoked": True}))["items"]
    assert {one["name"]: one["revoked_at"] is None for one in everything} == {"phone": False, "desk": True}
    refused = await kept.put(f"{HERE}/{phone}", {"name": "phone"}, 409)
    assert refused["code"] == "device_revoked"
    await kept.patch(f"{HERE}/{phone}", {"name": "x"}, 409)
    sent = {"username": "owner", "password": PASSWORD, "device": {"id": phone, "name": "phone"}}
    await own_server.nobody.post("/api/v1/auth/login", sent, 409)


async def test_an_app_password_of_a_device_is_of_it(own_server: Server, owner: Caller) -> None:
    person, tokens = await logged_in(own_server, "owner", name="phone")
    sent = {"name": "app", "device_id": tokens["device_id"]}
    made = await person.post("/api/v1/users/me/app-passwords", sent, 201)
    caller = await own_server.core.services.logins.by_api_key(
        made["password"], address="127.0.0.1", client="x"
    )
    assert str(caller.device_id) == tokens["device_id"] == made["device_id"]
    wrong = {"name": "second", "device_id": str(uuid4())}
    await person.post("/api/v1/users/me/app-passwords", wrong, 404)


async def test_devices_are_made_renamed_and_shown(server: Server) -> None:
    answer = await server.user.ask("POST", HERE, 201, json={"name": "radio", "client": "Kitchen"})
    made = answer.json()
    assert answer.headers["location"] == f"{HERE}/{made['id']}"
    assert (made["client"], made["current"], made["last_seen_at"] is None) == ("Kitchen", False, False)
    changed = await server.user.patch(f"{HERE}/{made['id']}", {"name": "kitchen radio"})
    assert (changed["name"], changed["client"]) == ("kitchen radio", "Kitchen")
    assert await server.user.get(f"{HERE}/{made['id']}") == changed
    put = await server.user.put(f"{HERE}/{made['id']}", {"name": "again", "profile": {"a": 1}}, 200)
    assert (put["name"], put["profile"], put["client"]) == ("again", {"a": 1}, "tests")


async def test_devices_of_others_are_not_there(server: Server) -> None:
    mine = (await server.user.post(HERE, {"name": "mine"}, 201))["id"]
    stranger = await server.person("stranger of devices")
    await stranger.get(f"{HERE}/{mine}", 404)
    await stranger.delete(f"{HERE}/{mine}", 404)
    await stranger.patch(f"{HERE}/{mine}", {"name": "x"}, 404)
    await stranger.put(f"{HERE}/{mine}", {"name": "x"}, 409)
    assert server.user.caller is not None
    owner = {"user_id": str(server.user.caller.user_id)}
    await stranger.get(HERE, 403, params=owner)
    assert mine in [one["id"] for one in (await server.admin.get(HERE, params=owner))["items"]]
    await server.admin.delete(f"{HERE}/{mine}")
    await server.user.get(f"{HERE}/{uuid4()}", 404)


@pytest.mark.parametrize(
    "sent",
    [{}, {"name": ""}, {"name": "x" * 65}, {"name": "a\u202eb"}, {"name": "x", "profile": {"a": "b\0"}},
     {"name": "x", "profile": {"a": "x" * 20_000}}, {"name": "x", "profile": [1]}, {"name": "x", "more": 1}],
)  # fmt: skip
async def test_devices_that_are_none(server: Server, sent: dict[str, Any]) -> None:
    await server.user.post(HERE, sent, 422)


async def test_a_user_has_so_many_devices(own_server: Server) -> None:
    caller = own_server.user.caller
    assert caller is not None
    now = utcnow()
    rows = [{"id": new_id(), "user_id": caller.user_id, "name": "x", "created_at": now, "updated_at": now}
            for _ in range(MOST)]  # fmt: skip
    async with own_server.database.write() as transaction:
        await insert(transaction.connection, devices, rows)
    await own_server.user.post(HERE, {"name": "one more"}, 409)
    await own_server.user.delete(f"{HERE}/{rows[0]['id']}")
    await own_server.user.put(f"{HERE}/{UUID(int=5)}", {"name": "one more"}, 200)
