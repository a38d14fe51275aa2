"""Tracks told afresh outside of a scan: because a person spoke, or what an enricher said came or went.

They say what they should now, go to the albums they ask for, and everything that is counted follows.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.entities.telling import tell_artists
from mcma.services.indexing import counters
from mcma.services.indexing.regrouping import albums_to_regroup, regroup_album
from mcma.services.indexing.renames import rename
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import libraries, tracks
from mcma_plugins.events import ItemsMerged, TracksChanged
from mcma_plugins.ids import LibraryId, TrackId
from mcma_plugins.values import ItemKind

News = Sequence[tuple[str, object]]
"""Hooks and their events, for plugins after the commit."""


async def tell_afresh(connection: AsyncConnection, library_id: UUID, ids: Collection[UUID]) -> News:
    """For whoever has the catalogue locked. All tracks are of this library."""
    began = utcnow()
    writer = CatalogueWriter(await _place(connection, library_id))
    left = await _albums(connection, ids)
    await writer.tell_tracks(connection, ids)
    merged = await _regroup(connection, writer, left, began)
    merged += await _rename(connection, writer, began)
    await tell_artists(connection, writer.touched.artists, writer.artists.sort_names)
    for recount in counters.recounts(writer.touched.take()):
        await recount(connection)
    await counters.recount_library(connection, library_id, utcnow())
    changed = TracksChanged(LibraryId(library_id), [TrackId(one) for one in sorted(ids)])
    return [("track_changed", changed), *(("items_merged", one) for one in merged)]


async def _place(connection: AsyncConnection, library_id: UUID) -> LibraryPlace:
    query = sa.select(libraries.c.id, libraries.c.root, libraries.c.source).where(
        libraries.c.id == library_id
    )
    row = (await connection.execute(query)).one()
    return LibraryPlace(row.id, row.root or b"", row.source)


async def _albums(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    query = sa.select(tracks.c.album_id).where(tracks.c.id.in_(ids), tracks.c.album_id.is_not(None))
    return set(await connection.scalars(query))


async def _regroup(
    connection: AsyncConnection, writer: CatalogueWriter, left: Collection[UUID], began: datetime
) -> list[ItemsMerged]:
    """Only the albums they were on can have tracks that ask for another one."""
    merged = []
    for album_id in await albums_to_regroup(connection, writer.library.id, among=left):
        merged += await regroup_album(connection, writer, album_id, began)
    return [ItemsMerged(ItemKind.ALBUM, loser, winner) for loser, winner in merged]


async def _rename(connection: AsyncConnection, writer: CatalogueWriter, began: datetime) -> list[ItemsMerged]:
    merged = []
    for old, new in writer.renames.pairs():
        theirs = await rename(connection, old, new, began)
        if theirs is not None:
            writer.touched.artists |= {old, new}
            writer.artists.forget()
            await writer.tell_tracks(connection, theirs)
            merged.append(ItemsMerged(ItemKind.ARTIST, new, old))
    return merged
