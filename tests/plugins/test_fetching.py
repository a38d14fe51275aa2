"""Answers of other servers: what is asked, what is not, and how everything that goes wrong is called."""

import asyncio
import gzip
import json
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from mcma_plugins.errors import AuthorisationNeeded, PermanentError, PluginError, RetryLater
from mcma_plugins.fetching import Times, Web, retry_after
from tests.support.certificates import certificates
from tests.support.webclient import QUICK, web
from tests.support.webserver import Request, WebServer, Write, head, saying, serving_web

pytestmark = pytest.mark.anyio
HASTY = Times(connect=0.5, read=0.3, whole=0.6)


async def fault(made: Web, url: str, login: bool = False) -> PluginError:
    with pytest.raises(PluginError) as caught:
        await made.get_json(url, login=login)
    return caught.value


async def test_json(server: WebServer) -> None:
    server.paths["/a"] = saying(content=b'{"a": [1]}', content_type="application/json")
    async with web(server.address) as made:
        assert await made.get_json(server.url("/a?b=c%20d"), headers={"X-Key": "k"}) == {"a": [1]}
    (asked,) = server.asked
    assert asked.target == "/a?b=c%20d"
    assert asked.headers == {
        "host": server.address,
        "accept": "application/json",
        "accept-encoding": "gzip",
        "user-agent": "mcma-test/1",
        "x-key": "k",
    }


async def test_nothing_of_the_environment_and_no_cookies(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server.paths["/a"] = saying(content=b"1", set_cookie="a=b; Path=/")
    async with web(server.address) as made:
        assert [await made.get_json(server.url("/a")) for _ in range(2)] == [1, 1]
    assert all("cookie" not in one.headers for one in server.asked)


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "ftp://example.org/a", "gopher://example.org/1", "javascript:alert(1)", "data:,1",
    "//example.org/a", "/a", "", "http://", "https:///a", "http://me:secret@example.org/", "http://me@a.org",
    "http://example.org:22/", "https://example.org:25/a", "http://example.org:99999/", "http://exa mple.org/",
    "http://example.org/\x00", "http://[::1/", "http://example.org/" + "a" * 5000,
])  # fmt: skip
async def test_what_is_no_address_of_the_web(url: str) -> None:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        pytest.fail("it was looked up")

    found = await fault(Web(agent="mcma-test/1", resolver=resolver), url)
    assert (type(found), found.stable_code) == (PermanentError, "refused_address")
    assert "secret" not in found.message


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0", "[::1]", "[::ffff:127.0.0.1]"],
)
async def test_this_machine_is_refused_however_it_is_written(server: WebServer, host: str) -> None:
    async with web() as made:
        found = await fault(made, f"http://{host}:{server.port}/")
    assert found.stable_code in ("refused_address", "unreachable")
    assert not server.asked


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["fe80::1%2"]]
)
async def test_names_that_point_into_this_network(server: WebServer, addresses: list[str]) -> None:
    async with web(addresses=addresses) as made:
        found = await fault(made, f"http://music.example:{server.port}/")
    assert (type(found), found.stable_code) == (PermanentError, "refused_address")
    assert not server.asked


async def test_what_was_judged_is_what_is_connected_to(server: WebServer) -> None:
    """The name is looked up once, and the request names it; a second look would find another address."""
    looks: list[str] = []

    async def resolver(host: str, _port: int) -> Sequence[str]:
        looks.append(host)
        return ["127.0.0.1"] if len(looks) == 1 else ["127.0.0.2"]

    server.paths["/"] = saying(content=b"1")
    made = Web(agent="mcma-test/1", allowed=[f"music.example:{server.port}"], times=QUICK, resolver=resolver)
    assert await made.get_json(f"http://MUSIC.example:{server.port}/") == 1
    await made.aclose()
    assert (looks, server.asked[0].headers["host"]) == (["music.example"], f"music.example:{server.port}")


async def test_the_second_address_is_tried(server: WebServer) -> None:
    server.paths["/"] = saying(content=b"1")
    async with web(f"music.example:{server.port}", addresses=["127.0.0.9", "127.0.0.1"]) as made:
        assert await made.get_json(f"http://music.example:{server.port}/") == 1


async def test_redirects_are_followed(server: WebServer) -> None:
    server.paths |= {"/a": saying(302, location="/b?c"), "/b": saying(307, location=server.url("/d#e"))}
    server.paths["/d"] = saying(content=b"1")
    async with web(server.address) as made:
        assert await made.get_json(server.url("/a"), headers={"X-Key": "k"}) == 1
    assert [one.target for one in server.asked] == ["/a", "/b?c", "/d"]
    assert server.asked[-1].headers["x-key"] == "k"


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:6379/", "http://169.254.169.254/latest", "file:///etc/passwd", "http://a:b@example.org",
     "http://[bad", "http://a b/",
     "gopher://127.0.0.1/", "//localhost:1024/"],
)  # fmt: skip
async def test_redirects_are_judged(server: WebServer, location: str) -> None:
    server.paths["/a"] = saying(301, location=location)
    async with web(server.address) as made:
        found = await fault(made, server.url("/a"))
    assert (type(found), found.stable_code) == (PermanentError, "refused_address")


