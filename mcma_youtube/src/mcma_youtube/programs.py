"""Which yt-dlp there is: the one that a setting names, else the newest."""

import asyncio
import sys
from importlib import metadata
from pathlib import Path

from mcma_plugins.process import Limits, ProcessFailed, run
from mcma_youtube import faults
from mcma_youtube.program import Program, python_path
from mcma_youtube.settings import YouTubeSettings
from mcma_youtube.stored import Store
from mcma_youtube.versions import newer

_TRIAL = Limits(seconds=30, memory=None)


def python() -> tuple[str, ...]:
    """Without the folder it stands in, and without what the user installed for everything."""
    return (sys.executable, "-P", "-s", "-m", "yt_dlp")


def installed() -> Program:
    try:
        return Program(python(), metadata.version("yt-dlp"), "installed")
    except metadata.PackageNotFoundError:
        raise faults.misconfigured("yt-dlp is not installed.") from None


async def version_of(program: Program) -> str:
    """What it says itself. Raises `ProcessFailed` when it does not start."""
    done = await run([*program.argv, "--version"], _TRIAL, environment=python_path(program))
    said = done.output.decode("utf-8", "replace").strip()
    if not done.ok or not said or len(said) > 50:
        raise ProcessFailed(f"yt-dlp does not start: {done.last_line}")
    return said


class Programs:
    def __init__(self, settings: YouTubeSettings, store: Store) -> None:
        self._named, self._store = settings.yt_dlp, store
        self._known: tuple[int, str] | None = None

    async def current(self) -> Program:
        if self._named is not None:
            return await self._of_setting(self._named)
        return await asyncio.to_thread(self._newest)

    async def give_up(self, program: Program) -> bool:
        """One that was fetched and does not start any more: from now on there is the one before. False when
        there is nothing to go back to."""
        if program.origin != "updated":
            return False
        await asyncio.to_thread(self._store.roll_back)
        return True

    def _newest(self) -> Program:
        own, fetched = installed(), self._store.current()
        if fetched is None or not newer(fetched.version, own.version):
            return own
        return Program(python(), fetched.version, "updated", fetched.wheels)

    async def _of_setting(self, path: Path) -> Program:
        program = Program((str(path),), "", "setting")
        try:
            changed = path.stat().st_mtime_ns
            if self._known is None or self._known[0] != changed:
                self._known = (changed, await version_of(program))
        except (OSError, ProcessFailed) as error:
            reason = f"MCMA_PLUGIN_YOUTUBE_YT_DLP={path} is no yt-dlp: {error}"
            raise faults.misconfigured(reason) from error
        return program._replace(version=self._known[1])
