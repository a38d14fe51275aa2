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
from mcma.services.indexing.links import Links, changed, links_of
from mcma.services.indexing.regrouping import albums_to_regroup, regroup_album
from mcma.services.indexing.renames import rename
from mcma.services.indexing.values import LibraryPlace, Touched
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import albums, artists, libraries, tracks
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
    before = await links_of(connection, ids, left)
    await writer.tell_alone(connection, ids)
    merged = await _regroup(connection, writer, left, began)
    await writer.refresh(connection, await _bereft(connection, ids, left))
    merged += await _rename(connection, writer, began)
    now = await _albums(connection, ids)
    after = await links_of(connection, ids, left | now)
    touched = changed(before, after)
    await tell_artists(
        connection, touched.artists | await _sorted_anew(connection, writer, after), writer.artists.sort_names
    )
    await _count(connection, library_id, touched, albums=left != now)
    told = TracksChanged(LibraryId(library_id), [TrackId(one) for one in sorted(ids)])
    return [("track_changed", told), *(("items_merged", one) for one in merged)]


async def _sorted_anew(connection: AsyncConnection, writer: CatalogueWriter, links: Links) -> set[UUID]:
    """Artists that are to be sorted by another name than so far."""
    said = writer.artists.sort_names
    ids = {link.other for link in links if link.kind == "artists" and link.name in said}
    if not ids:
        return set()
    query = sa.select(artists.c.id, artists.c.name, artists.c.sort_name).where(artists.c.id.in_(ids))
    return {
        row.id
        for row in await connection.execute(query)
        if said.get(row.name, row.sort_name) != row.sort_name
    }


async def _count(connection: AsyncConnection, library_id: UUID, touched: Touched, *, albums: bool) -> None:
    """Songs neither come nor go by being told afresh."""
    changed_artists = bool(touched.artists)
    for recount in counters.recounts(touched):
        await recount(connection)
    if albums or changed_artists:
        await counters.recount_groups(connection, library_id, utcnow())


async def _place(connection: AsyncConnection, library_id: UUID) -> LibraryPlace:
    query = sa.select(libraries.c.id, libraries.c.root, libraries.c.source).where(
        libraries.c.id == library_id
    )
    row = (await connection.execute(query)).one()
    return LibraryPlace(row.id, row.root or b"", row.source)


async def _albums(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    query = sa.select(tracks.c.album_id).where(tracks.c.id.in_(ids), tracks.c.album_id.is_not(None))
    return set(await connection.scalars(query))


async def _bereft(connection: AsyncConnection, ids: Collection[UUID], left: Collection[UUID]) -> list[UUID]:
    """Albums that all of these have left, some for none."""
    gone = set(left) - await _albums(connection, ids)
    alive = sa.select(albums.c.id).where(albums.c.id.in_(gone), albums.c.deleted_at.is_(None))
    return list(await connection.scalars(alive.order_by(albums.c.id))) if gone else []


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
