"""Renditions: what they are made of, and their rows. An attempt at a job makes one; that is the fence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.facts import Gain
from mcma.store.access import library_ids
from mcma.store.dialect import insert_ignoring
from mcma.store.queries.jobs import UNFINISHED
from mcma.store.tables.catalogue import albums, libraries, track_files, tracks
from mcma.store.tables.machinery import jobs
from mcma.store.tables.renditions import renditions
from mcma_plugins.values import Caller

QUEUED, RUNNING, READY, FAILED = "queued", "running", "ready", "failed"


class RenditionRow(NamedTuple):
    id: UUID
    file_id: UUID
    profile: str
    offset_ms: int
    state: str
    codec: str
    bit_rate_kbps: int
    sample_rate_hz: int
    channels: int
    bit_depth: int
    suffix: str
    content_type: str
    size: int | None
    job_id: UUID | None
    attempt: int
    created_at: datetime
    finished_at: datetime | None
    last_used_at: datetime
    pinned_until: datetime | None
    error: str | None


class SourceRow(NamedTuple):
    """A file with what its renditions need to know."""

    id: UUID
    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    content_type: str
    suffix: str
    missing_since: datetime | None
    root: bytes | None
    container: str
    codec: str
    bit_rate_kbps: int
    sample_rate_hz: int
    channels: int
    bit_depth: int | None
    lossless: bool
    duration_ms: int
    track_gain_db: float | None
    track_peak: float | None
    album_gain_db: float | None
    album_peak: float | None
    title: str
    artist: str
    album: str | None

    @property
    def gain(self) -> Gain:
        return Gain(self.track_gain_db, self.track_peak, self.album_gain_db, self.album_peak)


_FILE = [track_files.c[name] for name in SourceRow._fields[:8]]
_SOUND = [track_files.c[name] for name in SourceRow._fields[9:21]]
_ROW = [renditions.c[name] for name in RenditionRow._fields]


_track = tracks.alias("spoken_for")
_SOURCES = (
    sa.select(
        *_FILE, libraries.c.root, *_SOUND, _track.c.title, _track.c.artist, albums.c.title.label("album")
    )
    .join_from(_track, track_files, track_files.c.track_id == _track.c.id)
    .join(libraries, libraries.c.id == track_files.c.library_id)
    .outerjoin(albums, albums.c.id == _track.c.album_id)
)


async def source_of_track(connection: AsyncConnection, caller: Caller, track_id: UUID) -> SourceRow | None:
    """The preferred file of a track that the caller may hear, or of the one that stands in its place."""
    chosen = sa.func.coalesce(tracks.c.replaced_by, tracks.c.id)
    target = sa.select(chosen).where(tracks.c.id == track_id).scalar_subquery()
    query = _SOURCES.where(
        _track.c.id == target,
        track_files.c.id == _track.c.file_id,
        _track.c.library_id.in_(library_ids(caller)),
    )
    return _source((await connection.execute(query)).first())


async def source_of_file(connection: AsyncConnection, file_id: UUID) -> SourceRow | None:
    query = _SOURCES.where(track_files.c.id == file_id, track_files.c.deleted_at.is_(None))
    return _source((await connection.execute(query)).first())


class FileRow(NamedTuple):
    source: SourceRow
    deleted_at: datetime | None
    replaced_by: UUID | None


async def file_of(connection: AsyncConnection, caller: Caller, file_id: UUID) -> FileRow | None:
    """Any file that the caller may hear, also one that was replaced since."""
    query = _SOURCES.add_columns(track_files.c.deleted_at, track_files.c.replaced_by)
    row = (
        await connection.execute(
            query.where(track_files.c.id == file_id, track_files.c.library_id.in_(library_ids(caller)))
        )
    ).first()
    return None if row is None else FileRow(SourceRow(*row[:-2]), *row[-2:])


def _source(row: Any) -> SourceRow | None:
    return None if row is None else SourceRow(*row)


async def find(
    connection: AsyncConnection, file_id: UUID, profile: str, offset_ms: int
) -> RenditionRow | None:
    query = sa.select(*_ROW).where(
        renditions.c.file_id == file_id, renditions.c.profile == profile, renditions.c.offset_ms == offset_ms
    )
    return _one((await connection.execute(query)).first())


async def get(connection: AsyncConnection, id_: UUID) -> RenditionRow | None:
    return _one((await connection.execute(sa.select(*_ROW).where(renditions.c.id == id_))).first())


def _one(row: Any) -> RenditionRow | None:
    return None if row is None else RenditionRow(*row)


async def of_file(connection: AsyncConnection, file_id: UUID) -> Sequence[RenditionRow]:
    """Without those that begin somewhere in the middle; oldest first."""
    query = sa.select(*_ROW).where(renditions.c.file_id == file_id, renditions.c.offset_ms == 0)
    rows = await connection.execute(query.order_by(renditions.c.id).limit(100))
    return [RenditionRow(*row) for row in rows]


async def add(connection: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """False when there is one of this file, profile and offset."""
    made = await connection.execute(
        insert_ignoring(connection, renditions).values(**values).returning(renditions.c.id)
    )
    return made.first() is not None


class Maker(NamedTuple):
    """Who makes one."""

    job_id: UUID
    attempt: int


async def begin(connection: AsyncConnection, id_: UUID, maker: Maker) -> bool:
    """Takes one that waits, or that an earlier attempt at the same job left. False when there is none."""
    left = sa.and_(renditions.c.state == RUNNING, renditions.c.job_id == maker.job_id)
    free = sa.update(renditions).where(
        renditions.c.id == id_, sa.or_(renditions.c.state == QUEUED, left), _not_later(maker)
    )
    done = await connection.execute(free.values(state=RUNNING, **maker._asdict()))
    return bool(done.rowcount)


def _not_later(maker: Maker) -> sa.ColumnElement[bool]:
    same_job = renditions.c.job_id == maker.job_id
    return sa.or_(~same_job, renditions.c.job_id.is_(None), renditions.c.attempt < maker.attempt)


async def end(connection: AsyncConnection, id_: UUID, maker: Maker, values: Mapping[str, Any]) -> bool:
    """False when somebody else makes it by now, or it was removed."""
    held = sa.update(renditions).where(_held(id_, maker), renditions.c.state == RUNNING)
    return bool((await connection.execute(held.values(**values))).rowcount)


def _held(id_: UUID, maker: Maker) -> sa.ColumnElement[bool]:
    return sa.and_(
        renditions.c.id == id_,
        renditions.c.job_id == maker.job_id,
        renditions.c.attempt == maker.attempt,
    )


async def drop(connection: AsyncConnection, id_: UUID, maker: Maker | None = None) -> None:
    """With `maker`: only if it is still its."""
    which = renditions.c.id == id_ if maker is None else _held(id_, maker)
    await connection.execute(sa.delete(renditions).where(which))


async def drop_many(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    await hold(connection, ids)
    await connection.execute(sa.delete(renditions).where(renditions.c.id.in_(ids)))


async def hold(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Whoever changes several takes them in this order."""
    chosen = sa.select(renditions.c.id).where(renditions.c.id.in_(ids)).order_by(renditions.c.id)
    await connection.execute(chosen.with_for_update())


