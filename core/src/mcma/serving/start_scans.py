"""The scan at the start of a server: its progress on the terminal while browsing already works."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from mcma.cli.output import note
from mcma.cli.progress import progress
from mcma.control.following import followed
from mcma.domain.errors import McmaError
from mcma.services.callers import SYSTEM
from mcma.serving.first_start import command_of
from mcma.wiring import Core
from mcma_plugins.ids import JobId
from mcma_plugins.values import LibraryView

_log = structlog.get_logger(__name__)


class Wanted(NamedTuple):
    folder: Path
    name: str | None = None


async def scan_at_start(core: Core, folders: Sequence[Wanted]) -> None:
    """Adds each folder that is no library yet, and scans it. A folder that cannot be taken stops no other."""
    libraries = [view for wanted in folders if (view := await _added(core, wanted)) is not None]
    jobs = [(await core.services.scans.request(SYSTEM, [view.id]))[0] for view in libraries]
    with progress() as on_event:

        async def tell(event: Mapping[str, Any]) -> None:
            on_event(event)

        await asyncio.gather(
            *(followed(core, job, view.name, tell) for view, job in zip(libraries, jobs, strict=True))
        )
    for view, job in zip(libraries, jobs, strict=True):
        await _report(core, view, job)


async def _added(core: Core, wanted: Wanted) -> LibraryView | None:
    try:
        return await core.services.libraries.add(SYSTEM, wanted.folder, wanted.name)
    except McmaError as error:
        _log.error("library_not_added", folder=str(wanted.folder), reason=error.message, hint=error.hint)
        note(f"This folder is left out: {error.message}")
        return None


async def _report(core: Core, view: LibraryView, job: JobId) -> None:
    detail = await core.services.jobs.show(SYSTEM, job)
    if detail.result is None:
        _log.warning("scan_ended", library=view.name, state=detail.view.state, reason=detail.view.error)
        return
    counts = {
        name: detail.result[name] for name in ("files", "added", "changed", "missing", "problems", "seconds")
    }
    _log.info("scanned", library=view.name, **counts)
    if counts["problems"]:
        which = command_of(core.settings)
        note(f"{view.name}: {which} scan {view.number} --wait says what is wrong with which file.")
