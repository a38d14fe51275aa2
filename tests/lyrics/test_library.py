"""The whole way: asked of LRCLIB, kept, shown to every client as text, and taken back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma_plugins.ids import JobId
from tests.support.lrclib import FakeLrclib
from tests.support.rest import app_of
from tests.support.server import Server, serving
from tests.support.webserver import saying

pytestmark = pytest.mark.anyio
RUNS = "/api/v1/enrichment"
WORDS = "[00:00.10]<script>alert('1')</script> & more\n[00:00.20]<00:00.20>la <00:00.30>la\n"


@pytest.fixture
async def server(
    lrclib: FakeLrclib, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    for name, value in {
        "ENABLED": "true", "BASE_URL": lrclib.url, "ALLOWED_HOSTS": lrclib.web.address,
        "SECONDS_BETWEEN": "0",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"MCMA_PLUGIN_LYRICS_{name}", value)
    async with serving(tmp_path, database_url, enrich="on_request", jobs=True) as made:
        yield made


async def asked(server: Server, album: str) -> None:
    items = [{"kind": "album", "id": album}]
    job = await server.admin.post(RUNS, {"items": items, "enrichers": ["lyrics"]}, 202)
    view = await server.core.services.jobs.wait(JobId(UUID(job["id"])), 60)
    assert view.state == "succeeded", view


async def test_lyrics_come_to_every_client_and_go_again(server: Server, lrclib: FakeLrclib) -> None:
    found = (await server.user.get("/api/v1/tracks", params={"q": "Tune"}))["items"]
    tune = {one["title"]: one for one in found}["Tune 1"]
    path, status = f"/api/v1/tracks/{tune['id']}/lyrics", tune["metadata_status"]
    lrclib.add("Tune 1", "Bob Birch", tune["duration_ms"] / 1000, "Second", synced=WORDS)
    lrclib.add("Tune 2", "Bob Birch", 300, "Second", synced=WORDS)
    await asked(server, tune["album_id"])

    [lyrics] = (await server.user.get(path))["items"]
    text = "<script>alert('1')</script> & more"
    assert lyrics["synced"] and [line["text"] for line in lyrics["lines"]] == [text, "la la"]
    assert "<00:00.20>la <00:00.30>la" in (await server.user.ask("GET", f"{path}.lrc")).text
    app = await app_of(server, server.user, "karaoke")
    xml = (await app.get("getLyricsBySongId", form="xml", id=f"tr-{tune['id']}")).text
    assert "&lt;script&gt;alert" in xml and "<script>" not in xml
    [run] = await applied(server)
    assert (run["item"]["id"], run["enricher"]) == (tune["id"], "lyrics")
    told = (await server.user.get(f"/api/v1/tracks/{tune['id']}"))["metadata_status"]
    assert told == status, "lyrics say nothing of what it is"

    await server.admin.post(f"{RUNS}/runs/{run['id']}/undo")
    assert (await server.user.get(path))["items"] == []
    assert await applied(server) == []


async def test_a_bad_day_breaks_nothing(server: Server, lrclib: FakeLrclib) -> None:
    lrclib.fault = saying(503, retry_after="3600")
    [tune, *_] = (await server.user.get("/api/v1/tracks", params={"q": "Tune"}))["items"]
    await asked(server, tune["album_id"])
    assert (await server.user.get(f"/api/v1/tracks/{tune['id']}/lyrics"))["items"] == []
    assert len(lrclib.asked) == 1, "left alone for as long as it said"


async def applied(server: Server) -> list[dict[str, Any]]:
    page = await server.admin.get(f"{RUNS}/runs?outcome=applied")
    return list(page["items"])
