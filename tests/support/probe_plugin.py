"""A plugin whose jobs can be watched and held from outside, by files. Its source is installed by tests."""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from mcma_plugins import JobContext, JobKind, NamedSchedule, Plugin, PluginSettings, Schedule


class ThePlugin(Plugin[PluginSettings]):
    name = "probe"

    def jobs(self) -> Sequence[JobKind]:
        return (
            JobKind("probe.note", note),
            JobKind("probe.hold", hold),
            JobKind("probe.narrow", narrow, concurrency=2),
        )

    def schedules(self) -> Sequence[NamedSchedule]:
        return (NamedSchedule("probe.hourly", Schedule("probe.note", timedelta(hours=1), {})),)


def write(job: JobContext, what: str) -> None:
    """One line, whole, however many processes write."""
    if "log" not in job.payload:
        return
    log = os.open(job.payload["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, f"{what} {job.id} {os.getpid()}\n".encode())
    os.close(log)


async def note(job: JobContext) -> None:
    write(job, "ran")


async def hold(job: JobContext) -> None:
    """Until the file `until` is there."""
    write(job, "began")
    await job.progress(1, 2, "holding")
    while not Path(job.payload["until"]).exists():  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.05)
    write(job, "ended")


async def narrow(job: JobContext) -> None:
    write(job, "began")
    await asyncio.sleep(0.1)
    write(job, "ended")
