"""Import folders over the native API, and what a person uploads."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.services.callers import SYSTEM
from mcma_plugins.ids import JobId
from mcma_plugins.sources import ImportFolder
from tests.core.api.conftest import SHAPES
from tests.support.audio import make_audio
from tests.support.server import Server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=SHAPES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


IMPORTS = "/api/v1/imports"


async def ended(server: Server, job: dict[str, Any]) -> dict[str, Any]:
    view = await server.core.services.jobs.wait(JobId(UUID(job["id"])), 60)
    assert view.state in ("succeeded", "failed"), view
    shown: dict[str, Any] = await server.admin.get(f"/api/v1/jobs/{job['id']}")
    return shown


def inbox_of(server: Server, name: str) -> Path:
    folder = server.music.parent / name
    make_audio(folder / "1.mp3", freq=900 + len(name),
               tags={"title": f"Came {name}", "artist": "Cleo", "album": name})  # fmt: skip
    (folder / "bad.mp3").write_text("no music")
    return folder


async def test_a_folder_is_imported_and_reported(server: Server) -> None:
    inbox = inbox_of(server, "inbox")
    answer = await server.admin.ask("POST", IMPORTS, 202, json={"path": str(inbox)})
    job = await ended(server, answer.json())
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["state"], job["result"]["imported"], job["result"]["problems"]) == ("succeeded", 1, 1)
    [folder] = [
        one for one in (await server.admin.get(IMPORTS))["items"] if one["path"] == str(inbox)
    ]  # fmt: skip
    assert (folder["state"], folder["library"], folder["configured"]) == ("ok", "Imported", False)
    shown = await server.admin.get(f"{IMPORTS}/{folder['id']}")
    assert shown["report"]["imported"] == 1
    [line] = (await server.admin.get(f"{IMPORTS}/{folder['id']}/problems"))["items"]
    assert (line["path"], line["result"], line["reason"]) == ("bad.mp3", "problem", "not_audio")
    [track] = (await server.user.get("/api/v1/tracks?q=Came inbox"))["items"]
    assert track["path"] == "Cleo/inbox/Came inbox.mp3", "everybody hears what was imported"
    again = await server.admin.post(IMPORTS, {"folder_id": folder["id"]}, 202)
    assert (await ended(server, again))["result"]["unchanged"] == 1


async def test_a_library_of_its_own(server: Server) -> None:
    inbox = inbox_of(server, "kids")
    job = await server.admin.post(IMPORTS, {"path": str(inbox / "1.mp3"), "library": "For kids"}, 202)
    assert (await ended(server, job))["result"]["files"] == 1
    found = (await server.user.get("/api/v1/libraries"))["items"]
    assert ("For kids", "managed", 1) in [(one["name"], one["kind"], one["song_count"]) for one in found]


async def test_one_file_leaves_the_report_of_its_folder_alone(server: Server) -> None:
    inbox = inbox_of(server, "alone")
    await ended(server, await server.admin.post(IMPORTS, {"path": str(inbox)}, 202))
    [before] = [one for one in (await server.admin.get(IMPORTS))["items"] if one["path"] == str(inbox)]
    assert (before["report"]["files"], before["report"]["problems"]) == (2, 1)
    for name in ("1.mp3", "bad.mp3"):
        job = await ended(server, await server.admin.post(IMPORTS, {"path": str(inbox / name)}, 202))
        assert (job["state"], job["result"]["files"]) == ("succeeded", 1)
    assert await server.admin.get(f"{IMPORTS}/{before['id']}") == before


async def test_a_folder_that_is_gone_ends_with_a_clear_state(server: Server) -> None:
    inbox = inbox_of(server, "volume")
    await ended(server, await server.admin.post(IMPORTS, {"path": str(inbox)}, 202))
    [folder] = [one for one in (await server.admin.get(IMPORTS))["items"] if one["path"] == str(inbox)]
    inbox.rename(inbox.with_name("unmounted"))
    job = await ended(server, await server.admin.post(IMPORTS, {"folder_id": folder["id"]}, 202))
    assert (job["state"], "does not exist" in job["error"]) == ("failed", True)
    shown = await server.admin.get(f"{IMPORTS}/{folder['id']}")
    assert (shown["state"], "does not exist" in shown["error"]) == ("unusable", True)
    inbox.mkdir()
    job = await ended(server, await server.admin.post(IMPORTS, {"folder_id": folder["id"]}, 202))
    assert job["state"] == "succeeded", "an import folder may be empty"
    assert (await server.admin.get(f"{IMPORTS}/{folder['id']}"))["state"] == "empty"
    assert (await server.user.get("/api/v1/tracks?q=Came volume"))["items"], "nothing has changed"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"path": "relative"}, 422),
        ({"path": "/nowhere/at/all"}, 422),
        ({"folder_id": "019353a0-0000-7000-8000-000000000001"}, 404),
        ({"path": "/srv", "folder_id": "019353a0-0000-7000-8000-000000000001"}, 422),
        ({"path": "/tmp", "library": "Music"}, 409),
        ({"path": "/tmp", "library": ""}, 422),
    ],
)
async def test_what_cannot_be_imported(server: Server, sent: dict[str, Any], status: int) -> None:
    await server.admin.post(IMPORTS, sent, status)


async def test_managed_music_is_not_imported_into_itself(server: Server) -> None:
    library = await server.core.services.managed.place()
    for path in (library.root.decode(), str(server.core.settings.data_dir)):
        await server.admin.post(IMPORTS, {"path": path}, 409)


async def test_only_administrators_import(server: Server) -> None:
    await server.user.get(IMPORTS, 403)
    await server.user.post(IMPORTS, {"path": "/srv"}, 403)


async def test_a_configured_folder_is_known_at_start(
    own_server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    services = own_server.core.services
    source: Any = next(offer.thing for offer in own_server.core.host.sources() if offer.thing.name == "local")
    offered = [ImportFolder(bytes(tmp_path / "in"), True)]
    monkeypatch.setattr(type(source), "import_folders", lambda self: offered)
    await services.imports.declare()
    [folder] = await services.imports.folders(SYSTEM)
    assert (folder.path, folder.configured, folder.link) == (str(tmp_path / "in"), True, True)
    offered.clear()
    await services.imports.declare()
    [folder] = await services.imports.folders(SYSTEM)
    assert not folder.configured
