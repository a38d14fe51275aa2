"""Browsers: pages of other origins, and a server under a path behind a proxy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx
import pytest

from mcma.api.options import ApiOptions
from tests.support.server import Server, app_of

pytestmark = pytest.mark.anyio
PLAYER = "https://player.example"


@asynccontextmanager
async def behind(server: Server, peer: str = "10.0.0.1", **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The same core behind an application with these options; logged in."""
    app = app_of(server.core, ApiOptions(**options))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(peer, 5))
    headers = {"authorization": server.user.headers["authorization"]}
    async with httpx.AsyncClient(transport=transport, base_url="http://inside", headers=headers) as client:
        yield client


async def a_track(server: Server) -> str:
    return str((await server.user.get("/api/v1/tracks"))["items"][0]["id"])


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ((PLAYER,), PLAYER, PLAYER),
        ((PLAYER, "http://localhost:5173"), "http://localhost:5173", "http://localhost:5173"),
        ((PLAYER,), "https://evil.example", None),
        (("*",), "https://anybody.example", "*"),
        ((), PLAYER, None),
    ],
)
async def test_pages_of_other_origins_play_and_show(
    server: Server, origins: tuple[str, ...], origin: str, allowed: str | None
) -> None:
    track = await a_track(server)
    file = (await server.user.get(f"/api/v1/tracks/{track}/files"))["items"][0]["id"]
    async with behind(server, cors_origins=origins) as client:
        for path in (f"tracks/{track}/stream", f"files/{file}/content", f"tracks/{track}/cover", "tracks"):
            for method in ("GET", "HEAD"):
                asked = {"origin": origin, "range": "bytes=0-99"}
                answer = await client.request(method, f"/api/v1/{path}", headers=asked)
                if method == "HEAD" and answer.status_code == 405:
                    continue
                assert answer.headers.get("access-control-allow-origin") == allowed, path
                assert "access-control-allow-credentials" not in answer.headers
                if allowed:
                    exposed = answer.headers["access-control-expose-headers"].lower()
                    assert {"content-range", "etag", "link", "content-disposition", "retry-after"} <= {
                        one.strip() for one in exposed.split(",")
                    }
                if allowed and allowed != "*":
                    assert "origin" in answer.headers["vary"].lower()
        part = await client.get(f"/api/v1/tracks/{track}/stream", headers={"range": "bytes=0-99"})
        assert (part.status_code, len(part.content)) == (206, 100)


async def test_browsers_ask_before(server: Server) -> None:
    track = await a_track(server)
    asked = {"origin": PLAYER, "access-control-request-method": "GET",
             "access-control-request-headers": "authorization, range, if-range",
             "access-control-request-private-network": "true"}  # fmt: skip
    async with behind(server, cors_origins=(PLAYER,)) as client:
        found = await client.options(f"/api/v1/tracks/{track}/stream", headers=asked)
        assert found.status_code == 200
        assert {"authorization", "range"} <= set(found.headers["access-control-allow-headers"].split(", "))
        assert found.headers["access-control-allow-private-network"] == "true"
        assert "HEAD" in found.headers["access-control-allow-methods"]
        stranger = {**asked, "origin": "https://evil.example"}
        assert (await client.options("/api/v1/tracks", headers=stranger)).status_code == 400


async def test_errors_can_be_read_too(server: Server) -> None:
    async with behind(server, cors_origins=(PLAYER,)) as client:
        for path, status in (("/api/v1/tracks?limit=many", 422), ("/api/v1/nothing", 404)):
            answer = await client.get(path, headers={"origin": PLAYER})
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] == PLAYER
        refused = await client.get("/api/v1/tracks", headers={"origin": PLAYER, "authorization": ""})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, PLAYER)
        health = await client.get("/health", headers={"origin": PLAYER})
        assert "access-control-allow-origin" not in health.headers


async def test_subsonic_apps_in_browsers_have_a_setting_of_their_own(server: Server) -> None:
    caller = server.user.caller
    assert caller is not None
    key = await server.core.services.app_passwords.reveal_default(caller)
    who = {"u": caller.name, "p": key, "v": "1.16.1", "c": "web", "f": "json", "id": await a_track(server)}
    async with behind(server, peer="127.0.0.1", cors_origins=()) as client:
        for path in ("stream", "download", "getCoverArt", "ping"):
            asked = {"origin": PLAYER, "range": "bytes=0-99"}
            answer = await client.get(f"/rest/{path}", params=who, headers=asked)
            assert answer.status_code in (200, 206), (path, answer.text)
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "Content-Range" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("stripped", [False, True], ids=["path kept", "path taken off"])
async def test_addresses_under_a_path(server: Server, stripped: bool) -> None:
    base = "" if stripped else "/music"
    async with behind(server, base_path="/music") as client:
        page = await client.get(f"{base}/api/v1/tracks", params={"limit": 2})
        link = page.headers["link"][1:].partition(">")[0]
        assert link.startswith("/music/api/v1/tracks?")
        assert (await client.get(link.removeprefix("/music" if stripped else ""))).status_code == 200
        made = await client.post(f"{base}/api/v1/playlists", json={"name": f"Under {base}"})
        assert made.headers["location"] == f"/music/api/v1/playlists/{made.json()['id']}"
        document = (await client.get(f"{base}/api/openapi.json")).json()
        assert document["servers"] == [{"url": "/music"}]
        docs = await client.get(f"{base}/api/docs")
        assert 'src="/music/api/docs/assets/swagger-ui-bundle.js"' in docs.text
        assert (await client.get(f"{base}/api/docs/assets/swagger-ui.css")).status_code == 200
        assert (await client.get(f"{base}/api/docs/start.js")).status_code == 200
        assert (await client.get(f"{base}/health")).status_code == 200
        assert (await client.get(f"{base}/rest/ping", params={"f": "json"})).json()["subsonic-response"]
        landing = (await client.get(f"{base}/")).json()
        assert landing["links"]["API"] == "/music/api/docs"
        assert list(landing["adapters"].values()) == ["http://inside/music/rest"]
        if not stripped:
            assert (await client.get("/music")).json() == landing


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("https://music.example", "https://music.example/music"),
        ("https://example.org/music", "https://example.org/music"),
        (None, None),
    ],
)
async def test_what_people_type_into_apps(server: Server, given: str | None, told: str | None) -> None:
    async with behind(server, base_path="/music", public_url=given) as client:
        shown = (await client.get("/music/api/v1/users/me/subsonic-password")).json()
        assert shown["server"] == told
        doors = (await client.get("/music/")).json()["adapters"].values()
        assert list(doors) == [f"{told or 'http://inside/music'}/rest"]


async def test_a_proxy_that_is_trusted_says_where_people_are(server: Server) -> None:
    said = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "host": "music.example"}
    async with behind(server, trusted_proxies=("10.0.0.0/8",)) as client:
        doors = (await client.get("/", headers=said)).json()["adapters"].values()
        assert list(doors) == ["https://music.example/rest"]
    async with behind(server, peer="192.0.2.1", trusted_proxies=("10.0.0.0/8",)) as client:
        doors = (await client.get("/", headers=said)).json()["adapters"].values()
        assert list(doors) == ["http://music.example/rest"]
