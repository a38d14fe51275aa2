"""Credentials in every form clients send them, and the errors they get."""

import hashlib
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.subsonic.conftest import mounted
from tests.subsonic.fakeserver import API_KEY, PASSWORD, FakeServer, services
from tests.support import opensubsonic as spec

SALT = "s4lt"
TOKEN = hashlib.md5((PASSWORD + SALT).encode()).hexdigest()
HEX = PASSWORD.encode().hex()
LATIN = PASSWORD.encode("latin-1").hex()

GOOD: dict[str, dict[str, str]] = {
    "clear": {"u": "admin", "p": PASSWORD},
    "hex": {"u": "admin", "p": f"enc:{HEX}"},
    "upper hex": {"u": "admin", "p": f"enc:{HEX.upper()}"},
    "code points, as py-opensonic does": {"u": "admin", "p": f"enc:{LATIN}"},
    "token": {"u": "admin", "t": TOKEN, "s": SALT},
    "upper token": {"u": "admin", "t": TOKEN.upper(), "s": SALT},
    "unicode user": {"u": "gäst", "t": TOKEN, "s": SALT},
    "fallen back to p": {"u": "admin", "p": PASSWORD, "t": "0" * 32, "s": SALT},
    "key": {"apiKey": API_KEY},
}
BAD: dict[str, tuple[dict[str, str], int]] = {
    "nothing": ({}, 10),
    "name only": ({"u": "admin"}, 10),
    "no name": ({"p": PASSWORD}, 10),
    "empty name": ({"u": "", "p": PASSWORD}, 10),
    "empty password": ({"u": "admin", "p": ""}, 10),
    "no salt": ({"u": "admin", "t": TOKEN}, 10),
    "empty key": ({"apiKey": ""}, 10),
    "wrong password": ({"u": "admin", "p": "no"}, 40),
    "unknown user": ({"u": "nobody", "p": PASSWORD}, 40),
    "not hex": ({"u": "admin", "p": "enc:zz"}, 40),
    "wrong token": ({"u": "admin", "t": "0" * 32, "s": SALT}, 40),
    "no token": ({"u": "admin", "t": "täken", "s": SALT}, 40),
    "key and name": ({"apiKey": API_KEY, "u": "admin"}, 43),
    "key and token": ({"apiKey": API_KEY, "t": TOKEN, "s": SALT}, 43),
    "wrong key": ({"apiKey": "no"}, 44),
    "too often": ({"u": "slow", "p": PASSWORD}, 0),
    "nul": ({"u": "ad\0min", "p": PASSWORD}, 0),
}


@pytest.mark.parametrize("credentials", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("method", ["GET", "POST", "multipart"])
def test_every_form_opens(client: TestClient, credentials: dict[str, str], method: str) -> None:
    query: dict[str, Any] = {**credentials, "f": "json"}
    if method == "GET":
        response = client.get("/rest/ping", params=query)
    elif method == "POST":
        response = client.post("/rest/ping.view", data=query)
    else:
        response = client.post("/rest/ping", files={name: (None, value) for name, value in query.items()})
    assert response.json()["subsonic-response"]["status"] == "ok"


@pytest.mark.parametrize(("credentials", "code"), BAD.values(), ids=BAD)
def test_what_does_not_open_says_why(client: TestClient, credentials: dict[str, str], code: int) -> None:
    response = client.get("/rest/ping", params={**credentials, "f": "json"})
    assert response.status_code == 200
    assert spec.problems("ping", response.json()) == []
    assert response.json()["subsonic-response"]["error"]["code"] == code


def test_unknown_user_and_wrong_password_read_the_same(client: TestClient) -> None:
    texts = {
        client.get("/rest/ping", params=credentials).text
        for credentials in ({"u": "admin", "p": "no"}, {"u": "nobody", "p": PASSWORD})
    }
    assert len(texts) == 1


def test_extensions_are_public_whatever_credentials_say(client: TestClient) -> None:
    query = {"u": "nobody", "p": "x", "t": "x", "s": "x", "apiKey": "\0", "f": "json"}
    answer = client.get("/rest/getOpenSubsonicExtensions", params=query).json()["subsonic-response"]
    assert {each["name"]: each["versions"] for each in answer["openSubsonicExtensions"]} == {
        "apiKeyAuthentication": [1],
        "formPost": [1],
        "indexBasedQueue": [1],
        "playbackReport": [1],
        "songLyrics": [1, 2],
        "sonicSimilarity": [1],
        "topSongsByArtistId": [1],
        "transcodeOffset": [1],
        "transcoding": [1],
    }


def test_logins_learn_address_and_client(client: TestClient, server: FakeServer) -> None:
    client.get("/rest/ping", params={"apiKey": API_KEY, "c": "Amp"})
    assert server.logins.seen == [("testclient", "Amp")]


@pytest.mark.parametrize(("credentials", "sent"), [({"u": "a", "p": "b"}, True), ({}, False)])
def test_help_comes_with_failed_logins(credentials: dict[str, str], sent: bool) -> None:
    app = mounted(services(), help_url="https://example.org/help")
    response = TestClient(app).get("/rest/ping", params={**credentials, "f": "json"})
    assert ("helpUrl" in response.json()["subsonic-response"]["error"]) is sent


def test_help_is_at_the_server_itself(client: TestClient) -> None:
    sent = {"u": "admin", "p": "no", "f": "json"}
    found = client.get("/rest/ping", params=sent).json()["subsonic-response"]["error"]
    assert found["helpUrl"] == "http://testserver/help/app-passwords"
    assert "app password" in found["message"]
    odd = client.get("/rest/ping", params=sent, headers={"host": '<a b>:x/"?#'})
    assert odd.json()["subsonic-response"]["error"]["code"] == 40


@pytest.mark.parametrize(
    ("address", "scheme", "required", "opens"),
    [
        ("127.0.0.1", "http", True, True),
        ("192.168.1.9", "http", True, True),
        ("100.64.0.7", "http", True, True),
        ("fe80::1%eth0", "http", True, True),
        ("::ffff:192.168.1.9", "http", True, True),
        ("1.1.1.1", "http", True, False),
        ("::ffff:1.1.1.1", "http", True, False),
        ("2606:4700::1111", "http", True, False),
        ("1.1.1.1", "http", False, True),
        ("1.1.1.1", "https", True, True),
    ],
)
def test_plain_http_stays_at_home(address: str, scheme: str, required: bool, opens: bool) -> None:
    app = mounted(services(), require_tls_for_public=required)
    client = TestClient(app, base_url=f"{scheme}://server", client=(address, 1))
    answer = client.get("/rest/ping", params={"apiKey": API_KEY, "f": "json"}).json()["subsonic-response"]
    assert (answer["status"] == "ok") is opens
    public = client.get("/rest/getOpenSubsonicExtensions", params={"f": "json"}).json()["subsonic-response"]
    assert public["status"] == "ok"


def test_plain_http_at_home_is_warned_about_once(caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(mounted(services()), client=("192.168.1.9", 1))
    for _ in range(3):
        client.get("/rest/ping", params={"apiKey": API_KEY})
    assert len([text for text in caplog.messages if "192.168.1.9" in text]) == 1
