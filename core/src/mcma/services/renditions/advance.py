"""Renditions that are made in advance: asked for, made by whichever worker has time, kept for a while."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from mcma.domain import profiles
from mcma.domain.errors import InvalidInput, NotFound, Unavailable, Unsupported
from mcma.domain.profiles import Reason, Target
from mcma.services.jobs import Jobs
from mcma.services.renditions.beginning import row_of
from mcma.services.renditions.making import Order
from mcma.services.renditions.sources import Sources, sound_of
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import renditions as rows
from mcma.store.queries.renditions import RenditionRow
from mcma_plugins.errors import PermanentError
from mcma_plugins.ids import FileId, JobId, TrackId
from mcma_plugins.jobs import Priority
from mcma_plugins.streams import StreamWish
from mcma_plugins.values import Caller

RENDER = "render"
PENDING_SECONDS = 5.0
ABSENT = "absent"


class RenditionPending(Unavailable):
    """It is not there yet. `state`: queued, running, or absent for one that nobody has asked for."""

    code = "rendition_pending"

    def __init__(self, state: str, job_id: UUID | None) -> None:
        super().__init__("It is being made: ask again soon.", retry_after=PENDING_SECONDS)
        self.state, self.job_id = state, job_id


class RenditionView(NamedTuple):
    id: UUID
    """The strong validator of its bytes."""
    file_id: FileId
    profile: str
    state: str
    """queued, running, ready or failed."""
    codec: str
    bit_rate_kbps: int
    sample_rate_hz: int
    channels: int
    suffix: str
    content_type: str
    size: int | None
    job_id: JobId | None
    created_at: datetime
    last_used_at: datetime
    pinned_until: datetime | None
    error: str | None


class Advance:
    def __init__(self, database: Database, jobs: Jobs, sources: Sources) -> None:
        self._database, self._jobs, self._sources = database, jobs, sources

    async def request(
        self, caller: Caller, track_id: TrackId, wish: StreamWish, keep: timedelta
    ) -> RenditionView:
        """Asking again gives the same one, and keeps it longer. Raises `InvalidInput` where the format is
        unknown or the original is what meets the wish, `Unsupported` where this server cannot make it."""
        source = await self._sources.of_track(caller, track_id)
        target = profiles.choose(sound_of(source), wish._replace(offset_ms=0))
        if target is Reason.UNKNOWN_FORMAT:
            known = ", ".join(sorted({*profiles.PROFILES, *profiles.FORMATS}))
            raise InvalidInput(f"format: {wish.format} is unknown; known are {known}.", code="invalid_field")
        if isinstance(target, Reason):
            raise InvalidInput(f"The original is what would be served: {target}.", code="invalid_field")
        if isinstance(reason := await self._sources.tool(target), Reason):
            raise Unsupported(f"This server cannot make it: {reason}.", code="cannot_transcode")
        async with self._database.write() as transaction:
            id_ = await self.wanted(transaction, caller, source.id, target)
            now = utcnow()
            await rows.pin(transaction.connection, id_, now + keep, now)
            found = await rows.get(transaction.connection, id_)
        if found is None:
            raise NotFound("The rendition was removed just now.")
        return _view(found)

    async def wanted(
        self, transaction: WriteTransaction, caller: Caller, file_id: UUID, target: Target
    ) -> UUID:
        """The one there is, unless it came to nothing; else a new one."""
        connection = transaction.connection
        row = await rows.find(connection, file_id, target.key, 0)
        if row is not None and row.state != rows.FAILED and not await rows.is_orphan(connection, row.id):
            return row.id
        if row is not None:
            await rows.drop(connection, row.id)
        id_ = new_id()
        job_id = await self._jobs.enqueue(
            transaction, RENDER, {"rendition_id": str(id_), "profile": target.key}, dedup_key=str(id_),
            priority=Priority.NORMAL, created_by=caller.user_id,
        )  # fmt: skip
        values = row_of(id_, file_id, target, caller.user_id) | {"state": rows.QUEUED, "job_id": job_id}
        if not await rows.add(connection, values):
            raise Unavailable("Somebody asked for it at the same time.", retry_after=1)
        return id_

    async def of_track(self, caller: Caller, track_id: TrackId) -> Sequence[RenditionView]:
        """Those of its preferred file, oldest first."""
        source = await self._sources.of_track(caller, track_id)
        async with self._database.read() as connection:
            return [_view(row) for row in await rows.of_file(connection, source.id)]

    async def ordered(self, row: RenditionRow) -> Order:
        """For a job, which knows nothing but the row. Raises `PermanentError`."""
        target = Target(
            profiles.CODECS[row.codec], row.bit_rate_kbps, row.sample_rate_hz, row.channels, row.bit_depth,
            row.offset_ms,
        )  # fmt: skip
        source, tool = await self._sources.of_file(row.file_id), await self._sources.tool(target)
        if source is None:
            raise PermanentError("The file is not there any more, or it is another one.")
        if isinstance(tool, Reason):
            raise PermanentError(f"This worker cannot make it: {tool}.")
        order = partial(self._sources.order, source, target, tool.path, row.id, row.attempt, live=False)
        return await asyncio.to_thread(order)


def _view(row: RenditionRow) -> RenditionView:
    return RenditionView(
        row.id, FileId(row.file_id), row.profile, row.state, row.codec, row.bit_rate_kbps,
        row.sample_rate_hz, row.channels, row.suffix, row.content_type, row.size,
        None if row.job_id is None else JobId(row.job_id), row.created_at, row.last_used_at,
        row.pinned_until, row.error,
    )  # fmt: skip
