"""What every request passes: ids, headers, proxies, other origins, the log."""

import re
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx2 as httpx
import pytest
import structlog
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from mcma.api.middleware import ApiCors, Compression, Edge
from mcma.api.options import ApiOptions

pytestmark = pytest.mark.anyio


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what the application gets to know."""
    text = f"{scope['client'][0]} {scope['scheme']} {scope['path']} {scope.get('root_path', '')}"
    await PlainTextResponse(text)(scope, receive, send)


async def ask(app: Any, path: str = "/x", peer: str = "10.0.0.1", **more: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=(peer, 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(more.pop("method", "GET"), path, **more)


def forwarded(*values: str, proto: str | None = None) -> list[tuple[str, str]]:
    found = [("x-forwarded-for", value) for value in values]
    return found + ([("x-forwarded-proto", proto)] if proto else [])


@pytest.mark.parametrize(
    ("peer", "values", "expected"),
    [
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4, 10.9.9.9"], "1.2.3.4"),
        ("10.0.0.1", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ("10.0.0.1", ["garbage"], "10.0.0.1"),
        ("10.0.0.1", ["garbage, 10.2.2.2"], "10.2.2.2"),
        ("10.0.0.1", ["1.2.3.4:5678"], "1.2.3.4"),
        ("10.0.0.1", ["[2001:db8::1]:80"], "2001:db8::1"),
        ("10.0.0.1", ["::ffff:1.2.3.4"], "1.2.3.4"),
        ("::ffff:10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("11.0.0.1", ["1.2.3.4"], "11.0.0.1"),
        ("127.0.0.1", ["1.2.3.4"], "127.0.0.1"),
    ],
)
async def test_only_trusted_proxies_are_believed(peer: str, values: list[str], expected: str) -> None:
    app = Edge(echo, ApiOptions(trusted_proxies=("10.0.0.0/8",)))
    answer = await ask(app, peer=peer, headers=forwarded(*values, proto="https"))
    client, scheme, *_ = answer.text.split()
    assert client == expected
    assert scheme == ("https" if "10.0.0.1" in peer else "http")


async def test_nobody_is_trusted_by_default() -> None:
    answer = await ask(Edge(echo, ApiOptions()), headers=forwarded("1.2.3.4", proto="https"))
    assert answer.text.split()[:2] == ["10.0.0.1", "http"]


@pytest.mark.parametrize(
    ("path", "seen"), [("/m/x", "/m/x"), ("/x", "/m/x"), ("/m", "/m/"), ("/mx", "/m/mx")]
)
async def test_the_base_path_is_there_once(path: str, seen: str) -> None:
    answer = await ask(Edge(echo, ApiOptions(base_path="/m")), path)
    assert answer.text.split()[2:] == [seen, "/m"]


@pytest.mark.parametrize(
    ("said", "kept"), [("abc-DEF_1.2", True), ("x" * 65, False), ("a b", False), ("", False), ("a<b", False)]
)
async def test_request_ids_are_kept_when_they_are_harmless(said: str, kept: bool) -> None:
    answer = await ask(Edge(echo, ApiOptions()), headers={"x-request-id": said})
    shown = answer.headers["x-request-id"]
    assert shown == said if kept else re.fullmatch(r"[0-9a-f]{16}", shown)


async def test_answers_are_safe_unless_they_say_otherwise() -> None:
    async def own(scope: Scope, receive: Receive, send: Send) -> None:
        await Response("x", headers={"content-security-policy": "default-src *"})(scope, receive, send)

    plain, other = await ask(Edge(echo, ApiOptions())), await ask(Edge(own, ApiOptions()))
    assert "frame-ancestors 'none'" in plain.headers["content-security-policy"]
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert other.headers["content-security-policy"] == "default-src *"


@pytest.fixture
def logged() -> Any:
    with structlog.testing.capture_logs() as entries:
        yield entries


async def test_one_line_per_request_without_secrets(logged: list[MutableMapping[str, Any]]) -> None:
    headers = {"authorization": "Bearer hunter2"}
    await ask(Edge(echo, ApiOptions()), "/rest/ping?u=admin&p=hunter2", headers=headers)
    [line] = logged
    assert (line["method"], line["path"], line["status"], line["client"]) == (
        "GET",
        "/rest/ping",
        200,
        "10.0.0.1",
    )
    assert "hunter2" not in str(logged)


async def test_a_line_of_the_log_cannot_be_forged(logged: list[MutableMapping[str, Any]]) -> None:
    await ask(Edge(echo, ApiOptions()), "/a%0a%1b[31mlevel=info")
    assert logged[0]["path"] == "/a%0a%1b[31mlevel=info"


async def test_what_raises_is_logged_too(logged: list[MutableMapping[str, Any]]) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await ask(Edge(broken, ApiOptions()))
    assert logged[0]["status"] == 0


@pytest.mark.parametrize(
    ("path", "origin", "allowed"),
    [
        ("/api/v1/tracks", "https://player.example", True),
        ("/api/v1/tracks", "https://evil.example", False),
        ("/rest/ping", "https://player.example", False),
    ],
)
async def test_other_origins_use_the_api_when_they_are_named(path: str, origin: str, allowed: bool) -> None:
    app = ApiCors(echo, ["https://player.example"], "")
    answer = await ask(app, path, headers={"origin": origin})
    assert ("access-control-allow-origin" in answer.headers) == allowed
    if allowed:
        asked = {"origin": origin, "access-control-request-method": "PATCH",
                 "access-control-request-headers": "authorization, range"}  # fmt: skip
        before = await ask(app, path, method="OPTIONS", headers=asked)
        assert before.status_code == 200
        assert "PATCH" in before.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("path", "kind", "size", "accepted", "squeezed"),
    [
        ("/api/x", "application/json", 5000, "br, gzip", True),
        ("/api/x", "application/json", 5000, "identity", False),
        ("/api/x", "application/json", 50, "gzip", False),
        ("/api/x", "audio/flac", 5000, "gzip", False),
        ("/rest/x", "application/json", 5000, "gzip", False),
    ],
)
async def test_large_json_is_squeezed(path: str, kind: str, size: int, accepted: str, squeezed: bool) -> None:
    content = b" " * size
    app = Compression(Response(content, media_type=kind), "/api/")
    answer = await ask(app, path, headers={"accept-encoding": accepted})
    assert answer.content == content
    assert (answer.headers.get("content-encoding") == "gzip") == squeezed
    assert answer.headers.get("vary") == ("Accept-Encoding" if squeezed else None)


async def test_lifespans_pass() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def never() -> AsyncIterator[None]:  # pragma: no cover
        yield

    for kind in ("lifespan", "websocket"):
        scope: Scope = {"type": kind, "path": "/", "headers": [], "client": None}
        await Edge(app, ApiOptions())(scope, never, never)  # type: ignore[arg-type]
    assert seen == ["lifespan", "websocket"]
