"""What the plugin does beside being a source: commands, and a job that updates yt-dlp."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from mcma_plugins import Command, JobContext, JobKind, NamedSchedule, PermanentError, Schedule
from mcma_plugins.jobs import Payload
from mcma_youtube.updating import Updating

UPDATE: Final = "youtube.update"


class Chores:
    def __init__(self, updating: Updating, update_days: int) -> None:
        self._updating, self._days = updating, update_days

    def commands(self) -> Sequence[Command]:
        return (
            Command("update", "Fetch the newest yt-dlp, try it, and use it from now on.", self._update),
            Command("rollback", "Go back to the yt-dlp before the last update.", self._roll_back),
        )

    def jobs(self) -> Sequence[JobKind]:
        return (JobKind(UPDATE, self._run, max_attempts=3, timeout=timedelta(minutes=15), concurrency=1),)

    def schedules(self) -> Sequence[NamedSchedule]:
        if not self._days:
            return ()
        return (NamedSchedule(UPDATE, Schedule(UPDATE, timedelta(days=self._days), {})),)

    async def _update(self, arguments: Sequence[str]) -> Mapping[str, Any]:
        _nothing_more(arguments)
        done = await self._updating.update()
        return {"state": done.state, "yt_dlp": done.version, "before": done.before}

    async def _roll_back(self, arguments: Sequence[str]) -> Mapping[str, Any]:
        _nothing_more(arguments)
        return {"yt_dlp": await self._updating.roll_back()}

    async def _run(self, job: JobContext) -> Payload:
        done = await self._updating.update()
        await job.log(f"yt-dlp {done.before} -> {done.version}: {done.state}")
        return {"state": done.state, "yt_dlp": done.version}


def _nothing_more(arguments: Sequence[str]) -> None:
    if arguments:
        raise PermanentError("This command takes no arguments.", code="usage")
