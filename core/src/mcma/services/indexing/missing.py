"""Files that are no longer where they were. Missing is not deleted: it hides, and comes back as it was."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.statuses import settle_tracks
from mcma.services.indexing.albumcontext import rekey_folders
from mcma.services.indexing.fileshelf import best_files, changed_files
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import track_artists, track_files, track_genres, tracks

CHUNK = 100
"""Files marked in one transaction."""
TOO_MANY_FRACTION = 0.20
TOO_MANY_FILES = 50


def is_suspicious(gone: int, known: int) -> bool:
    """More than max(20 %, 50) of the known files gone at once looks like a lost volume, not like tidying."""
    return gone > max(known * TOO_MANY_FRACTION, TOO_MANY_FILES)


async def mark_missing(connection: AsyncConnection, writer: CatalogueWriter, files: Sequence[UUID]) -> None:
    """Marks files, and the tracks that have no other file present."""
    await _mark(connection, writer, files, utcnow())


async def mark_present(connection: AsyncConnection, writer: CatalogueWriter, files: Sequence[UUID]) -> None:
    """Files that are back, with the bytes they had."""
    await _mark(connection, writer, files, None)


async def _mark(
    connection: AsyncConnection, writer: CatalogueWriter, files: Sequence[UUID], since: datetime | None
) -> None:
    await lock_catalogue(connection)
    now = utcnow()
    here = track_files.c.id.in_(files)
    column = track_files.c.missing_since
    differs = column.is_not(None) if since is None else column.is_(None)
    await connection.execute(
        sa.update(track_files).where(here, differs).values(missing_since=since, updated_at=now)
    )
    ids = set((await connection.scalars(sa.select(track_files.c.track_id).where(here))).all())
    await touch(connection, writer, ids)
    await _settle_tracks(connection, writer, ids, now)
    folders = await connection.scalars(sa.select(track_files.c.folder).where(here).distinct())
    await rekey_folders(connection, writer.library.id, folders.all())
    await writer.refresh(connection)


async def _settle_tracks(
    connection: AsyncConnection, writer: CatalogueWriter, ids: set[UUID], now: datetime
) -> None:
    """A track is there while one of its files is; the best of those speaks for it."""
    there: set[UUID] = set((await connection.scalars(_present_tracks(ids))).all())
    here = sa.update(tracks).where(tracks.c.id.in_(ids - there), tracks.c.missing_since.is_(None))
    await connection.execute(here.values(missing_since=now, updated_at=now))
    back = sa.update(tracks).where(tracks.c.id.in_(there), tracks.c.missing_since.is_not(None))
    await connection.execute(back.values(missing_since=None, updated_at=now))
    if there:
        best = await best_files(connection, there)
        await writer.tell_again(connection, await changed_files(connection, best))
        await settle_tracks(connection, there)  # their folder was decided about while they were away


def _present_tracks(ids: Collection[UUID]) -> sa.Select[Any]:
    files = track_files.c
    present = sa.and_(files.deleted_at.is_(None), files.missing_since.is_(None))
    return sa.select(files.track_id).where(files.track_id.in_(ids), present).distinct()


async def touch(connection: AsyncConnection, writer: CatalogueWriter, ids: set[UUID]) -> None:
    """What is counted by these tracks is to be counted anew, and their albums described."""
    touched = writer.touched
    touched.libraries.add(writer.library.id)
    for column, group in (
        (track_artists.c.artist_id, touched.artists),
        (track_genres.c.genre_id, touched.genres),
    ):
        rows = await connection.scalars(sa.select(column).where(column.table.c.track_id.in_(ids)).distinct())
        group.update(rows.all())
    albums = sa.select(tracks.c.album_id).where(tracks.c.id.in_(ids), tracks.c.album_id.is_not(None))
    touched.albums.update((await connection.scalars(albums.distinct())).all())