async def test_redirects_end(server: WebServer) -> None:
    server.paths["/a"] = saying(302, location="/a")
    async with web(server.address) as made:
        assert (await fault(made, server.url("/a"))).stable_code == "refused"
    assert len(server.asked) == 6


async def test_another_host_gets_no_headers_of_ours(server: WebServer) -> None:
    async with serving_web() as other:
        server.paths["/a"] = saying(302, location=other.url("/b"))
        other.paths["/b"] = saying(content=b"1")
        async with web(server.address, other.address) as made:
            assert await made.get_json(server.url("/a"), headers={"Authorization": "k"}) == 1
    assert server.asked[0].headers["authorization"] == "k"
    assert "authorization" not in other.asked[0].headers
    assert other.asked[0].headers["user-agent"] == "mcma-test/1"


@pytest.mark.parametrize(("status", "headers", "kind", "code", "after"), [
    (429, {"retry_after": "7"}, RetryLater, "rate_limited", 7),
    (429, {"retry_after": "0"}, RetryLater, "rate_limited", 1),
    (429, {"retry_after": "99999999"}, RetryLater, "rate_limited", 86400),
    (429, {"retry_after": "soon"}, RetryLater, "rate_limited", None),
    (429, {}, RetryLater, "rate_limited", None),
    (503, {"retry_after": "30"}, RetryLater, "unreachable", 30),
    (500, {}, RetryLater, "unreachable", None),
    (408, {}, RetryLater, "unreachable", None),
    (401, {}, PermanentError, "forbidden", None),
    (403, {}, PermanentError, "forbidden", None),
    (404, {}, PermanentError, "not_found", None),
    (410, {}, PermanentError, "not_found", None),
    (400, {}, PermanentError, "refused", None),
    (304, {}, PermanentError, "refused", None),
])  # fmt: skip
async def test_statuses(
    server: WebServer, status: int, headers: dict[str, str], kind: type, code: str, after: float | None
) -> None:
    server.paths["/a"] = saying(status, headers=headers)
    async with web(server.address) as made:
        found = await fault(made, server.url("/a"))
    assert (type(found), found.stable_code, getattr(found, "after", None)) == (kind, code, after)


@pytest.mark.parametrize("status", [401, 403])
async def test_where_somebody_can_log_in(server: WebServer, status: int) -> None:
    server.paths["/a"] = saying(status)
    async with web(server.address) as made:
        assert isinstance(await fault(made, server.url("/a"), login=True), AuthorisationNeeded)


def test_retry_after_as_a_date() -> None:
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert retry_after(format_datetime(now + timedelta(seconds=90), usegmt=True), now) == 90
    assert retry_after(format_datetime(now - timedelta(days=1), usegmt=True), now) == 1
    assert retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now) == 86400
    assert [retry_after(one, now) for one in (None, "", "-5", "1.5", "٣", "Fri, 99 Foo 2026")] == [None] * 6


@pytest.mark.parametrize(("content", "kind"), [
    (b"<!DOCTYPE html><p>Sign in", "text/html; charset=utf-8"),
    (b" <html>", "application/json"),
    (b"{", "application/json"),
    (b"", "application/json"),
    (b"\xff\xfe", "application/json"),
    (b"[" * 200_000, "application/json"),
    (b"9" * 10_000, "application/json"),
])  # fmt: skip
async def test_what_is_no_json(server: WebServer, content: bytes, kind: str) -> None:
    server.paths["/a"] = saying(content=content, content_type=kind)
    async with web(server.address) as made:
        found = await fault(made, server.url("/a"))
    assert (type(found), found.stable_code) == (RetryLater, "bad_answer")
    if b"html" in content:
        assert "a page for people" in found.message


async def test_json_by_another_name(server: WebServer) -> None:
    server.paths["/a"] = saying(content=b"1", content_type="text/plain")
    async with web(server.address) as made:
        assert await made.get_json(server.url("/a")) == 1


async def test_other_types_than_are_due(server: WebServer) -> None:
    server.paths |= {"/a": saying(content=b"x", content_type="application/zip"), "/b": saying(content=b"x")}
    server.paths["/c"] = saying(content=b"x", content_type="Image/PNG")
    async with web(server.address) as made:
        with pytest.raises(PermanentError) as caught:
            await made.get_bytes(server.url("/a"), most=9, types=["image/"])
        assert caught.value.stable_code == "unexpected_type"
        for path in ("/b", "/c"):
            assert await made.get_bytes(server.url(path), most=9, types=["image/"]) == b"x"


async def test_packed_answers_are_unpacked(server: WebServer) -> None:
    server.paths["/a"] = saying(content=gzip.compress(b'{"a": 1}'), content_encoding="gzip")
    async with web(server.address) as made:
        assert await made.get_json(server.url("/a")) == {"a": 1}


