"""A job that somebody waits for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mcma.services.callers import SYSTEM
from mcma.store.queries.jobs import FINISHED
from mcma.wiring import Core
from mcma_plugins.ids import JobId
from mcma_plugins.values import JobView

Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
_LOOK_EVERY = 0.2
_NO_HANDLER = "no_handler"


async def followed(core: Core, job_id: JobId, label: str, tell: Tell, unit: str = "file") -> JobView:
    """The job once it is over. Reads its row, so that it does not matter which process runs it."""
    told: tuple[object, ...] = ()
    while True:
        view = (await core.services.jobs.show(SYSTEM, job_id)).view
        now = (view.state, view.done, view.total, view.note)
        if now != told:
            told = now
            await tell({"label": label, "job": job_id, "state": view.state, "done": view.done, "unit": unit,
                        "total": view.total, "note": view.note, "error": view.error})  # fmt: skip
        if view.state in FINISHED or view.state == _NO_HANDLER:
            return view
        await asyncio.sleep(_LOOK_EVERY)
