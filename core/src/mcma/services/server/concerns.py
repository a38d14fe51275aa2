"""What an administrator should look at, each with what would help."""

import ipaddress
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mcma.domain.words import counted

if TYPE_CHECKING:
    from mcma.services.server.overview import Report, Surroundings

SAFE_SQLITE = (3, 51, 3)
"""sqlite.org, release log of 3.51.3: older ones can corrupt a database in WAL mode when two connections
write and checkpoint at once. mcma has one writer and one checkpointer, which keeps it out of the way."""
LITTLE = 1024**3
"""Bytes of free disk below which it is said."""
_FINE = ("running", "disabled", "loaded")


class Concern(NamedTuple):
    code: str
    """Stable."""
    level: str
    """error: something does not work; warning: it may stop to, or could be safer."""
    message: str
    hint: str | None


def concerns(report: "Report", around: "Surroundings") -> list[Concern]:
    """Errors first. Looks at files: not for the event loop."""
    found = [
        *_database(report), *_disk(report), *_secrets(around.data_dir), *_network(around), *_tools(report),
        *_plugins(report), *_libraries(report), *_jobs(report),
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.level != "error")


def _database(report: "Report") -> Iterator[Concern]:
    kind, version, *_ = report.database
    if kind == "sqlite" and tuple(int(part) for part in version.split(".")) < SAFE_SQLITE:
        yield Concern(
            "sqlite_old", "warning",
            f"SQLite {version} has a fault that can damage a database which several programs write to.",
            "Let no other program open mcma.db while the server runs.",
        )  # fmt: skip


def _disk(report: "Report") -> Iterator[Concern]:
    if report.disk.free < LITTLE:
        yield Concern(
            "disk_nearly_full", "error" if report.disk.free < LITTLE // 10 else "warning",
            f"The disk of the data folder has {report.disk.free // 1024**2} MiB left.",
            "Make room, or move the data folder.",
        )  # fmt: skip


def _secrets(folder: Path) -> Iterator[Concern]:
    for path in sorted(folder.glob("*.key")):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & 0o077:
            yield Concern(
                "secrets_readable", "error", f"Others on this machine may read {path.name}.",
                f"chmod 600 '{path}'",
            )  # fmt: skip


def _network(around: "Surroundings") -> Iterator[Concern]:
    secure = around.proxied or (around.public_url or "").startswith("https://")
    if not secure and not _loopback(around.listens_on):
        yield Concern(
            "no_tls", "warning", "Passwords and music cross the network in the open.",
            "Put a reverse proxy with TLS in front, and set MCMA_PUBLIC_URL and MCMA_TRUSTED_PROXIES.",
        )  # fmt: skip


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tools(report: "Report") -> Iterator[Concern]:
    for name, path in report.tools.items():
        if path is None:
            yield Concern(
                "tool_missing", "warning", f"{name} was not found: what needs it is turned off.",
                f"Install {name}, or set MCMA_{name.upper()}.",
            )  # fmt: skip


def _plugins(report: "Report") -> Iterator[Concern]:
    for one in report.plugins:
        if one.state not in _FINE:
            message = f"The plugin {one.name} is {one.state}: {one.reason or 'no reason given'}"
            yield Concern("plugin_failed", "error", message, one.hint)
        for notice in one.notices:
            if not notice.by_choice:
                message = f"The plugin {one.name} is limited: {notice.reason}"
                yield Concern("plugin_limited", "warning", message, notice.hint)


def _libraries(report: "Report") -> Iterator[Concern]:
    for one in report.libraries:
        if one.scan_state in ("suspicious", "failed"):
            message = f"The last scan of {one.name} is {one.scan_state}: {one.scan_error or ''}".strip(": ")
            yield Concern("scan_failed", "error", message, "mcma scan, when its folder is there again")


def _jobs(report: "Report") -> Iterator[Concern]:
    if report.jobs.get("no_handler"):
        count = report.jobs["no_handler"]
        yield Concern(
            "no_handler", "warning", f"{counted(count, 'job')} of a kind that no running process knows.",
            "Start the server, or a worker, with the plugin; or cancel them: mcma job list",
        )  # fmt: skip
    if report.jobs.get("queued") and not any(one.alive for one in report.workers):
        yield Concern("no_worker", "error", "Jobs wait, and no process runs any.", "mcma serve")
