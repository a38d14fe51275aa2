"""Logins, users, passwords over the native API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest

from mcma.services.callers import SYSTEM
from mcma.wiring import opened
from tests.support.apidoc import ApiDocument
from tests.support.server import PASSWORD, Person, Server, app_of, settings_for

pytestmark = pytest.mark.anyio
TOKENS = {
    "access_token", "token_type", "expires_at", "refresh_token", "refresh_expires_at", "device_id",
}  # fmt: skip


@pytest.fixture(scope="module")
async def alex(server: Server) -> AsyncIterator[Person]:
    """With a password."""
    await server.core.services.users.create(SYSTEM, "Alex", PASSWORD)
    yield Person(server.nobody.client, server.nobody.document)


async def login(person: Person, password: str = PASSWORD, status: int = 200) -> Any:
    return await person.post("/api/v1/auth/login", {"username": "alex", "password": password}, status)


async def test_login_use_renew_and_end(server: Server, alex: Person) -> None:
    tokens = await login(alex)
    assert set(tokens) == TOKENS
    assert tokens["token_type"] == "Bearer"
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await alex.get("/api/v1/users/me", headers=bearer))["name"] == "Alex"
    renewed = await alex.post("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert renewed["refresh_token"] != tokens["refresh_token"]
    await alex.post("/api/v1/auth/logout", {"refresh_token": renewed["refresh_token"]}, 204)
    await alex.post("/api/v1/auth/refresh", {"refresh_token": renewed["refresh_token"]}, 401)
    await alex.post("/api/v1/auth/logout", {"refresh_token": "never was one"}, 204)


async def test_a_refresh_token_used_twice_ends_the_login(alex: Person) -> None:
    first = await login(alex)

    async def renewed(pair: Any, status: int = 200) -> Any:
        return await alex.post("/api/v1/auth/refresh", {"refresh_token": pair["refresh_token"]}, status)

    unheard = await renewed(first)
    heard = await renewed(first)
    newest = await renewed(heard)
    for pair in (first, newest, unheard):
        await renewed(pair, 401)


async def test_answers_with_tokens_are_not_kept(alex: Person) -> None:
    body = {"username": "alex", "password": PASSWORD, "client": "tests"}
    answer = await alex.ask("POST", "/api/v1/auth/login", json=body)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_wrong_password_and_an_unknown_user_look_the_same(alex: Person) -> None:
    wrong = await login(alex, "not the password", 401)
    unknown = await alex.post("/api/v1/auth/login", {"username": "nobody", "password": "x"}, 401)
    assert wrong["detail"] == unknown["detail"]
    assert wrong["code"] == "not_authenticated"


async def test_too_many_tries_have_to_wait(alex: Person) -> None:
    body = {"username": "victim", "password": "x"}
    for _ in range(5):
        await alex.post("/api/v1/auth/login", body, 401)
    answer = await alex.ask("POST", "/api/v1/auth/login", 429, json=body)
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer", "Bearer x.y.z", "Bearer é", "Token abc"])
async def test_other_credentials_open_nothing(server: Server, header: str) -> None:
    headers = {"authorization": header.encode("utf-8")} if header else {}
    answer = await server.nobody.client.get("/api/v1/users/me", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_token_in_the_address_is_not_taken(server: Server) -> None:
    token = server.user.headers["authorization"].removeprefix("Bearer ")
    await server.nobody.get("/api/v1/users/me", 401, params={"access_token": token})


async def test_setup_makes_the_first_administrator_only(server: Server) -> None:
    body = {"token": "x", "username": "late", "password": PASSWORD}
    assert (await server.nobody.post("/api/v1/auth/setup", body, 410))["code"] == "gone"


async def test_setup(tmp_path: Path, database_url: str) -> None:
    async with opened(settings_for(tmp_path, database_url), running_jobs=False) as core:
        token = await core.services.setup.new_setup_token()
        transport = httpx.ASGITransport(app=app_of(core))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            nobody = Person(client, ApiDocument((await client.get("/api/openapi.json")).json()))
            body = {"token": token, "username": "First", "password": PASSWORD}
            await nobody.post("/api/v1/auth/setup", {**body, "token": "wrong"}, 401)
            await nobody.post("/api/v1/auth/setup", {**body, "password": "short"}, 422)
            assert (await nobody.post("/api/v1/auth/setup", body, 201))["is_admin"] is True
            await nobody.post("/api/v1/auth/setup", body, 410)


async def test_who_am_i(server: Server) -> None:
    me = await server.user.get("/api/v1/users/me")
    assert (me["name"], me["is_admin"], me["libraries"]) == ("listener", False, [server.library])


async def test_the_password_for_apps(server: Server) -> None:
    path = "/api/v1/users/me/subsonic-password"
    answer = await server.user.ask("GET", path)
    first = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (first["username"], first["name"], len(first["password"])) == ("listener", "default", 32)
    assert await server.user.get(path) == first
    second = await server.user.post(path)
    assert second["password"] != first["password"]
    assert await server.user.get(path) == second
    logins = server.core.services.logins
    caller = await logins.by_app_password("listener", second["password"], address="::1", client="t")
    assert caller.name == "listener"
    await server.nobody.get(path, 401)


async def test_admins_replace_the_password_for_apps_of_others(server: Server) -> None:
    assert server.user.caller is not None
    path = f"/api/v1/admin/users/{server.user.caller.user_id}/subsonic-password"
    made = await server.admin.post(path)
    assert made == await server.user.get("/api/v1/users/me/subsonic-password")
    await server.user.post(path, status=403)
    await server.admin.post(f"/api/v1/admin/users/{uuid4()}/subsonic-password", status=404)


async def test_app_passwords(server: Server) -> None:
    path = "/api/v1/users/me/app-passwords"
    answer = await server.user.ask("POST", path, 201, json={"name": "phone"})
    made = answer.json()
    assert answer.headers["location"] == f"{path}/{made['id']}"
    listed = (await server.user.get(path))["items"]
    assert "phone" in [one["name"] for one in listed]
    assert all("password" not in one for one in listed)
    await server.user.post(path, {"name": "phone"}, 409)
    await server.admin.delete(f"{path}/{made['id']}", 404)
    await server.user.delete(f"{path}/{made['id']}")
    await server.user.delete(f"{path}/{made['id']}", 404)


async def test_my_password(server: Server, alex: Person) -> None:
    await server.core.services.users.create(SYSTEM, "Changing", PASSWORD)
    tokens = await alex.post("/api/v1/auth/login", {"username": "changing", "password": PASSWORD})
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    path = "/api/v1/users/me/password"
    await alex.put(path, {"old": "wrong", "new": "amber harbour 17"}, 401, headers=bearer)
    await alex.put(path, {"old": PASSWORD, "new": "short"}, 422, headers=bearer)
    await alex.put(path, {"old": PASSWORD, "new": "amber harbour 17"}, headers=bearer)
    await alex.get("/api/v1/users/me", 401, headers=bearer)


async def test_users_are_made_changed_and_deleted_by_admins(server: Server) -> None:
    answer = await server.admin.ask("POST", "/api/v1/users", 201, json={"name": "Sam", "libraries": []})
    made = answer.json()
    path = answer.headers["location"]
    assert (path, made["libraries"], made["disabled_at"]) == (f"/api/v1/users/{made['id']}", [], None)
    changed = await server.admin.patch(
        path, {"name": "Samir", "is_admin": True, "libraries": [server.library], "disabled": True}
    )
    assert (changed["name"], changed["is_admin"], changed["libraries"]) == ("Samir", True, [server.library])
    assert changed["disabled_at"] is not None
    assert (await server.admin.patch(path, {"disabled": False}))["disabled_at"] is None
    await server.admin.post("/api/v1/users", {"name": "samir"}, 409)
    assert "Samir" in [one["name"] for one in (await server.admin.get("/api/v1/users"))["items"]]
    assert await server.admin.get(path) == await server.admin.patch(path, {})
    await server.admin.delete(path)
    await server.admin.get(path, 404)


async def test_users_see_themselves_alone(server: Server) -> None:
    assert server.user.caller is not None
    assert server.admin.caller is not None
    assert (await server.user.get(f"/api/v1/users/{server.user.caller.user_id}"))["name"] == "listener"
    await server.user.get(f"/api/v1/users/{server.admin.caller.user_id}", 404)
    await server.user.get("/api/v1/users", 403)
    await server.user.post("/api/v1/users", {"name": "x"}, 403)
    await server.user.patch(f"/api/v1/users/{server.user.caller.user_id}", {"is_admin": True}, 403)
    await server.user.delete(f"/api/v1/users/{server.admin.caller.user_id}", 403)


async def test_the_last_admin_stays(own_server: Server) -> None:
    admin = own_server.admin.caller
    assert admin is not None
    assert (await own_server.admin.delete(f"/api/v1/users/{admin.user_id}", 409))["code"] == "conflict"
    await own_server.admin.patch(f"/api/v1/users/{admin.user_id}", {"is_admin": False}, 409)
