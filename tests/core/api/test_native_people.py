"""Rights over the native API and what apps see of them, on a real server."""

from typing import Any

import pytest

from mcma_plugins.values import Caller
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
ALL = ["download", "upload", "share"]


async def an_app(server: Server, name: str, *, is_admin: bool = False) -> tuple[Caller, dict[str, str]]:
    """Somebody new, and what their app sends along."""
    person = await server.person(name, is_admin=is_admin)
    assert person.caller is not None
    made = await server.core.services.app_passwords.create(person.caller, "app")
    return person.caller, {"u": name, "p": made.secret, "f": "json", "c": "tests"}


async def rest(server: Server, query: dict[str, Any], method: str, **more: Any) -> Any:
    answer = await server.nobody.client.get(f"/rest/{method}", params={**query, **more})
    assert answer.status_code == 200
    return answer.json()["subsonic-response"]


async def test_rights_are_given_and_taken(server: Server) -> None:
    sent = {"name": "kept short", "rights": ["upload"], "email": "short@home.example"}
    made = await server.admin.post("/api/v1/users", sent, 201)
    assert (made["rights"], made["email"], made["avatar_changed_at"]) == (
        ["upload"], "short@home.example", None
    )  # fmt: skip
    path = f"/api/v1/users/{made['id']}"
    assert (await server.admin.patch(path, {"rights": ["share", "download"]}))["rights"] == [
        "download", "share"
    ]  # fmt: skip
    assert (await server.admin.patch(path, {"email": ""}))["rights"] == ["download", "share"]
    await server.admin.patch(path, {"rights": ["fly"]}, 422)
    await server.admin.patch(path, {"email": "nowhere", "rights": []}, 422)
    assert (await server.admin.get(path))["rights"] == ["download", "share"]
    await server.user.patch(path, {"rights": ALL}, 403)
    assert (await server.user.get("/api/v1/users/me"))["rights"] == ALL
    assert (await server.admin.get("/api/v1/users/me"))["rights"] == ALL


async def test_without_the_right_nothing_is_downloaded_and_all_is_played(server: Server) -> None:
    guest = await server.person("guest without rights")
    assert guest.caller is not None
    [track] = (await guest.get("/api/v1/tracks?limit=1"))["items"]
    file, stream = f"/api/v1/files/{track['file_id']}/content", f"/api/v1/tracks/{track['id']}/stream"
    for path in (file, f"{stream}?download=true"):
        await guest.get(path)
    await server.admin.patch(f"/api/v1/users/{guest.caller.user_id}", {"rights": []})
    for path in (file, f"{stream}?download=true"):
        assert (await guest.get(path, 403))["code"] == "right_missing"
    await guest.get(stream)
    refused = await guest.ask(
        "POST", "/api/v1/tracks", 403, content=b"x", headers={"content-type": "audio/flac"}
    )
    assert refused.json()["code"] == "right_missing"


async def test_an_app_is_told_what_is_true(server: Server) -> None:
    caller, query = await an_app(server, "told")
    await server.admin.patch(f"/api/v1/users/{caller.user_id}", {"rights": ["share"]})
    shown = (await rest(server, query, "getUser"))["user"]
    assert (shown["downloadRole"], shown["uploadRole"], shown["shareRole"]) == (False, False, True)
    assert shown["folder"]
    track = (await rest(server, query, "getRandomSongs", size=1))["randomSongs"]["song"][0]
    assert (await rest(server, query, "download", id=track["id"]))["error"]["code"] == 50


async def test_an_app_manages_ordinary_users(server: Server) -> None:
    _, boss = await an_app(server, "boss of apps", is_admin=True)
    password = "seven owls at dawn"
    made = await rest(
        server, boss, "createUser", username="Kim", password=password, email="kim@home.example",
        downloadRole="true",
    )  # fmt: skip
    assert made["status"] == "ok"
    kim = (await rest(server, boss, "getUser", username="kim"))["user"]
    assert (kim["username"], kim["email"], kim["downloadRole"], kim["shareRole"]) == (
        "Kim", "kim@home.example", True, False
    )  # fmt: skip
    assert kim["folder"] == (await rest(server, boss, "getUser"))["user"]["folder"]
    tokens = await server.nobody.post("/api/v1/auth/login", {"username": "kim", "password": password})
    person = Person(
        server.nobody.client, server.nobody.document, None,
        {"authorization": f"Bearer {tokens['access_token']}"},
    )  # fmt: skip
    secret = (await person.post("/api/v1/users/me/app-passwords", {"name": "app"}, 201))["password"]
    app = {"u": "Kim", "p": secret, "f": "json"}
    assert (await rest(server, app, "ping"))["status"] == "ok"
    assert (await rest(server, {**app, "p": password}, "ping"))["error"]["code"] == 40
    assert (await rest(server, app, "changePassword", username="Kim", password=password))["error"][
        "code"
    ] == 50
    for username, password in (("boss of apps", "seven owls at dusk"), ("boss", "seven owls at dusk")):
        refused = await rest(server, boss, "changePassword", username=username, password=password)
        assert refused["error"]["code"] == 50
    assert (await rest(server, boss, "updateUser", username="Kim", musicFolderId="99"))["error"]["code"] == 70
    assert (await rest(server, boss, "updateUser", username="Kim", password="short"))["error"]["code"] == 0
    assert (await rest(server, boss, "deleteUser", username="Kim"))["status"] == "ok"
    assert (await rest(server, app, "ping"))["error"]["code"] == 40
    names = [one["username"] for one in (await rest(server, boss, "getUsers"))["users"]["user"]]
    assert "Kim" not in names
    assert "boss" in names
