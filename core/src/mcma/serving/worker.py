"""`mcma worker`: a process that runs jobs beside the server, without listening to anybody."""

import asyncio
import os

import structlog

from mcma import logs
from mcma.cli.output import say
from mcma.part import Part
from mcma.serving.lifetime import LAST_SECONDS, heeding, loop_factory, spare_the_collector
from mcma.settings import Settings
from mcma.wiring import Core, opened

_log = structlog.get_logger(__name__)


def work(settings: Settings, part: Part) -> None:
    """Comes back when a signal asked for a stop: jobs that did not end by then are given back."""
    logs.configure(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_working(settings, part))


async def _working(settings: Settings, part: Part) -> None:
    stop = asyncio.Event()
    with heeding(stop, settings.shutdown_seconds + LAST_SECONDS):
        async with opened(settings, part=part) as core:
            spare_the_collector()
            say(_ready(core))
            await stop.wait()
            _log.info("stopping", seconds=settings.shutdown_seconds, running=len(core.runner.running))


def _ready(core: Core) -> str:
    kinds, slots = ", ".join(core.runner.offered), core.part.slots_of(core.settings)
    told_by = "Redis" if core.doorbell.kind == "redis" else "its rows alone"
    return (
        f"mcma worker {os.getpid()} is ready: up to {slots} at once of {kinds} (told of jobs by {told_by})."
    )
