"""Examples of answers for administrators."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from mcma.api.routes.admin import overview
from mcma.services.server.concerns import Concern
from mcma.services.server.configuration import SettingView
from mcma.services.server.overview import DatabaseFacts, Disk, PluginNote, Report
from mcma_plugins.values import LibraryView


def admin_examples(at: datetime, worker_id: UUID, library: LibraryView) -> dict[str, Any]:
    worker = {"id": worker_id, "host": "box", "pid": 4711, "role": "serve", "slots": 4, "kinds": ["scan"],
              "started_at": at, "heartbeat_at": at, "alive": True, "running": 1}  # fmt: skip
    concern = Concern("no_tls", "warning", "Passwords and music cross the network in the open.",
                      "Put a reverse proxy with TLS in front.")  # fmt: skip
    report = Report(
        "0.1.0", at, 7200, DatabaseFacts("sqlite", "3.51.3", 48_000_000, "0007"), Disk(10**11, 10**12),
        [library], {"succeeded": 12, "running": 1}, [], [PluginNote("subsonic", "running", None, None)],
        {"ffmpeg": str(Path("/usr/bin/ffmpeg"))}, "embedded", [concern],
    )  # fmt: skip
    shown = overview(report) | {"workers": [worker]}
    setting = SettingView(
        None, "port", "MCMA_PORT", "6262", "6262", "default", False, "Port to listen on; 0 takes a free one."
    )._asdict()
    loser, winner = ({"id": worker_id, "name": name} for name in ("Sinnerman (rip)", "Sinnerman"))
    merge = {"id": worker_id, "kind": "track", "loser": loser, "winner": winner, "reason": "by hand",
             "by_user": worker_id, "at": at, "undone_at": None, "can_undo": True}  # fmt: skip
    return {
        "Merge": merge, "MergedItem": loser, "MergePage": {"items": [merge], "next": None},
        "Overview": shown, "DatabaseFacts": shown["database"], "Disk": shown["disk"], "Worker": worker,
        "PluginNote": shown["plugins"][0], "Concern": concern._asdict(), "Setting": setting,
        "SettingList": {"items": [setting], "schemas": {"subsonic": {"type": "object"}}},
    }  # fmt: skip
