"""The plugin as the host sees it, and what happens when a handler breaks."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from mcma_plugins import Adapter, Plugin
from mcma_plugins.testing import AdapterContract, FakeContext, PluginContract
from mcma_subsonic import SubsonicPlugin, SubsonicSettings
from mcma_subsonic.call import ENDPOINTS, Call, Endpoint
from tests.subsonic.conftest import mounted
from tests.subsonic.fakeserver import API_KEY, services


class TestSubsonicPlugin(PluginContract):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin[Any]]:
        return SubsonicPlugin


class TestSubsonicAdapter(AdapterContract):
    @pytest.fixture
    def adapter(self) -> Adapter:
        (adapter,) = SubsonicPlugin(SubsonicSettings()).adapters()
        return adapter

    @pytest.fixture
    def paths(self) -> list[tuple[str, str]]:
        return [(f"/{name}", "apiKey=x&f=json") for name in ENDPOINTS]


def test_it_is_one_adapter_at_rest() -> None:
    (adapter,) = SubsonicPlugin(SubsonicSettings()).adapters()
    assert adapter.mount == "/rest"


def test_importing_it_is_cheap() -> None:
    code = (
        "import sys, mcma_subsonic; print([n for n in ('starlette', 'orjson', 'mcma') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.anyio
async def test_it_logs_where_the_host_says(tmp_path: Path) -> None:
    plugin = SubsonicPlugin(SubsonicSettings())
    context = FakeContext(tmp_path).context
    await plugin.start(context)
    app: Any = plugin.adapters()[0].build(services())
    assert app.log is context.log


class Breaks(Response):
    """Fails after its head went out."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError


async def _raises(call: Call) -> dict[str, Any]:
    raise ZeroDivisionError("secret")


async def _breaks(call: Call) -> Response:
    return Breaks()


@pytest.fixture
def client() -> TestClient:
    return TestClient(mounted(services()))


def test_a_broken_handler_is_an_envelope_and_a_log_line(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(ENDPOINTS, "ping", Endpoint("ping", "1.0.0", _raises))
    response = client.get("/rest/ping", params={"apiKey": API_KEY, "f": "json"})
    assert response.status_code == 200
    assert response.json()["subsonic-response"]["error"] == {"code": 0, "message": "Internal error."}
    assert "ping" in caplog.text and API_KEY not in caplog.text


def test_bytes_that_break_off_cut_the_connection(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENDPOINTS, "stream", Endpoint("stream", "1.0.0", _breaks, media=True))
    with pytest.raises(ConnectionError):
        client.get("/rest/stream", params={"apiKey": API_KEY})


def test_websockets_are_turned_away(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/rest/ping"):
        pass
