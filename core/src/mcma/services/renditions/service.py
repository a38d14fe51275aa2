"""Renditions for those who ask: what is there is served, what is not is made while they listen."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from mcma.domain import profiles
from mcma.domain.errors import OutOfSpace, Unavailable, Unsupported
from mcma.domain.profiles import Reason, Target
from mcma.media.ffmpeg import Ffmpeg, Ffmpegs
from mcma.services.jobs import Jobs
from mcma.services.renditions.advance import ABSENT, RENDER, Advance, RenditionPending
from mcma.services.renditions.batches import Batches
from mcma.services.renditions.beginning import TakenElsewhere
from mcma.services.renditions.files import RenditionFiles
from mcma.services.renditions.following import Follower, Writer
from mcma.services.renditions.making import Making
from mcma.services.renditions.sources import Sources, is_as_known, sound_of
from mcma.services.renditions.staging import Staging
from mcma.services.renditions.upkeep import FAILURES_KEPT, Room, Upkeep
from mcma.services.renditions.workshop import TRANSCODE, Bounds, RunsNow, Workshop
from mcma.services.renditions.writers import Elsewhere, Here
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import renditions as rows
from mcma.store.queries.renditions import RenditionRow, SourceRow
from mcma_plugins.ids import TrackId
from mcma_plugins.jobs import JobKind, Priority, Schedule
from mcma_plugins.process import MIB
from mcma_plugins.streams import Announced, Served, StreamWish
from mcma_plugins.values import Caller, StreamFile

TIDY = "tidy_renditions"
BEGINNING = 15.0
"""Seconds to wait for the first bytes; then the original is better."""
_OVERHEAD = {"mp3": 1.01, "aac": 1.05, "opus": 1.1, "flac": 1.0}
"""Frames and pages around the sound, and how far a variable bit rate strays."""
SPARE = 64 * MIB
"""Bytes of the disk that renditions leave to others."""
TOUCHED = timedelta(minutes=1)


class Renditions:
    """`folder` is the cache. Nothing in it is needed: it can be deleted while the server stands."""

    def __init__(
        self, database: Database, jobs: Jobs, ffmpegs: Ffmpegs, folder: Path, bounds: Bounds, room: Room
    ) -> None:
        self._database, self._jobs = database, jobs
        self._files = RenditionFiles(folder)
        self._sources = Sources(database, ffmpegs, self._files)
        self.advance = Advance(database, jobs, self._sources)
        self._upkeep = Upkeep(database, self._files, room)
        self._workshop = Workshop(
            database, jobs, self._files, bounds, self.advance.ordered, self._tidy_if_full
        )
        self.staging = Staging(database, jobs, self._files, room)
        self._batches = Batches(database, jobs, self._workshop.render)

    def job_kinds(self) -> Sequence[JobKind]:
        return (
            JobKind(
                TRANSCODE, self._workshop.run_live, max_attempts=1, timeout=timedelta(days=1), host_only=True
            ),
            JobKind(RENDER, self._workshop.run_render, timeout=timedelta(days=1)),
            self._batches.kind(),
            JobKind(TIDY, self._upkeep.run, max_attempts=2),
        )

    def schedules(self) -> Mapping[str, Schedule]:
        return {TIDY: Schedule(TIDY, timedelta(hours=1), {})}

    def forget(self) -> None:
        """What was looked up for whom."""
        self._sources.forget()

    async def start(self, runner: RunsNow) -> None:
        """Live renditions are made by this runner from now on. Finds what a killed server left behind."""
        self._workshop.runner = runner
        await self._upkeep.recover()

    # Serving

    async def plays_in_browsers(self, caller: Caller, track_id: TrackId) -> bool:
        source = await self._sources.of_track(caller, track_id)
        return (source.container, source.codec) in profiles.BROWSERS

    async def serve(
        self, caller: Caller, track_id: TrackId, wish: StreamWish, *, start: bool = True
    ) -> Served | Reason:
        """A `Reason` for which the original is to be served. See `mcma_plugins.services.Streaming.serve`."""
        source = await self._sources.of_track(caller, track_id)
        target = profiles.choose(sound_of(source), wish)
        if isinstance(target, Reason):
            return target
        return await self.serve_target(caller, source, target, start=start)

    async def source(self, caller: Caller, track_id: TrackId) -> SourceRow:
        """The file renditions of a track are made of. `NotFound`; `Unavailable` when its volume is gone."""
        return await self._sources.of_track(caller, track_id)

    async def encoders(self) -> Set[str]:
        """What can be written here."""
        return await self._sources.encoders()

    async def serve_target(
        self, caller: Caller, source: SourceRow, target: Target, *, start: bool = True
    ) -> Served | Reason:
        """As `serve`, of what was decided on."""
        tool = await self._sources.tool(target)
        if isinstance(tool, Reason):
            return tool
        for _ in range(3):
            with suppress(TakenElsewhere):
                return await self._serve(caller, source, target, tool, start=start)
        return Reason.FAILED

    async def _serve(
        self, caller: Caller, source: SourceRow, target: Target, tool: Ffmpeg, *, start: bool
    ) -> Served | Reason:
        async with self._database.read() as connection:
            row = await rows.find(connection, source.id, target.key, target.offset_ms)
        row = None if row is None else await self._usable(row)
        if row is not None and row.state == rows.READY:
            return Served(self._stream_file(row, source), _told(target, "cached"))
        if row is not None and row.state == rows.FAILED:
            return Reason.FAILED
        if not start:
            return Served(_announced(target, source), _told(target, "live"))
        if row is not None and row.state == rows.RUNNING and self._workshop.making(row.id) is None:
            return Served(self._follower(self._elsewhere(row), row.id, source, target), _told(target, "live"))
        return await self._live(caller, source, target, tool)

    async def _live(self, caller: Caller, source: SourceRow, target: Target, tool: Ffmpeg) -> Served | Reason:
        if not await is_as_known(source):
            return Reason.FAILED  # whoever serves the original finds out what is wrong with it
        expected = target.bytes_of(source.duration_ms)
        if await asyncio.to_thread(self._files.room) < expected + SPARE:
            return Reason.DISK_FULL
        order = partial(self._sources.order, source, target, tool.path, live=True)
        try:
            making, here = await self._workshop.begin(caller, source.id, target, order)
        except OutOfSpace:
            return Reason.DISK_FULL
        except Unavailable:
            return Reason.NOT_NOW
        return await self._begun(making, here, source, target)

    async def _begun(self, making: Making, here: Here, source: SourceRow, target: Target) -> Served | Reason:
        """Waits for the first bytes, so that a failure is known before anything is promised."""
        follower = self._follower(here, making.id, source, target)
        try:
            async with asyncio.timeout(BEGINNING):
                await making.began.wait()
        except TimeoutError:
            follower.close()
            return Reason.FAILED
        except BaseException:
            follower.close()
            raise
        if not making.over.is_set():
            return Served(follower, _told(target, "live"))
        follower.close()
        if making.error is not None:
            return Reason.DISK_FULL if isinstance(making.error, OutOfSpace) else Reason.FAILED
        return Served(await self._whole(making.id, source), _told(target, "made"))

    async def whole(
        self, caller: Caller, source: SourceRow, target: Target, *, start: bool = True
    ) -> StreamFile:
        """A finished one. Raises `RenditionPending` while there is none, and has a job make it unless `start`
        is False; `Unsupported` where this server cannot make it, or could not lately."""
        async with self._database.read() as connection:
            row = await rows.find(connection, source.id, target.key, 0)
        row = None if row is None else await self._usable(row)
        if row is not None and row.state == rows.READY:
            return self._stream_file(row, source)
        if row is not None and row.state == rows.FAILED:
            raise Unsupported(f"It could not be made: {row.error}", code="rendition_failed")
        if row is None and isinstance(reason := await self._sources.tool(target), Reason):
            raise Unsupported(f"This server cannot make it: {reason}.", code="cannot_transcode")
        if row is None and start:
            async with self._database.write() as transaction:
                id_ = await self.advance.wanted(transaction, caller, source.id, target)
                row = await rows.get(transaction.connection, id_)
        raise RenditionPending(row.state if row else ABSENT, row.job_id if row else None)

    def _follower(self, writer: Writer, id_: UUID, source: SourceRow, target: Target) -> Follower:
        return Follower(writer, _announced(target, source), partial(self._whole, id_, source))

    def _elsewhere(self, row: RenditionRow) -> Elsewhere:
        part, whole = self._files.part(row.id, row.suffix, row.attempt), self._files.path(row.id, row.suffix)
        return Elsewhere(self._database, row.id, part, whole)

    async def _usable(self, row: RenditionRow) -> RenditionRow | None:
        """None for one that has to be made anew."""
        now = utcnow()
        if row.state == rows.READY and await asyncio.to_thread(self._files.has, row.id, row.suffix, row.size):
            if now - row.last_used_at > TOUCHED:
                await self._touch(row.id, now)
            return row
        if row.state == rows.FAILED and row.finished_at and now - row.finished_at < FAILURES_KEPT:
            return row
        if row.state in (rows.QUEUED, rows.RUNNING) and not await self._is_orphan(row):
            return row
        async with self._database.write() as transaction:
            await rows.drop(transaction.connection, row.id)
        await asyncio.to_thread(self._files.drop, row.id, row.suffix)
        return None

    async def _is_orphan(self, row: RenditionRow) -> bool:
        if self._workshop.making(row.id) is not None:
            return False
        async with self._database.read() as connection:
            return await rows.is_orphan(connection, row.id)

    async def _touch(self, id_: UUID, now: datetime) -> None:
        with suppress(OutOfSpace, Unavailable):
            async with self._database.write() as transaction:
                await rows.touch(transaction.connection, id_, now)

    async def _tidy_if_full(self) -> None:
        with suppress(OutOfSpace, Unavailable):
            if await self._upkeep.is_full():
                await self._jobs.submit(TIDY, {}, dedup_key=TIDY, priority=Priority.NORMAL)

    async def _whole(self, id_: UUID, source: SourceRow) -> StreamFile:
        async with self._database.read() as connection:
            row = await rows.get(connection, id_)
        if row is None or row.state != rows.READY:
            raise Unavailable("The rendition is not there any more.", code="transcode_failed")
        return self._stream_file(row, source)

    def _stream_file(self, row: RenditionRow, source: SourceRow) -> StreamFile:
        return StreamFile(
            path=bytes(self._files.path(row.id, row.suffix)),
            size=row.size or 0,
            etag=str(row.id),
            content_type=row.content_type,
            suffix=row.suffix,
            last_modified=row.finished_at or row.created_at,
            name=f"{source.title}.{row.suffix}",
        )


def _announced(target: Target, source: SourceRow) -> Announced:
    """A little more than it will be: what is too long can be filled up."""
    size = target.bytes_of(source.duration_ms)
    room = _OVERHEAD[target.codec.name]
    known = size and not target.codec.lossless
    return Announced(
        target.codec.content_type, target.codec.suffix, int(size * room) + 8192 if known else None
    )


def _told(target: Target, state: str) -> str:
    return f"rendition; profile={target.key}; state={state}"
