"""Users as an app sees and manages them."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from mcma_plugins.values import Right, UserChange
from tests.subsonic import fakedata as data
from tests.subsonic.conftest import Ask
from tests.subsonic.fakeserver import API_KEY, PASSWORD, FakeServer

NEW = {"username": "sam", "password": "violet anchor 42", "email": "sam@home.example"}


def code_of(answer: Any) -> int | None:
    error = answer.get("error")
    return None if error is None else int(error["code"])


def test_roles_say_what_somebody_may(ask: Ask, server: FakeServer) -> None:
    guest = server.users.views["gäst"]
    server.users.views["gäst"] = guest._replace(
        rights=frozenset({Right.UPLOAD}), email="g@home.example", avatar_changed_at=data.AT
    )
    shown = ask("getUser", username="gäst")["user"]
    roles = {name for name, value in shown.items() if value is True}
    assert roles == {"scrobblingEnabled", "settingsRole", "uploadRole", "playlistRole", "commentRole",
                     "streamRole"}  # fmt: skip
    assert (shown["email"], shown["folder"]) == ("g@home.example", [1, 2])
    assert shown["avatarLastChanged"].endswith("Z")
    admin = ask("getUser")["user"]
    assert all(admin[role] for role in ("adminRole", "coverArtRole", "downloadRole", "shareRole"))
    assert not any(admin[role] for role in ("podcastRole", "jukeboxRole", "videoConversionRole"))
    assert "avatarLastChanged" not in admin


def test_a_user_is_made_with_the_account_password(ask: Ask, server: FakeServer) -> None:
    password = "enc:" + NEW["password"].encode().hex()
    made = ask("createUser", **{**NEW, "password": password}, shareRole="true", jukeboxRole="true",
               ldapAuthenticated="true", musicFolderId=["2"])  # fmt: skip
    assert made["status"] == "ok"
    view = server.users.views["sam"]
    assert server.users.passwords["sam"] == NEW["password"]
    assert view.rights == {Right.SHARE, Right.FETCH}, "no role of Subsonic says what it is to fetch"
    assert (view.email, view.is_admin) == ("sam@home.example", False)
    assert server.users.seen[view.id] == [data.LIBRARIES[1].id]
    assert code_of(ask("createUser", **NEW)) == 0
    ask("createUser", **{**NEW, "username": "kim"})
    assert server.users.seen[server.users.views["kim"].id] is None


def test_what_is_not_named_stays(ask: Ask, server: FakeServer) -> None:
    ask("updateUser", username="gäst", downloadRole="false", streamRole="false", maxBitRate="128")
    ask("updateUser", username="gäst", password="violet anchor 43", email="", musicFolderId=["1", "2"])
    both = [one.id for one in data.LIBRARIES]
    assert server.users.changes == [
        UserChange(rights={Right.DOWNLOAD: False}),
        UserChange(email="", libraries=both),
    ]
    assert server.users.passwords == {"gäst": "violet anchor 43"}


def test_a_user_is_deleted(ask: Ask, server: FakeServer) -> None:
    assert ask("deleteUser", username="gäst")["status"] == "ok"
    assert "gäst" not in server.users.views


def test_passwords_of_others_are_reset(ask: Ask, server: FakeServer) -> None:
    assert ask("changePassword", username="gäst", password="violet anchor 43")["status"] == "ok"
    assert server.users.passwords == {"gäst": "violet anchor 43"}


ADMINS_OWN: list[tuple[str, dict[str, Any]]] = [
    ("changePassword", {"username": "admin", "password": "violet anchor 43"}),
    ("updateUser", {"username": "admin", "email": "x@home.example"}),
    ("updateUser", {"username": "gäst", "adminRole": "true"}),
    ("createUser", {**NEW, "adminRole": "true"}),
    ("deleteUser", {"username": "admin"}),
]


@pytest.mark.parametrize(("method", "params"), ADMINS_OWN)
def test_an_app_password_reaches_no_administrator(
    ask: Ask, server: FakeServer, method: str, params: dict[str, Any]
) -> None:
    before = dict(server.users.views)
    assert code_of(ask(method, **params)) == 50
    assert (server.users.views, server.users.passwords) == (before, {})


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("createUser", NEW),
        ("updateUser", {"username": "gäst", "shareRole": "true"}),
        ("updateUser", {"username": "admin"}),
        ("deleteUser", {"username": "gäst"}),
        ("changePassword", {"username": "gäst", "password": "violet anchor 43"}),
        ("changePassword", {"username": "admin", "password": "violet anchor 43"}),
    ],
)
def test_nobody_else_manages_users(
    client: TestClient, server: FakeServer, method: str, params: dict[str, Any]
) -> None:
    query = {"u": "gäst", "p": PASSWORD, "f": "json", **params}
    assert code_of(client.get(f"/rest/{method}", params=query).json()["subsonic-response"]) == 50
    assert server.users.passwords == {}


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("createUser", {}, 10),
        ("createUser", {"username": "sam", "password": "violet anchor 42"}, 10),
        ("createUser", {"username": "sam", "email": "a@b"}, 10),
        ("createUser", {**NEW, "musicFolderId": "99"}, 70),
        ("createUser", {**NEW, "shareRole": "maybe"}, 0),
        ("updateUser", {}, 10),
        ("updateUser", {"username": "nobody"}, 70),
        ("deleteUser", {"username": "nobody"}, 70),
        ("changePassword", {"username": "gäst"}, 10),
        ("changePassword", {"username": "nobody", "password": "violet anchor 42"}, 70),
    ],
)
def test_mistakes(client: TestClient, method: str, params: dict[str, Any], code: int) -> None:
    answer = client.get(f"/rest/{method}", params={"apiKey": API_KEY, "f": "json", **params})
    assert code_of(answer.json()["subsonic-response"]) == code


def test_downloads_need_the_right(client: TestClient, server: FakeServer) -> None:
    query = {"u": "gäst", "p": PASSWORD, "f": "json", "id": f"tr-{data.track_id(1)}"}
    assert client.get("/rest/download", params=query).status_code == 200
    server.logins.rights = frozenset({Right.SHARE})
    answer = client.get("/rest/download", params=query)
    assert (answer.status_code, code_of(answer.json()["subsonic-response"])) == (200, 50)
    assert client.get("/rest/stream", params=query).content == bytes(range(256)) * 4
