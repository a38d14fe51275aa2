"""From what a source hands over to a file that can be taken in: checked, unwrapped, tagged.

Nothing is encoded anew, and what the source has put into its folder stays as it is: the work is done on a
copy, so that an attempt that is killed anywhere can be repeated.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mcma.domain.facts import FileFacts, FileProblem, ProblemReason
from mcma.media.ffmpeg import Ffmpegs
from mcma.media.loudness import sha256_of
from mcma.media.shelf import identity_at
from mcma.services.downloading.description import Described
from mcma.services.downloading.folders import Folder
from mcma.services.indexing.readers import TagReaders
from mcma.services.indexing.reading import ToRead
from mcma.services.intake.pending import Pending
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.process import MIB, Limits, ProcessFailed, run
from mcma_plugins.sources import Fetched

NOT_MUSIC: Final = "not_music"
_PASSING: Final = (ProblemReason.UNREADABLE, ProblemReason.CHANGED)
_LOST_SHARE: Final = 0.9
_LOST_MS: Final = 10_000
"""Sound that is shorter than its source said, by a tenth and ten seconds, is half a file."""


class Finished(NamedTuple):
    pending: Pending
    facts: FileFacts


class Finishing:
    def __init__(self, ffmpegs: Ffmpegs, readers: Callable[[], TagReaders]) -> None:
        self._ffmpegs, self._readers = ffmpegs, readers

    async def finish(self, folder: Folder, fetched: Fetched, said: Described) -> Finished:
        """Raises `PermanentError` (not_music, ffmpeg_missing), `RetryLater` (incomplete), `OSError`."""
        work = await asyncio.to_thread(folder.emptied_work)
        file, ending = await self._unwrapped(fetched.path, work)
        await asyncio.to_thread(_tagged, file, ending, said, fetched.cover)
        facts = await self._read(file)
        if _is_cut_off(facts, said.duration_ms):
            await asyncio.to_thread(folder.forget_got)
            raise RetryLater("Only a part of it came.", code="incomplete")
        return Finished(await asyncio.to_thread(_settled, folder, file, ending, said, facts), facts)

    async def _unwrapped(self, path: Path, work: Path) -> tuple[Path, str]:
        from mcma.media import wrapping  # brings in all that reads files

        try:
            wrapped = await asyncio.to_thread(wrapping.looked_at, path)
        except wrapping.UnfitError as unfit:
            raise PermanentError(f"This is no music: {unfit.message}.", code=NOT_MUSIC) from None
        made = work / f"sound.{wrapped.suffix}"
        tool = None if wrapped.muxer is None else await self._ffmpegs.get()
        if tool is None and wrapped.must:
            raise PermanentError(
                "It comes in a wrapping that only ffmpeg opens, and there is none.", code="ffmpeg_missing",
                hint="MCMA_FFMPEG",
            )  # fmt: skip
        if tool is None:
            await asyncio.to_thread(_copied, path, made)
        else:
            await _remuxed(wrapping.command(tool.path, path, wrapped, made), path, wrapped.must, made)
        return made, wrapped.suffix

    async def _read(self, file: Path) -> FileFacts:
        async with self._readers() as readers:
            [read] = await readers.read([ToRead(bytes(file), (), bytes(file.parent))])
        if isinstance(read, FileFacts):
            return read
        raise _refused(read)


def _refused(problem: FileProblem) -> Exception:
    if problem.reason in _PASSING:
        return RetryLater(f"The file cannot be read now: {problem.message}")
    if problem.reason is ProblemReason.TRUNCATED:
        return RetryLater("Only a part of it came.", code="incomplete")
    return PermanentError(f"This is no music: {problem.message}", code=NOT_MUSIC)


async def _remuxed(command: Sequence[str | bytes | Path], path: Path, must: bool, made: Path) -> None:
    size = (await asyncio.to_thread(path.stat)).st_size
    limits = Limits(seconds=600, cpu_seconds=600, file_size=2 * size + 16 * MIB, nicer=10)
    try:
        done = await run(command, limits)
        problem = None if done.ok else done.last_line
    except ProcessFailed as error:
        problem = error.message
    if problem is None:
        return
    if must:
        raise PermanentError("ffmpeg cannot take the sound out of it.", code=NOT_MUSIC)
    await asyncio.to_thread(made.unlink, missing_ok=True)
    await asyncio.to_thread(_copied, path, made)


def _copied(path: Path, made: Path) -> None:
    from mcma.media.copying import take_over

    take_over(bytes(path), bytes(made))


def _tagged(file: Path, ending: str, said: Described, cover: Path | None) -> None:
    from mcma.media.tagging import Labels, checked_cover, write_missing

    labels = Labels(said.title, said.artists, said.album, "", said.track_number, said.disc_number, said.year,
                    said.isrc, said.recording_mbid)  # fmt: skip
    write_missing(file, ending, labels, None if cover is None else checked_cover(cover))


def _is_cut_off(facts: FileFacts, expected_ms: int | None) -> bool:
    if not expected_ms or not facts.audio.duration_ms:
        return False
    got = facts.audio.duration_ms
    return got < expected_ms * _LOST_SHARE and expected_ms - got > _LOST_MS


def _settled(folder: Folder, file: Path, ending: str, said: Described, facts: FileFacts) -> Pending:
    sha256 = sha256_of(bytes(file))
    place = folder.settle(file, f"{said.name}.{ending}")
    identity = identity_at(bytes(folder.root) + b"/" + place)
    assert identity is not None
    return Pending(place, facts.tags.title or said.name, facts.audio.container, sha256, identity)
