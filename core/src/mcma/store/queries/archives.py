"""The files of many tracks at once, with what their names in an archive are made of."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.access import library_ids, within
from mcma.store.tables.catalogue import album_artists, albums, libraries, track_files, tracks
from mcma_plugins.values import Caller


class ArchiveRow(NamedTuple):
    track_id: UUID
    title: str
    artist: str
    album: str | None
    disc: int | None
    track: int | None
    id: UUID
    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    content_type: str
    suffix: str
    missing_since: Any
    root: bytes | None


_FILE = [track_files.c[name] for name in ArchiveRow._fields[6:14]]
_LAST = 1_000_000


def _files(caller: Caller) -> sa.Select[Any]:
    """Those that are played, present or missing."""
    return (
        sa.select(
            tracks.c.id.label("track_id"), tracks.c.title, tracks.c.artist, albums.c.title.label("album"),
            tracks.c.disc, tracks.c.track, *_FILE, libraries.c.root,
        )
        .join_from(tracks, track_files, track_files.c.id == tracks.c.file_id)
        .join(libraries, libraries.c.id == track_files.c.library_id)
        .outerjoin(albums, albums.c.id == tracks.c.album_id)
        .where(tracks.c.deleted_at.is_(None), within(tracks.c.library_id, library_ids(caller)))
    )  # fmt: skip


_IN_ORDER = (
    albums.c.year, albums.c.id, sa.func.coalesce(tracks.c.disc, 1), sa.func.coalesce(tracks.c.track, _LAST),
    tracks.c.sort_key, tracks.c.id,
)  # fmt: skip


async def of_album(
    connection: AsyncConnection, caller: Caller, album: UUID, limit: int
) -> Sequence[ArchiveRow]:
    chosen = _files(caller).where(tracks.c.album_id == album).order_by(*_IN_ORDER).limit(limit)
    return [ArchiveRow(*row) for row in await connection.execute(chosen)]


async def of_artist(
    connection: AsyncConnection, caller: Caller, artist: UUID, limit: int
) -> Sequence[ArchiveRow]:
    """Of their own albums."""
    own = sa.select(album_artists.c.album_id).where(album_artists.c.artist_id == artist)
    chosen = _files(caller).where(tracks.c.album_id.in_(own)).order_by(*_IN_ORDER).limit(limit)
    return [ArchiveRow(*row) for row in await connection.execute(chosen)]


async def of_tracks(
    connection: AsyncConnection, caller: Caller, wanted: Sequence[UUID]
) -> dict[UUID, ArchiveRow]:
    """As many as one query takes."""
    rows = await connection.execute(_files(caller).where(tracks.c.id.in_(wanted)))
    return {row.track_id: ArchiveRow(*row) for row in rows}
