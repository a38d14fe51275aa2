"""HTTP that goes wrong, against a server of three lines."""

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2 as httpx
import pytest

from mcma_client import BadAnswer, ClientError, NotLoggedIn, Refused, Unreachable
from mcma_client.api import DELAYS, Api, address
from mcma_client.errors import Damaged
from mcma_client.login import Login

LOGIN = Login("http://music.test/base", "alex", "d", "old", "r1")
Handler = Callable[[httpx.Request], httpx.Response]


def api(handler: Handler, slept: list[float] | None = None, saved: list[Login] | None = None) -> Api:
    keep = saved if saved is not None else []
    wait = slept if slept is not None else []
    return Api(LOGIN, keep.append, httpx.MockTransport(handler), wait.append)


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": f"It is {code}.", "hint": None, **more})


def test_new_tokens_are_kept_before_they_are_used() -> None:
    saved: list[Login] = []
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path.endswith("/auth/refresh"):
            assert json.loads(request.content) == {"refresh_token": "r1"}
            return httpx.Response(200, json={"access_token": "new", "refresh_token": "r2"})
        if request.headers["authorization"] != "Bearer new":
            return problem(401, "not_authenticated")
        assert [one.refresh_token for one in saved] == ["r2"]
        return httpx.Response(200, json={"ok": True})

    made = api(handler, saved=saved)
    assert made.get("/thing", a=1) == {"ok": True}
    assert made.get("/thing") == {"ok": True}
    assert asked == ["/base/api/v1/thing", "/base/api/v1/auth/refresh", *["/base/api/v1/thing"] * 2]
    made.close()


def test_a_login_that_has_ended_says_so() -> None:
    with pytest.raises(NotLoggedIn, match="log in again, nothing is lost"):
        api(lambda _: problem(401, "not_authenticated")).get("/thing")


def test_a_revoked_device_is_not_renewed() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return problem(401, "device_revoked")

    with pytest.raises(Refused) as refused:
        api(handler).post("/sync/push", dict)
    assert (refused.value.code, len(asked)) == ("device_revoked", 1)


def test_a_refresh_whose_answer_is_lost_is_sent_again_soon() -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path.endswith("/refresh") and len(asked) == 5:
            return httpx.Response(200, json={"access_token": "new", "refresh_token": "r2"})
        if request.url.path.endswith("/refresh"):
            raise httpx.ReadTimeout("lost")
        new = request.headers["authorization"] == "Bearer new"
        return httpx.Response(200, json=[]) if new else problem(401, "not_authenticated")

    slept: list[float] = []
    saved: list[Login] = []
    assert api(handler, slept, saved).get("/thing") == []
    tries = [request for request in asked if request.url.path.endswith("/refresh")]
    assert {request.content for request in tries} == {b'{"refresh_token":"r1"}'}
    unheard = sum(request.extensions["timeout"]["read"] for request in tries[:-1])
    assert unheard + 1.3 * sum(DELAYS) < 60, "a spent token is good again for a minute"
    assert (len(tries), len(slept), len(saved)) == (4, 3, 1)


@pytest.mark.parametrize("status", [429, 503])
def test_busy_servers_are_waited_for(status: int) -> None:
    slept: list[float] = []
    answers = [httpx.Response(status, headers={"retry-after": "9"}), httpx.Response(status)]

    def handler(request: httpx.Request) -> httpx.Response:
        return answers.pop(0) if answers else httpx.Response(200, json=[])

    assert api(handler, slept).post("/sync/push", dict) == []
    assert 9 <= slept[0] < 12
    assert DELAYS[1] <= slept[1] < DELAYS[1] * 1.4


def test_a_long_wait_is_told_instead() -> None:
    slept: list[float] = []
    with pytest.raises(Refused) as refused:
        api(lambda _: httpx.Response(503, headers={"retry-after": "3600"}), slept).get("/thing")
    assert (refused.value.status, refused.value.retry_after, slept) == (503, 3600, [])


def test_it_gives_up_in_the_end() -> None:
    slept: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(Unreachable, match="no route"):
        api(handler, slept).get("/thing")
    assert len(slept) == len(DELAYS)


@pytest.mark.parametrize("content", [b"<html>", b"", b"{"])
def test_what_is_no_mcma_server(content: bytes) -> None:
    with pytest.raises(BadAnswer, match="does not answer as an mcma server"):
        api(lambda _: httpx.Response(200, content=content)).get("/thing")
    with pytest.raises(Refused, match="answered 502"):
        api(lambda _: httpx.Response(502, content=content)).get("/thing")


@pytest.mark.parametrize("content", [{}, [], {"access_token": "a"}])
def test_a_login_elsewhere(content: Any) -> None:
    with pytest.raises(BadAnswer):
        api(lambda _: httpx.Response(200, json=content)).enter("secret", "laptop")


def test_an_address_below_which_there_is_nothing() -> None:
    with pytest.raises(BadAnswer, match=r"no mcma server at http://music\.test/base"):
        api(lambda _: httpx.Response(404, json={"detail": "Not Found"})).enter("secret", "laptop")


def test_who_forgets_http_is_told_what_to_type() -> None:
    with HTTPServer(("127.0.0.1", 0), Silent) as server:
        Thread(target=server.serve_forever, args=(0.01,)).start()
        host = f"127.0.0.1:{server.server_port}"
        typed = Api(replace(LOGIN, url=address(host)), lambda _: None, sleep=lambda _: None)
        with pytest.raises(Unreachable, match=f"try http://{host}$"):
            typed.enter("secret", "laptop")
        typed.close()
        server.shutdown()


class Silent(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_who_is_not_logged_in_yet_says_nothing_of_a_token() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": "a", "refresh_token": "r"})

    stranger = Api(
        replace(LOGIN, access_token=""), lambda _: None, httpx.MockTransport(answer), lambda _: None
    )
    stranger.enter("secret", "laptop")
    stranger.get("/thing")
    assert [one.headers.get("authorization") for one in asked] == [None, "Bearer a"]


def test_lines_that_are_cut_are_asked_for_again() -> None:
    answers = [b'{"a":1}\n{"b', b"", b'{"a":1}\n{"b":"\xe2\x80\xa8"}\n']
    found = api(lambda _: httpx.Response(200, content=answers.pop(0))).lines("/sync/snapshot")
    assert found == [b'{"a":1}', b'{"b":"\xe2\x80\xa8"}']


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://music.example.org/", "https://music.example.org"),
        ("music.example.org/base/", "https://music.example.org/base"),
        ("http://127.0.0.1:6262", "http://127.0.0.1:6262"),
    ],
)
def test_addresses(typed: str, kept: str) -> None:
    assert address(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "ftp://x", "https://", "https://a:b@c", "https://x/?a=1", "http://[::1"]
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(ClientError, match="is no address"):
        address(typed)


def test_the_login_is_a_file_for_nobody_else(tmp_path: Path) -> None:
    with pytest.raises(NotLoggedIn, match="mcma-client login"):
        Login.read(tmp_path)
    LOGIN.write(tmp_path / "deep")
    assert Login.read(tmp_path / "deep") == LOGIN
    [file] = (tmp_path / "deep").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("{")
    with pytest.raises(Damaged, match="log in again"):
        Login.read(tmp_path / "deep")
    Login.forget(tmp_path / "deep")
    Login.forget(tmp_path / "deep")