async def touch(connection: AsyncConnection, id_: UUID, now: datetime) -> None:
    await connection.execute(sa.update(renditions).where(renditions.c.id == id_).values(last_used_at=now))


async def pin(connection: AsyncConnection, id_: UUID, until: datetime, now: datetime) -> None:
    """Never shortens what was promised before."""
    promised = renditions.c.pinned_until
    longer = sa.case((promised > until, promised), else_=sa.literal(until, promised.type))
    await connection.execute(
        sa.update(renditions).where(renditions.c.id == id_).values(pinned_until=longer, last_used_at=now)
    )


def live_job() -> sa.ColumnElement[bool]:
    return sa.exists().where(jobs.c.id == renditions.c.job_id, jobs.c.state.in_(UNFINISHED))


async def orphans(connection: AsyncConnection) -> Sequence[RenditionRow]:
    """Those that are waiting or being made by a job that is over: its server was killed."""
    query = sa.select(*_ROW).where(renditions.c.state.in_((QUEUED, RUNNING)), ~live_job())
    return [RenditionRow(*row) for row in await connection.execute(query)]


async def is_orphan(connection: AsyncConnection, id_: UUID) -> bool:
    query = sa.select(~live_job()).where(renditions.c.id == id_, renditions.c.state.in_((QUEUED, RUNNING)))
    return bool(await connection.scalar(query))


async def known(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Id to state."""
    query = sa.select(renditions.c.id, renditions.c.state).where(renditions.c.id.in_(ids))
    return {row.id: row.state for row in await connection.execute(query)}


# Room


async def total_size(connection: AsyncConnection) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(renditions.c.size), 0)).where(renditions.c.state == READY)
    return int(await connection.scalar(query) or 0)


async def useless(
    connection: AsyncConnection, *, unused_since: datetime, failed_before: datetime, now: datetime, limit: int
) -> Sequence[RenditionRow]:
    """Nobody used them for long, or their file is gone, or they failed long ago. Pinned ones are of use."""
    gone = sa.exists().where(track_files.c.id == renditions.c.file_id, track_files.c.deleted_at.is_not(None))
    old = sa.or_(
        sa.and_(renditions.c.state == READY, sa.or_(renditions.c.last_used_at < unused_since, gone)),
        sa.and_(renditions.c.state == FAILED, renditions.c.finished_at < failed_before),
    )
    query = sa.select(*_ROW).where(old, _free(now)).limit(limit)
    return [RenditionRow(*row) for row in await connection.execute(query)]


async def longest_unused(
    connection: AsyncConnection, *, unused_since: datetime, now: datetime, limit: int
) -> Sequence[RenditionRow]:
    """To make room: the longest unused first, none that somebody may be reading, none that is pinned."""
    query = (
        sa.select(*_ROW)
        .where(renditions.c.state == READY, renditions.c.last_used_at < unused_since, _free(now))
        .order_by(renditions.c.last_used_at, renditions.c.id)
        .limit(limit)
    )
    return [RenditionRow(*row) for row in await connection.execute(query)]


def _free(now: datetime) -> sa.ColumnElement[bool]:
    """Neither asked for nor waiting to be fetched."""
    kept = (renditions.c.pinned_until, renditions.c.staged_until)
    return sa.and_(*(sa.or_(until.is_(None), until < now) for until in kept))
