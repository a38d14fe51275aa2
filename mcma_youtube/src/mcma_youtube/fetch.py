"""A track is got by yt-dlp, a child process."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Final

from mcma_plugins.errors import AuthorisationNeeded
from mcma_plugins.process import Finished, ProcessFailed, TookTooLong, running
from mcma_plugins.sources import Fetched, FetchProgress, FetchWish, SourceKind
from mcma_youtube import faults, files, ids, metadata, verdicts
from mcma_youtube.condition import Condition
from mcma_youtube.cookies import Cookies
from mcma_youtube.pace import Downloads
from mcma_youtube.program import AS_ALWAYS, PROGRESS, Manner, command, environment, limits
from mcma_youtube.programs import Programs
from mcma_youtube.settings import YouTubeSettings

_STEP: Final = re.compile(rf"{PROGRESS} ([0-9]+) (?:([0-9]+)|NA) (?:([0-9]+)(?:\.[0-9]*)?|NA)", re.ASCII)
Steps = AsyncGenerator[FetchProgress | Fetched, None]


class Fetching:
    def __init__(
        self, settings: YouTubeSettings, programs: Programs, cookies: Cookies, manner: Manner = AS_ALWAYS
    ) -> None:
        self._settings, self._programs, self._cookies = settings, programs, cookies
        self._manner = manner
        self._downloads = Downloads(settings.downloads_at_once, settings.seconds_between)
        self.condition = Condition()

    async def fetch(self, source_id: str, into: Path, wish: FetchWish) -> Steps:
        """Goes on from what an attempt before has left in `into`."""
        if not ids.accepts(SourceKind.TRACK, source_id):
            raise faults.not_there()
        async with self._downloads.turn():
            self.condition.check()
            with self.condition.noting():
                async with (
                    self._cookies.lent() as jar,
                    aclosing(self._run(source_id, into, wish, jar)) as run,
                ):
                    async for step in run:
                        yield step
                fetched = await asyncio.to_thread(_fetched, source_id, into, wish)
            yield fetched

    async def _run(self, source_id: str, into: Path, wish: FetchWish, jar: Path | None) -> Steps:
        program = await self._programs.current()
        argv = command(program, self._manner, self._settings, wish, source_id, into, jar)
        around = environment(program, self._settings)
        refused = False
        try:
            async with (
                running(argv, limits(wish), environment=around, by_line=True) as child,
                aclosing(child.lines()) as lines,
            ):
                async for line in lines:
                    refused = refused or verdicts.TOO_LARGE in line
                    if step := progress(line):
                        yield step
                done = await child.wait()
        except TookTooLong as error:
            raise faults.degraded("the download took too long") from error
        except ProcessFailed as error:
            raise faults.misconfigured(f"yt-dlp cannot be run: {error.message}") from error
        try:
            _check(done, refused, into)
        except AuthorisationNeeded as error:
            if error.stable_code == "misconfigured" and await self._programs.give_up(program):
                raise faults.degraded(f"yt-dlp {program.version} does not start any more") from error
            raise


def progress(line: str) -> FetchProgress | None:
    match = _STEP.fullmatch(line.strip())
    if match is None:
        return None
    total = match[2] or match[3]
    return FetchProgress(int(match[1]), None if total is None else int(total))


def _check(done: Finished, refused: bool, into: Path) -> None:
    if refused:
        files.drop_sound(into)
        raise verdicts.too_large()
    if done.ok:
        return
    error = verdicts.verdict(done)
    if error.stable_code == "too_large":
        files.drop_sound(into)
    raise error


def _fetched(source_id: str, into: Path, wish: FetchWish) -> Fetched:
    said = metadata.read(into)
    sound = files.sound(into, said)
    if sound is None:
        raise faults.outdated("yt-dlp ended well, and there is no sound")
    if sound.stat().st_size > wish.most_bytes:
        files.drop_sound(into)
        raise verdicts.too_large()
    return Fetched(sound, metadata.item(said, source_id), files.cover(into))
