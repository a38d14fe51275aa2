"""Services that say with a fault what they mean by it."""

import gzip

import pytest

from mcma_plugins.errors import RetryLater
from tests.support.webclient import web
from tests.support.webserver import Answer, WebServer, saying

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("answer", "content", "code"), [
    (saying(200, b"<a/>", content_type="application/xml"), b"<a/>", None),
    (saying(404, b"<error/>", content_type="application/xml"), b"<error/>", "not_found"),
    (saying(404, b"<html>", content_type="text/html"), b"<html>", "not_found"),
    (saying(503, gzip.compress(b"busy"), content_encoding="gzip"), b"busy", "unreachable"),
    (saying(503, b"no gzip", content_encoding="gzip"), b"", "unreachable"),
    (saying(503, b"half", headers={"content-length": "100"}), b"", "unreachable"),
    (saying(500, b"x" * 100_000), b"", "unreachable"),
])  # fmt: skip
async def test_what_a_service_says_with_a_fault(
    server: WebServer, answer: Answer, content: bytes, code: str | None
) -> None:
    server.paths["/a"] = answer
    async with web(server.address) as made:
        said = await made.ask(server.url("/a"), most=1000)
    assert (said.content, said.fault and said.fault.stable_code) == (content, code)


async def test_a_page_in_place_of_an_answer_is_none(server: WebServer) -> None:
    server.paths["/a"] = saying(200, b"<html>", content_type="text/html")
    async with web(server.address) as made:
        with pytest.raises(RetryLater):
            await made.ask(server.url("/a"), most=1000)
