"""Liveness, readiness, the first page and the documentation."""

import asyncio
import gc
import weakref
from pathlib import Path

import pytest

from mcma.api.health import Check, Finding, Health, ml_check, required_check, tools_check
from mcma.api.options import ApiOptions
from tests.support.server import Server, app_of, serving

pytestmark = pytest.mark.anyio


async def test_it_lives_and_is_ready(server: Server) -> None:
    assert await server.nobody.get("/health") == {"status": "ok"}
    found = await server.nobody.get("/health/ready")
    assert found["checks"]["database"] == {"ok": True, "required": True, "state": "ready", "details": {}}
    assert found["checks"]["plugins"]["details"]["local"] == "running"
    assert found["status"] in ("ready", "degraded")


async def test_without_a_database_it_lives_but_is_not_ready(own_server: Server) -> None:
    database = own_server.core.database
    broken = type(database)("postgresql+asyncpg://nobody@/nothing?host=/nowhere")

    async def ping() -> None:
        async with broken.read() as connection:
            await connection.exec_driver_sql("SELECT 1")

    health = Health([required_check("database", ping)])
    found = await health.look()
    assert (found["status"], found["checks"]["database"]["state"]) == ("unready", "unreachable")
    assert found is await health.look()
    await broken.close()


async def test_checks_have_a_time_limit_and_the_rest_is_optional() -> None:
    async def hangs() -> Finding:
        await asyncio.sleep(60)
        raise AssertionError

    health = Health([Check("ml", hangs, seconds=0.01), tools_check({"ffmpeg": None, "ls": Path("/bin/ls")})])
    found = await health.look()
    assert found["status"] == "degraded"
    assert found["checks"]["ml"]["state"] == "timeout"
    assert found["checks"]["tools"]["details"] == {"ffmpeg": False, "ls": True}


async def test_the_optional_service_is_looked_for() -> None:
    listener = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    there, gone = ml_check(f"http://127.0.0.1:{port}/x"), ml_check("http://127.0.0.1:1")
    assert (await Health([there]).look())["status"] == "ready"
    listener.close()
    assert (await Health([gone]).look())["checks"]["ml"]["state"] == "unreachable"


async def test_readiness_is_503_when_something_required_is_down(own_server: Server) -> None:
    from mcma.api.app import create_app

    async def down() -> Finding:
        raise ConnectionError("secret address")

    core = own_server.core
    app = create_app(core.services, core.host, ApiOptions(), [Check("doorbell", down, required=True)])
    own_server.nobody.client._transport.app = app  # type: ignore[attr-defined]
    answer = await own_server.nobody.ask("GET", "/health/ready", 503)
    assert "secret" not in answer.text
    assert (await own_server.nobody.get("/health"))["status"] == "ok"


async def test_nothing_of_a_server_outlives_it(tmp_path: Path, database_url: str) -> None:
    """FastAPI remembers the functions of routes for ever: they hold nothing of one application."""
    async with serving(tmp_path, database_url, scanned=False) as made:
        assert (await made.nobody.get("/health/ready"))["status"] in ("ready", "degraded")
        app, database = weakref.ref(made.app), weakref.ref(made.database)
    del made
    gc.collect()
    assert (app(), database()) == (None, None)


async def test_the_first_page(server: Server) -> None:
    shown = await server.nobody.get("/")
    assert shown["server"] == "mcma"
    assert shown["links"]["API"] == "/api/docs"
    assert shown["adapters"]["Subsonic and OpenSubsonic"] == "http://test/rest"
    page = await server.nobody.ask("GET", "/", headers={"accept": "text/html"})
    server_field, help_page = "enter <code>http://test</code> as the server", "/help/app-passwords"
    assert 0 < page.text.find(server_field) < page.text.find(help_page) < page.text.find("/api/docs")
    page = await server.nobody.ask("GET", "/", headers={"accept": "text/html", "host": 'x"><script>'})
    assert "<script>" not in page.text
    assert "style-src 'sha256-" in page.headers["content-security-policy"]


async def test_documentation_needs_nothing_from_outside(server: Server) -> None:
    page = await server.nobody.ask("GET", "/api/docs")
    assert "http:" not in page.text
    assert "https:" not in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        await server.nobody.ask("HEAD", f"/api/docs/assets/{name}")
    start = await server.nobody.ask("GET", "/api/docs/start.js")
    assert start.headers["content-type"].startswith("text/javascript")
    await server.nobody.ask("GET", "/api/docs/assets/../../app.py", 404)


async def test_below_a_path(tmp_path: Path, database_url: str) -> None:
    options = ApiOptions(base_path="/music", public_url="https://example.org/music")
    async with serving(tmp_path, database_url, scanned=False) as server:
        server.nobody.client._transport.app = app_of(server.core, options)  # type: ignore[attr-defined]
        for prefix in ("", "/music"):  # taken off by the proxy, or not
            assert (await server.user.get(f"{prefix}/api/v1/users/me"))["name"] == "listener"
            shown = await server.nobody.get(f"{prefix}/")
            assert shown["links"]["API"] == "/music/api/docs"
            assert shown["adapters"]["Subsonic and OpenSubsonic"] == "https://example.org/music/rest"
            ping = await server.nobody.get(f"{prefix}/rest/ping.view?f=json")
            assert "subsonic-response" in ping
            page = await server.nobody.ask("GET", f"{prefix}/api/docs")
            assert 'src="/music/api/docs/start.js"' in page.text
        answer = await server.user.ask("POST", "/api/v1/playlists", 201, json={"name": "x"})
        assert answer.headers["location"].startswith("/music/api/v1/playlists/")