async def test_a_bomb_is_not_unpacked(server: WebServer) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 100_000
    server.paths["/a"] = saying(content=bomb, content_encoding="gzip")
    async with web(server.address) as made:
        assert (await fault(made, server.url("/a"))).stable_code == "too_large"


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd", "deflate", "something"])
async def test_packed_in_a_way_nobody_asked_for(server: WebServer, packing: str) -> None:
    server.paths["/a"] = saying(content=b"1", content_encoding=packing)
    async with web(server.address) as made:
        assert (await fault(made, server.url("/a"))).stable_code == "bad_answer"


async def test_broken_packing(server: WebServer) -> None:
    server.paths["/a"] = saying(content=b"no gzip at all", content_encoding="gzip")
    async with web(server.address) as made:
        assert (await fault(made, server.url("/a"))).stable_code == "bad_answer"


async def test_an_answer_without_end(server: WebServer) -> None:
    async def endless(_: Request, write: Write) -> None:
        await write(head(200, {"content-type": "application/json"}))
        while True:
            await write(b"1" * 65536)

    server.paths["/a"] = endless
    async with web(server.address) as made:
        with pytest.raises(PermanentError) as caught:
            await made.get_bytes(server.url("/a"), most=1_000_000)
    assert caught.value.stable_code == "too_large"


async def test_half_an_answer(server: WebServer) -> None:
    async def half(_: Request, write: Write) -> None:
        await write(head(200, {"content-length": "100"}) + b"1" * 50)

    server.paths["/a"] = half
    async with web(server.address) as made:
        assert (await fault(made, server.url("/a"))).stable_code == "incomplete"


async def test_a_server_that_says_nothing(server: WebServer) -> None:
    async def silent(_: Request, __: Write) -> None:
        await asyncio.Event().wait()

    server.paths["/a"] = silent
    async with web(server.address, times=HASTY) as made:
        found = await fault(made, server.url("/a"))
    assert (type(found), found.stable_code) == (RetryLater, "unreachable")


@pytest.mark.parametrize("headers_too", [True, False])
async def test_a_server_that_drips(server: WebServer, headers_too: bool) -> None:
    async def dripping(_: Request, write: Write) -> None:
        await write(b"HTTP/1.1 200 OK\r\nx: " if headers_too else head(200, {}))
        while True:
            await write(b"1")
            await asyncio.sleep(0.05)

    server.paths["/a"] = dripping
    begun = time.monotonic()
    async with web(server.address, times=HASTY) as made:
        found = await fault(made, server.url("/a"))
    assert (type(found), found.stable_code) == (RetryLater, "unreachable")
    assert time.monotonic() - begun < 20


async def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with web(f"127.0.0.1:{port}") as made:
        found = await fault(made, f"http://127.0.0.1:{port}/")
    assert (type(found), found.stable_code) == (RetryLater, "unreachable")


@pytest.mark.parametrize(
    ("number", "code"), [(socket.EAI_AGAIN, "no_network"), (socket.EAI_NONAME, "unreachable")]
)
async def test_names_that_nobody_knows(monkeypatch: pytest.MonkeyPatch, number: int, code: str) -> None:
    def failing(*_: object, **__: object) -> None:
        raise socket.gaierror(number, "said by the test")

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    async with web() as made:
        found = await fault(made, "https://music.example/")
    assert (type(found), found.stable_code) == (RetryLater, code)


async def test_something_that_is_no_http(server: WebServer) -> None:
    async def other(_: Request, write: Write) -> None:
        await write(b"SSH-2.0-OpenSSH_9.2\r\n")

    server.paths["/a"] = other
    async with web(server.address) as made:
        assert isinstance(await fault(made, server.url("/a")), RetryLater)


async def test_tls_verifies_the_name(tmp_path: Path) -> None:
    """The certificate is for music.example: who connects by that name is served, by another it is not."""
    serving, trusting = certificates(tmp_path, "music.example")
    async with serving_web(tls=serving) as server:
        server.paths["/"] = saying(content=b"1")
        names = [f"{name}:{server.port}" for name in ("music.example", "other.example")]
        async with web(*names, addresses=["127.0.0.1"], tls=trusting) as made:
            assert await made.get_json(f"https://{names[0]}/") == 1
            found = await fault(made, f"https://{names[1]}/")
    assert (type(found), found.stable_code) == (RetryLater, "unreachable")
    assert len(server.asked) == 1


async def test_from_https_to_http_nobody_goes(tmp_path: Path, server: WebServer) -> None:
    serving, trusting = certificates(tmp_path, "music.example")
    async with serving_web(tls=serving) as secure:
        secure.paths["/"] = saying(302, location=server.url("/"))
        name = f"music.example:{secure.port}"
        async with web(name, server.address, addresses=["127.0.0.1"], tls=trusting) as made:
            assert (await fault(made, f"https://{name}/")).stable_code == "refused_address"
    assert not server.asked


async def test_json_is_read_in_full_size(server: WebServer) -> None:
    document = [{"identifier": f"item{number}"} for number in range(20_000)]
    server.paths["/a"] = saying(content=json.dumps(document).encode(), content_type="application/json")
    async with web(server.address) as made:
        assert await made.get_json(server.url("/a")) == document
