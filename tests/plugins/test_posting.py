"""Forms: what is posted, to one address alone, and what may go wrong with it."""

import gzip
from urllib.parse import parse_qsl

import pytest

from mcma_plugins.errors import PermanentError, PluginError
from tests.support.webclient import web
from tests.support.webserver import Answer, WebServer, saying

pytestmark = pytest.mark.anyio


FORM = {"client": "key & more", "fingerprint.0": "AQAA ü"}


async def test_a_form(server: WebServer) -> None:
    server.paths["/a"] = saying(content=gzip.compress(b"{}"), content_encoding="gzip")
    async with web(server.address) as made:
        assert await made.post_form(server.url("/a?b"), FORM, most=10, headers={"X-Key": "k"}) == b"{}"
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/a?b")
    assert dict(parse_qsl(asked.content.decode())) == FORM
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (asked.headers["user-agent"], asked.headers["x-key"]) == ("mcma-test/1", "k")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_form_is_for_one_address(server: WebServer, status: int) -> None:
    server.paths |= {"/a": saying(status, location="/b"), "/b": saying(content=b"{}")}
    async with web(server.address) as made:
        with pytest.raises(PermanentError) as caught:
            await made.post_form(server.url("/a"), FORM, most=10)
    assert caught.value.stable_code == "refused"
    assert len(server.asked) == 1


@pytest.mark.parametrize(("answer", "code"), [
    (saying(429, retry_after="7"), "rate_limited"), (saying(503), "unreachable"), (saying(404), "not_found"),
    (saying(400), "refused"), (saying(content=b"x" * 11), "too_large"),
    (saying(content=b"<html>", content_type="text/html"), "bad_answer"),
    (saying(content=b"x", content_encoding="br"), "bad_answer"),
])  # fmt: skip
async def test_what_goes_wrong_with_a_form(server: WebServer, answer: Answer, code: str) -> None:
    server.paths["/a"] = answer
    async with web(server.address) as made:
        with pytest.raises(PluginError) as caught:
            await made.post_form(server.url("/a"), FORM, most=10)
    assert caught.value.stable_code == code


async def test_what_a_service_says_of_a_wrong_form(server: WebServer) -> None:
    server.paths["/a"] = saying(400, content=b"{}", content_type="application/json")
    async with web(server.address) as made:
        assert await made.post_form(server.url("/a"), FORM, most=10, also={400}) == b"{}"


async def test_a_form_goes_to_no_address_of_this_network(server: WebServer) -> None:
    async with web() as made:
        with pytest.raises(PermanentError) as caught:
            await made.post_form(server.url("/a"), FORM, most=10)
    assert caught.value.stable_code == "refused_address"
    assert not server.asked
