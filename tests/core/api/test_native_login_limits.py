"""Wrong passwords through `/rest` and the native API, by a family behind one address."""

from typing import Any

import httpx2 as httpx
import pytest

from mcma.services.callers import SYSTEM
from mcma_plugins.values import Caller
from tests.support.server import PASSWORD, Server

pytestmark = pytest.mark.anyio
STORM = 60
"""Tries: a minute of one app that tries every second."""


async def member(server: Server, name: str, *devices: str) -> list[dict[str, str]]:
    """What each of somebody's apps sends."""
    made = await server.core.services.users.create(SYSTEM, name, PASSWORD)
    caller, create = Caller(made.id, name), server.core.services.app_passwords.create
    return [{"u": name, "p": (await create(caller, one)).secret, "c": one, "f": "json"} for one in devices]


async def status(client: httpx.AsyncClient, query: dict[str, str]) -> Any:
    answer = await client.get("/rest/ping", params=query)
    assert answer.status_code == 200
    found = answer.json()["subsonic-response"]
    return found["status"] if found["status"] == "ok" else found["error"]["code"]


async def test_one_wrong_password_keeps_nobody_else_out(own_server: Server) -> None:
    client = own_server.nobody.client
    mum = await member(own_server, "mum", "phone", "car", "new phone")
    dad = await member(own_server, "dad", "tablet")
    wrong = [{**mum[0], "p": "typed wrong", "c": f"app {number}"} for number in range(3)]
    assert await status(client, mum[0]) == await status(client, dad[0]) == "ok"
    told = []
    for _ in range(STORM):
        told += [await status(client, query) for query in wrong]
        assert await status(client, mum[1]) == "ok"
        assert await status(client, dad[0]) == "ok"
    assert told[0] == 40
    assert told[-1] == 0
    assert await status(client, mum[2]) == "ok", "a device that was never seen, with the right password"
    child = await member(own_server, "child", "toy")
    assert await status(client, child[0]) == "ok", "somebody who was never seen"
    sent = {"username": "dad", "password": PASSWORD}
    await own_server.nobody.post("/api/v1/auth/login", sent)
    await own_server.nobody.post("/api/v1/auth/login", {**sent, "username": "mum"})


async def test_guessing_names_is_slowed_down_and_keeps_nobody_out(own_server: Server) -> None:
    client = own_server.nobody.client
    dad = await member(own_server, "dad", "tablet")
    told = [await status(client, {"u": f"name {n}", "p": "x", "f": "json"}) for n in range(STORM)]
    assert told == [40] * 20 + [0] * (STORM - 20)
    keys = [await status(client, {"apiKey": f"guess {n}", "f": "json"}) for n in range(5)]
    assert set(keys) == {0}
    assert await status(client, dad[0]) == "ok"
    await own_server.nobody.post("/api/v1/auth/login", {"username": "dad", "password": PASSWORD})


async def test_a_wrong_account_password_slows_down_that_account_alone(own_server: Server) -> None:
    await member(own_server, "mum"), await member(own_server, "dad")
    login = "/api/v1/auth/login"
    for _ in range(5):
        await own_server.nobody.post(login, {"username": "mum", "password": "typed wrong"}, 401)
    for _ in range(STORM):
        answer = await own_server.nobody.ask(
            "POST", login, 429, json={"username": "mum", "password": "typed wrong"}
        )
        assert int(answer.headers["retry-after"]) > 0
    await own_server.nobody.post(login, {"username": "dad", "password": PASSWORD})
