"""Everything that goes wrong is a problem document, and says neither too much nor too little."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from mcma.api.options import ApiOptions
from mcma.api.respond import encoded
from mcma.domain import errors as known
from mcma_plugins.errors import McmaError, RetryLater
from tests.support.postgres import running_postgres
from tests.support.server import Server, app_of, serving

pytestmark = pytest.mark.anyio
FIELDS = {"type", "title", "status", "detail", "code", "hint", "instance", "request_id"}
CASES: list[tuple[Exception, int, str]] = [
    (known.InvalidInput("no"), 422, "invalid_input"),
    (known.NotAuthenticated("no"), 401, "not_authenticated"),
    (known.Forbidden("no"), 403, "forbidden"),
    (known.NotFound("no"), 404, "not_found"),
    (known.Conflict("no"), 409, "conflict"),
    (known.Gone("no"), 410, "gone"),
    (known.TooLarge("no"), 413, "too_large"),
    (known.Unsupported("no"), 415, "unsupported"),
    (known.TooManyRequests("no", retry_after=1.2), 429, "too_many_requests"),
    (known.Unavailable("no", code="file_missing"), 503, "file_missing"),
    (known.OutOfSpace("no"), 507, "out_of_space"),
    (RetryLater("no", after=9), 503, "retry_later"),
    (McmaError("no"), 500, "internal"),
    (OSError(28, "No space left on device", "/secret/path"), 507, "out_of_space"),
    (RuntimeError("secret"), 500, "internal"),
    (sa.exc.OperationalError("SELECT secret", {}, Exception("secret")), 500, "internal"),
]


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda one: str(one))
async def test_each_error_has_its_status(
    server: Server, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    async def fails(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(type(server.core.services.catalogue), "album", fails)
    answer = await server.user.ask(
        "GET", f"/api/v1/albums/{uuid4()}", status, headers={"x-request-id": "abc-1"}
    )
    problem = answer.json()
    assert set(problem) == FIELDS
    assert (problem["status"], problem["code"], problem["request_id"]) == (status, code, "abc-1")
    assert problem["type"] == f"urn:mcma:problem:{code}"
    assert "secret" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (status in (429, 503))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api", 404, "not_found"),
        ("DELETE", "/api/v1/tracks", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "/api/v1/tracks/", 404, "not_found"),
    ],
)
async def test_wrong_doors(server: Server, method: str, path: str, status: int, code: str) -> None:
    answer = await server.user.ask(method, path, status)
    assert answer.json()["code"] == code
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b"null", b'"x"', b"[" * 50_000, b'{"name":' + b"9" * 6000 + b"}",
     b'{"name": NaN}', b'{"name": "\\ud800"}', b'{"name": "\\u0000"}'],
)  # fmt: skip
async def test_bodies_that_are_none(server: Server, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await server.user.client.post(
        "/api/v1/playlists", content=content, headers={**server.user.headers, **headers}
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_secret_that_is_wrong_is_not_repeated(server: Server) -> None:
    body = {"username": "x", "password": "hunter2" * 500}
    answer = await server.nobody.ask("POST", "/api/v1/auth/login", 422, json=body)
    assert "hunter2" not in answer.text
    assert answer.json()["detail"].startswith("password (body): ")


def test_text_that_is_no_unicode_is_sent_without_it() -> None:
    assert encoded({"a\ud800": ["b\udcff", 1, (None,)]}) == b'{"a?":["b?",1,[null]]}'
    with pytest.raises(TypeError):
        encoded({"a": object()})


async def test_another_type_of_body(server: Server) -> None:
    await server.user.ask("POST", "/api/v1/playlists", 422, data={"name": "x"})


async def test_large_bodies_are_refused_declared_or_not(server: Server) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    for content in (b" " * 2_000_000, pieces()):
        answer = await server.user.ask("POST", "/api/v1/playlists", 413, content=content, headers={
            "content-type": "application/json"})  # fmt: skip
        assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize("pause", [30, 0.01], ids=["stops", "trickles"])
async def test_a_body_that_does_not_come_is_not_waited_for(own_server: Server, pause: float) -> None:
    app = app_of(own_server.core, ApiOptions(read_seconds=0.05))
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if sent:
            await asyncio.sleep(pause)
        sent.append(1)
        return {"type": "http.request", "body": b"{" if len(sent) == 1 else b" ", "more_body": True}

    started: list[Any] = []

    async def send(message: Any) -> None:
        started.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/api/v1/auth/logout", "raw_path": b"/api/v1/auth/logout", "query_string": b"",
        "root_path": "", "headers": [(b"content-length", b"5"), (b"content-type", b"application/json")],
        "client": None, "server": ("test", 80), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    assert started[0]["status"] == 408


async def test_the_database_goes_away(tmp_path: Path) -> None:
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres())
        async with serving(tmp_path, postgres.url(), scanned=False) as server:
            await server.nobody.get("/health/ready")
            stack.close()
            await asyncio.sleep(1.05)  # readiness is looked at once a second
            found = await server.nobody.get("/health/ready", 503)
            assert found["checks"]["database"]["state"] == "unreachable"
            answer = await server.user.ask("GET", "/api/v1/tracks", 503)
            assert answer.json()["code"] == "unavailable"
            assert "retry-after" in answer.headers
            assert await server.nobody.get("/health") == {"status": "ok"}
