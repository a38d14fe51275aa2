"""What only reading a file to its end tells: its hash, and how loud it is where tags do not say.

No file is changed. Gains of tags win; there is no album gain here, because that is a measurement of all
tracks together (R128's gates are not additive) and not something to be made of theirs.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from mcma.media.ffmpeg import Ffmpeg, Ffmpegs
from mcma.media.loudness import NotMeasured, measured, sha256_of
from mcma.services.indexing.values import joined
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import measuring as rows
from mcma.store.queries.measuring import Unmeasured
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule

MEASURE = "measure"
BATCH = 16
"""Files that are written together: what a killed job has to do again."""

Found = dict[str, Any]


class Measuring:
    """Resumes where it was: the rows say what is left. `at_once`: files that are read at the same time."""

    def __init__(self, database: Database, ffmpegs: Ffmpegs, at_once: int | None = None) -> None:
        self._database, self._ffmpegs = database, ffmpegs
        self._at_once = at_once or max(1, (os.cpu_count() or 2) // 2)

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(MEASURE, self._run, timeout=timedelta(days=7), concurrency=1),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {MEASURE: Schedule(MEASURE, timedelta(hours=1), {})}

    async def _run(self, job: JobContext) -> Payload:
        """Without ffmpeg only hashes are computed, and the rest waits for it."""
        tool = await self._ffmpegs.get()
        async with self._database.read() as connection:
            total = await rows.count(connection, hashes_only=tool is None)
        tally = {"measured": 0, "failed": 0, "skipped": 0}
        last: UUID | None = None
        while batch := await self._next(last, tool):
            last = batch[-1].id
            await self._measure(batch, tool, tally)
            await job.progress(min(sum(tally.values()), total), total)
        return {**tally, **({} if tool else {"reason": "no-ffmpeg"})}

    async def _next(self, after: UUID | None, tool: Ffmpeg | None) -> Sequence[Unmeasured]:
        async with self._database.read() as connection:
            return await rows.unmeasured(connection, after, BATCH, hashes_only=tool is None)

    async def _measure(self, batch: Sequence[Unmeasured], tool: Ffmpeg | None, tally: dict[str, int]) -> None:
        turn = asyncio.Semaphore(self._at_once)

        async def one(file: Unmeasured) -> Found | None:
            async with turn:
                return await _found(file, tool)

        found = dict(zip((file.id for file in batch), await asyncio.gather(*map(one, batch)), strict=True))
        for one_found in found.values():
            name = (
                "skipped" if one_found is None else "failed" if one_found.get("measure_error") else "measured"
            )
            tally[name] += 1
        async with self._database.write(bulk=True) as transaction:
            known = {id_: values for id_, values in found.items() if values is not None}
            await rows.write(transaction.connection, known)


async def _found(file: Unmeasured, tool: Ffmpeg | None) -> Found | None:
    """None for a file that is not there now, or is another one: the next scan finds out."""
    path = os.path.join(file.root, joined(file.folder, file.name))  # noqa: PTH118 - bytes
    if not await asyncio.to_thread(unchanged, path, file):
        return None
    try:
        sha256 = file.sha256 or await asyncio.to_thread(sha256_of, path)
    except OSError as error:
        return {"measured_at": utcnow(), "measure_error": f"It cannot be read: {error.strerror}"}
    found: Found = {"sha256": sha256}
    if tool is not None:
        found |= {"measured_at": utcnow(), **({} if file.has_gain else await _loudness(file, path, tool))}
    return found if await asyncio.to_thread(unchanged, path, file) else None


async def _loudness(file: Unmeasured, path: bytes, tool: Ffmpeg) -> Found:
    try:
        loud = await measured(tool.path, path, file.container, file.duration_ms)
    except NotMeasured as error:
        return {"measure_error": error.message[:500]}
    return {"loudness_lufs": loud.lufs, "track_gain_db": loud.gain_db, "track_peak": loud.peak}


class Seen(Protocol):
    """A file as the catalogue knows it."""

    @property
    def root(self) -> bytes: ...
    @property
    def size(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...


def unchanged(path: bytes, file: Seen) -> bool:
    """Blocks. Links that lead out of the library's folder are none of its files."""
    real, root = os.path.realpath(path), os.path.realpath(file.root).rstrip(b"/") + b"/"
    try:
        now = os.stat(real)  # noqa: PTH116 - bytes
    except OSError:
        return False
    return real.startswith(root) and (now.st_size, now.st_mtime_ns) == (file.size, file.mtime_ns)
