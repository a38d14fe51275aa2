"""Writing tags over the native API: what would change, what was changed, and back."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.services.tagwriting.service import allowed_fields
from mcma_plugins.ids import JobId
from tests.core.api.conftest import SHAPES
from tests.support.audio import make_audio
from tests.support.server import Server

pytestmark = pytest.mark.anyio
WRITES = "/api/v1/tag-writes"
SETTINGS: dict[str, Any] = {"write_tags": ("all",)}


@pytest.fixture(scope="module", params=SHAPES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def ended(server: Server, job: dict[str, Any]) -> dict[str, Any]:
    view = await server.core.services.jobs.wait(JobId(UUID(job["id"])), 60)
    assert view.state == "succeeded", view
    shown: dict[str, Any] = await server.admin.get(f"/api/v1/jobs/{job['id']}")
    return dict(shown["result"])


async def managed(server: Server, name: str) -> tuple[dict[str, Any], Path]:
    """A track of that title in a managed library, edited by a person, and its file."""
    folder = server.music.parent / name
    make_audio(folder / "1.mp3", freq=2000 + len(name), tags={"title": name, "artist": "Tess", "album": name})
    await ended(server, await server.admin.post("/api/v1/imports", {"path": str(folder)}, 202))
    [track] = (await server.admin.get(f"/api/v1/tracks?q={name}"))["items"]
    changed = await server.admin.patch(f"/api/v1/tracks/{track['id']}", {"genres": ["Folk"]})
    root = server.core.settings.data_dir / "music" / "Imported"
    return changed, root / track["path"]


async def test_off_until_it_is_turned_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    track, path = await managed(server, "Quiet")
    asked: dict[str, Any] = {"items": [{"type": "track", "id": track["id"]}]}
    content = path.read_bytes()
    service = server.core.services.tag_writing
    monkeypatch.setattr(service, "_allowed", allowed_fields([]))
    refused = await server.admin.post(WRITES, asked, 409)
    assert (refused["code"], refused["hint"]) == ("tag_writing_off", "MCMA_WRITE_TAGS")
    [file] = (await server.admin.post(f"{WRITES}/preview", asked))["items"]
    assert {"field": "genres", "before": None, "after": ["Folk"]} in file["changes"]
    await server.user.post(WRITES, asked, 403)
    await server.user.post(f"{WRITES}/preview", asked, 403)
    await server.user.get(WRITES, 403)
    monkeypatch.setattr(service, "_allowed", allowed_fields(["genres"]))
    assert (await server.admin.post(WRITES, {**asked, "fields": ["title"]}, 409))["code"] == "field_off"
    wrong = await server.admin.post(WRITES, {**asked, "fields": ["gain"]}, 422)
    assert "gain" in wrong["detail"]
    assert path.read_bytes() == content


async def test_written_listed_and_taken_back(server: Server) -> None:
    track, path = await managed(server, "Loudly")
    content = path.read_bytes()
    asked: dict[str, Any] = {"items": [{"type": "album", "id": track["album_id"]}], "fields": ["genres"]}
    answer = await server.admin.ask("POST", WRITES, 202, json=asked)
    job = answer.json()
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert await ended(server, job) == {"written": 1, "unchanged": 0, "refused": {}}
    assert path.read_bytes() != content
    [write] = (await server.admin.get(WRITES, params={"track_id": track["id"]}))["items"]
    assert (write["state"], write["run_id"], write["path"]) == ("written", job["id"], track["path"])
    assert write["changes"] == [{"field": "genres", "before": None, "after": ["Folk"]}]
    assert await server.admin.get(f"{WRITES}/{write['id']}") == write
    back = await server.admin.post(f"{WRITES}/{write['id']}/undo", None, 202)
    assert (await ended(server, back))["written"] == 1
    assert path.read_bytes() == content
    assert (await server.admin.post(f"{WRITES}/{write['id']}/undo", None, 409))["code"] == "nothing_to_undo"
    listed = await server.admin.get(WRITES, params={"track_id": track["id"], "limit": 1})
    assert listed["items"][0]["undoes"] == write["id"]
    page = await server.admin.get(WRITES, params={"track_id": track["id"], "cursor": listed["next"]})
    assert [one["id"] for one in page["items"]] == [write["id"]]
    await server.admin.get(f"{WRITES}/{track['id']}", 404)
    await server.admin.post(f"{WRITES}/{track['id']}/undo", None, 404)


async def test_music_indexed_in_place_is_left_alone(server: Server) -> None:
    asked = {"items": [{"type": "library", "id": server.library}]}
    assert (await server.admin.post(WRITES, asked, 409))["code"] == "not_managed"
    found = await server.admin.post(f"{WRITES}/preview", {**asked, "limit": 1})
    assert found == {"items": [], "next": None}
