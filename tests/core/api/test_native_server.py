"""Libraries, sources, jobs and plugins over the native API."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.core.api.conftest import SHAPES
from tests.support.jobs import until
from tests.support.server import Server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=SHAPES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_libraries_are_listed_with_roots_for_admins(server: Server) -> None:
    [mine] = (await server.user.get("/api/v1/libraries"))["items"]
    assert (mine["id"], mine["root"], mine["song_count"], mine["scan_state"]) == (
        server.library,
        None,
        5,
        "ok",
    )
    shown = await server.admin.get(f"/api/v1/libraries/{server.library}")
    assert shown["root"] == str(server.music)


async def test_a_library_is_added_renamed_and_removed(server: Server, tmp_path: Path) -> None:
    answer = await server.admin.ask(
        "POST", "/api/v1/libraries", 201, json={"path": str(tmp_path), "name": "New"}
    )
    path = answer.headers["location"]
    assert answer.json()["name"] == "New"
    assert (await server.admin.patch(path, {"name": "Newer"}))["name"] == "Newer"
    await server.user.patch(path, {"name": "x"}, 403)
    await server.user.delete(path, 403)
    await server.admin.delete(path)
    await server.admin.get(path, 404)


@pytest.mark.parametrize(
    "path", ["music", "~/music", "~nobody/x", "/no/such/folder", "/a\0b", "/" + "x" * 3000, ""]
)
async def test_paths_that_are_no_folder(server: Server, path: str) -> None:
    await server.admin.post("/api/v1/libraries", {"path": path}, 422)


async def test_only_admins_add_libraries(server: Server) -> None:
    await server.user.post("/api/v1/libraries", {"path": "/"}, 403)


async def test_the_report_of_a_scan(server: Server) -> None:
    path = f"/api/v1/libraries/{server.library}/problems"
    [problem] = (await server.admin.get(path, params={"limit": 10}))["items"]
    assert problem["path"] == "Bob/broken.mp3"
    await server.user.get(path, 403)


async def test_sources_and_their_health(server: Server) -> None:
    [local] = [one for one in (await server.user.get("/api/v1/sources"))["items"] if one["name"] == "local"]
    assert local["reason"] is None
    shown = await server.admin.get("/api/v1/sources/local/health")
    assert shown["state"] == "ready"
    await server.user.get("/api/v1/sources/nowhere/health", 404)
    await server.user.get("/api/v1/sources/NO%00/health", 422)


async def test_a_scan_is_a_job(server: Server) -> None:
    answer = await server.admin.ask("POST", "/api/v1/sources/local/scan", 202, json={"full": True})
    [job] = answer.json()["items"]
    assert job["kind"] == "scan"
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"

    async def over() -> bool:
        state = (await server.admin.get(answer.headers["location"]))["state"]
        return bool(state == "succeeded")

    await until(over)
    shown = await server.admin.get(f"/api/v1/jobs/{job['id']}")
    assert shown["payload"]["full"] is True
    assert shown["children"]["jobs"] == 0
    await server.user.get(f"/api/v1/jobs/{job['id']}", 404)


async def test_scans_are_for_admins_and_for_what_is_there(server: Server) -> None:
    path = "/api/v1/sources/local/scan"
    await server.user.post(path, status=403)
    await server.admin.post("/api/v1/sources/nowhere/scan", status=404)
    await server.admin.post(path, {"library_id": str(uuid4())}, 404)
    await server.admin.post(path, {"library_id": "x"}, 422)


async def test_two_scans_of_one_library_are_one(own_server: Server, tmp_path: Path) -> None:
    server = own_server
    path = "/api/v1/sources/local/scan"
    assert (await server.admin.post(path, status=409))["hint"]
    folder = tmp_path / "folder"
    folder.mkdir()
    library = await server.admin.post("/api/v1/libraries", {"path": str(folder)}, 201)
    first = await server.admin.post(path, {"library_id": library["id"]}, 202)
    second = await server.admin.post(path, {}, 202)
    assert [one["id"] for one in first["items"]] == [one["id"] for one in second["items"]]
    job = f"/api/v1/jobs/{first['items'][0]['id']}"
    await server.user.post(f"{job}/cancel", status=404)
    await server.admin.post(f"{job}/retry", status=409)
    assert (await server.admin.post(f"{job}/cancel"))["state"] == "cancelled"
    assert (await server.admin.post(f"{job}/retry"))["state"] == "queued"


async def test_jobs_are_listed_newest_first(server: Server) -> None:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        params = {"limit": 1, "kind": "scan", **({"cursor": cursor} if cursor else {})}
        page = await server.admin.get("/api/v1/jobs", params=params)
        found, cursor = found + page["items"], page["next"]
        if cursor is None:
            break
    assert found == (await server.admin.get("/api/v1/jobs", params={"kind": "scan"}))["items"]
    assert (await server.user.get("/api/v1/jobs"))["items"] == []
    asked_for = {"limit": 1, "kind": "scan", "routine": "false"}
    assert (await server.admin.get("/api/v1/jobs", params=asked_for))["items"] == found[:1]
    none = {"state": "failed", "parent_id": str(uuid4())}
    assert (await server.admin.get("/api/v1/jobs", params=none))["items"] == []


async def test_plugins_say_more_to_admins(server: Server) -> None:
    mine = {one["name"]: one for one in (await server.user.get("/api/v1/plugins"))["items"]}
    full = {one["name"]: one for one in (await server.admin.get("/api/v1/plugins"))["items"]}
    assert mine["local"]["state"] == full["local"]["state"] == "running"
    assert "settings" in full["local"]
    assert "settings" not in mine["local"]
