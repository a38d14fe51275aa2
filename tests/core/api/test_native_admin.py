"""The overview and the settings, for administrators."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.services.server.concerns import concerns
from mcma.services.server.overview import DatabaseFacts, Disk, PluginNote, Report, Surroundings
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import libraries
from mcma_plugins.notices import Notice
from tests.support.catalogue import set_row
from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def test_the_overview_says_how_the_server_is(server: Server) -> None:
    found = await server.admin.get("/api/v1/admin/overview")
    assert found["database"]["kind"] == server.database.dialect
    assert found["database"]["size"] > 100_000
    assert found["jobs"]["succeeded"] >= 1
    assert {"local", "subsonic"} <= {one["name"] for one in found["plugins"]}
    assert [one["name"] for one in found["libraries"]] == ["Music"]
    assert found["tools"].keys() == {"ffmpeg"}
    assert 0 < found["disk"]["free"] <= found["disk"]["total"]
    assert [one["alive"] for one in found["workers"]].count(True) == 1
    await server.user.get("/api/v1/admin/overview", 403)


async def test_a_scan_that_failed_is_a_warning(server: Server) -> None:
    id_ = UUID(server.library)
    await set_row(server.database, libraries, id_, scan_state="suspicious", scan_error="The folder is empty.")
    try:
        warnings = (await server.admin.get("/api/v1/admin/overview"))["warnings"]
    finally:
        await set_row(server.database, libraries, id_, scan_state="ok", scan_error=None)
    [found] = [one for one in warnings if one["code"] == "scan_failed"]
    assert (found["level"], "The folder is empty." in found["message"]) == ("error", True)


async def test_settings_have_an_origin_and_keep_their_secrets(server: Server) -> None:
    found = await server.admin.get("/api/v1/admin/settings")
    by_env = {one["env"]: one for one in found["items"]}
    assert (by_env["MCMA_PORT"]["value"], by_env["MCMA_PORT"]["default"]) == ("6262", "6262")
    assert (by_env["MCMA_JWT_SECRET"]["origin"], by_env["MCMA_JWT_SECRET"]["secret"]) == ("generated", True)
    assert by_env["MCMA_DATABASE_URL"]["origin"] == "given"
    assert {one["plugin"] for one in found["items"]} >= {None, "local", "subsonic"}
    assert "properties" in found["schemas"]["subsonic"]
    await server.user.get("/api/v1/admin/settings", 403)


def a_report(**more: Any) -> Report:
    made = Report(
        "1", utcnow(), 1, DatabaseFacts("sqlite", "3.51.3", 1, "1"), Disk(2**40, 2**41), [], {}, [], [],
        {"ffmpeg": "/usr/bin/ffmpeg"}, "embedded", [],
    )  # fmt: skip
    return made._replace(**more)


def around(folder: Path, **more: Any) -> Surroundings:
    fields: dict[str, Any] = {
        "version": "1", "data_dir": folder, "listens_on": "127.0.0.1", "public_url": None, "proxied": False,
        "plugins": list, "tools": dict, "doorbell": "embedded",
    }  # fmt: skip
    return Surroundings(**fields | more)


def test_a_server_in_order_has_no_warnings(tmp_path: Path) -> None:
    (tmp_path / "jwt.key").write_text("x")
    (tmp_path / "jwt.key").chmod(0o600)
    assert concerns(a_report(), around(tmp_path)) == []


LIMITED = PluginNote(
    "x", "running", None, None,
    [Notice("no_search", "It does not search."), Notice("off", "So it was said.", by_choice=True)],
)  # fmt: skip
CASES: list[tuple[str, str, Report, Callable[[Path], Surroundings]]] = [
    ("sqlite_old", "warning", a_report(database=DatabaseFacts("sqlite", "3.40.1", 1, "1")), around),
    ("disk_nearly_full", "warning", a_report(disk=Disk(2**29, 2**40)), around),
    ("disk_nearly_full", "error", a_report(disk=Disk(2**20, 2**40)), around),
    ("no_tls", "warning", a_report(), lambda folder: around(folder, listens_on="0.0.0.0")),
    ("tool_missing", "warning", a_report(tools={"ffmpeg": None}), around),
    ("plugin_failed", "error", a_report(plugins=[PluginNote("x", "load_failed", "y", None)]), around),
    ("plugin_limited", "warning", a_report(plugins=[LIMITED]), around),
    ("no_handler", "warning", a_report(jobs={"no_handler": 3}), around),
    ("no_worker", "error", a_report(jobs={"queued": 3}), around),
]


@pytest.mark.parametrize(
    ("code", "level", "report", "place"), CASES, ids=[f"{one[0]} {one[1]}" for one in CASES]
)
def test_what_is_not_in_order_is_said(
    tmp_path: Path, code: str, level: str, report: Report, place: Callable[[Path], Surroundings]
) -> None:
    [found] = concerns(report, place(tmp_path))
    assert (found.code, found.level) == (code, level)


def test_keys_that_others_may_read(tmp_path: Path) -> None:
    (tmp_path / "jwt.key").write_text("x")
    (tmp_path / "jwt.key").chmod(0o644)
    [found] = concerns(a_report(), around(tmp_path))
    assert (found.code, "chmod 600" in (found.hint or "")) == ("secrets_readable", True)


@pytest.mark.parametrize(
    "more", [{"public_url": "https://music.example"}, {"proxied": True}, {"listens_on": "::1"}]
)
def test_tls_in_front_is_enough(tmp_path: Path, more: dict[str, Any]) -> None:
    assert concerns(a_report(), around(tmp_path, **{"listens_on": "0.0.0.0", **more})) == []
