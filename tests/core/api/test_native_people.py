"""Rights, pictures and stations over the native API, and what apps see of them, on a real server."""

import io
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from mcma.services.people.avatars import LARGEST
from mcma_plugins.values import Caller
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
ALL = ["download", "upload", "share", "fetch"]


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


def a_picture(side: int) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (side, side), (20, 90, 20)).save(target, "PNG")
    return target.getvalue()


async def test_a_picture_is_set_and_shown_to_all(server: Server) -> None:
    caller, query = await an_app(server, "Pictured")
    person = await server.person("pictured too")
    other = server.user
    path = "/api/v1/users/me/avatar"
    drawn = await other.ask("GET", f"/api/v1/users/{caller.user_id}/avatar")
    assert drawn.content == (await other.get("/api/v1/users/pictured/avatar"))
    assert (
        drawn.content
        == (
            await server.nobody.client.get("/rest/getAvatar", params={**query, "username": "Pictured"})
        ).content
    )
    await person.ask("PUT", path, 204, content=a_picture(900), headers={"content-type": "image/png"})
    first = await other.ask("GET", "/api/v1/users/pictured too/avatar")
    assert first.headers["content-type"] == "image/jpeg"
    await other.ask("PUT", path, 204, files={"file": ("me.png", a_picture(50), "image/png")})
    known = {"if-none-match": first.headers["etag"]}
    assert (await person.ask("GET", path, 304, headers=known)).content == b""
    head = await person.ask("HEAD", path)
    assert (head.content, int(head.headers["content-length"])) == (b"", len(first.content))
    assert (await person.get("/api/v1/users/me"))["avatar_changed_at"] is not None
    shown = await server.nobody.client.get("/rest/getAvatar", params={**query, "username": "PICTURED TOO"})
    assert shown.content == first.content
    await person.delete(path)
    await person.delete(path)
    assert (await person.ask("GET", path)).headers["etag"] != first.headers["etag"]
    await other.delete(path)


async def test_pictures_that_are_none(server: Server) -> None:
    path = "/api/v1/users/me/avatar"
    large = a_picture(2) + b"\0" * 2_000_000
    await server.user.ask("PUT", path, 204, content=large)  # more than other bodies may have
    await server.user.delete(path)
    await server.user.ask("PUT", path, 413, content=b"\0" * (LARGEST + 1))
    for content in (b"", b"no picture", b"\x89PNG\r\n"):
        await server.user.ask("PUT", path, 422, content=content)
    await server.nobody.ask("PUT", path, 401, content=a_picture(2))
    await server.nobody.get(path, 401)
    for nobody in (f"{uuid4()}", "nobody", "%00", "x" * 65):
        assert (await server.user.ask("GET", f"/api/v1/users/{nobody}/avatar", status_of(nobody))).content


def status_of(name: str) -> int:
    return 422 if name == "%00" or len(name) > 64 else 404


async def test_stations(server: Server) -> None:
    here = "/api/v1/stations"
    sent = {"name": "Wave", "stream_url": "https://wave.example/live"}
    answer = await server.admin.ask("POST", here, 201, json=sent)
    path, made = answer.headers["location"], answer.json()
    assert path == f"{here}/{made['id']}"
    assert made in (await server.user.get(here))["items"]
    changed = await server.admin.patch(path, {"homepage_url": "https://wave.example/"})
    assert (changed["name"], changed["homepage_url"], changed["rev"]) == ("Wave", "https://wave.example/", 2)
    _, app = await an_app(server, "radio listener")
    shown = (await rest(server, app, "getInternetRadioStations"))["internetRadioStations"]
    assert {"id": f"ra-{made['id']}", "name": "Wave", "streamUrl": sent["stream_url"],
            "homePageUrl": "https://wave.example/"} in shown["internetRadioStation"]  # fmt: skip
    await server.admin.post(here, {**sent, "stream_url": "javascript:alert(1)"}, 422)
    await server.admin.post(here, {"name": "x"}, 422)
    await server.user.post(here, sent, 403)
    await server.user.patch(path, {"name": "x"}, 403)
    await server.user.delete(path, 403)
    await server.admin.delete(path)
    await server.admin.delete(path, 404)
    await server.user.get(path, 404)
