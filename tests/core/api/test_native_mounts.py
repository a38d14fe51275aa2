"""Plugins' adapters in the web application: mounted, contained, and no danger to the rest."""

from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
import pytest
from starlette.responses import PlainTextResponse

from mcma.api.app import create_app
from mcma.api.options import ApiOptions
from mcma.host import PluginState
from mcma_plugins import Adapter
from tests.support.server import Server

pytestmark = pytest.mark.anyio


@dataclass
class Host:
    """Only what the application asks of one."""

    offered: list[tuple[str, Adapter]]
    refused: dict[str, str] = field(default_factory=dict)

    def adapters(self) -> list[tuple[str, Adapter]]:
        return self.offered

    def records(self) -> list[Any]:
        return []

    def failed(self, name: str, state: PluginState, reason: str, hint: str | None = None) -> None:
        assert state is PluginState.START_FAILED
        self.refused[name] = reason


def good(_: Any) -> Any:
    return PlainTextResponse("good")


def failing(_: Any) -> Any:
    raise RuntimeError("cannot be built")


def leaving(_: Any) -> Any:
    raise SystemExit(3)


def raising(_: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a secret of the plugin")

    return app


async def client_of(server: Server, host: Any) -> httpx.AsyncClient:
    app = create_app(server.core.services, host, ApiOptions())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_one_that_cannot_be_built_harms_nobody_else(server: Server) -> None:
    offered = [
        ("one", Adapter("/one", failing)),
        ("two", Adapter("/two", leaving)),
        ("good", Adapter("/good", good)),
    ]
    host = Host(offered)
    async with await client_of(server, host) as client:
        assert (await client.get("/good/x")).text == "good"
        assert (await client.get("/one/x")).status_code == 404
        assert (await client.get("/")).json()["adapters"] == {"/good": "http://test/good"}
        assert (await client.get("/health")).status_code == 200
    assert host.refused == {"one": "build: RuntimeError: cannot be built", "two": "build: SystemExit: 3"}


async def test_what_one_raises_is_a_problem_without_details(server: Server) -> None:
    async with await client_of(server, Host([("bad", Adapter("/bad", raising))])) as client:
        answer = await client.get("/bad/x")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.text
    assert "x-request-id" in answer.headers


async def test_answers_of_adapters_are_made_safe(server: Server) -> None:
    async with await client_of(server, Host([("good", Adapter("/good", good))])) as client:
        answer = await client.get("/good/")
    assert answer.headers["x-content-type-options"] == "nosniff"
