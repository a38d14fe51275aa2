"""Two tracks that turn out to be one recording at one place: the loser's files and rows go to the winner.

Likes, ratings and plays follow by the redirect (`merging.py`), bookmarks and queues as `personal.py` says.
What was moved is kept with the merge record, so that the two can be parted again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound
from mcma.services.enriching.statuses import settle_tracks
from mcma.services.identity.duplicate_standings import settle_with
from mcma.services.identity.merging import record_merge, redirects
from mcma.services.identity.personal import carry, give_back
from mcma.services.indexing.albumplays import follow_plays
from mcma.services.indexing.fileshelf import best_files, changed_files
from mcma.services.indexing.missing import touch
from mcma.services.indexing.regrouping import albums_to_regroup, regroup_album
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.listening.rebuild import rebuild_for
from mcma.services.playlists.playlist_counts import recount_with
from mcma.services.playlists.playlist_locks import lock_playlists_with
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import albums, merges, source_refs, track_files, tracks
from mcma.store.tables.listening import claims, playlist_items
from mcma.store.tables.machinery import search_tracks
from mcma.store.tables.wanted import download_requests, downloads

AlbumMerges = list[tuple[UUID, UUID]]
"""Loser and winner of albums that became one by it."""
_FILES = "track_files"
_FOLLOWING = {
    _FILES: track_files,
    "source_refs": source_refs,
    "playlist_items": playlist_items,
    "claims": claims,
    "download_requests": download_requests,
    "downloads": downloads,
}
"""Tables whose `track_id` follows."""
_REDIRECTS = "redirects"


async def merge_tracks(
    connection: AsyncConnection,
    writer: CatalogueWriter,
    loser: UUID,
    winner: UUID,
    reason: str,
    by_user: UUID | None = None,
    *,
    regroup: bool = False,
) -> AlbumMerges:
    """`writer` is that of the loser's library. Counters of what it touched are to be made anew afterwards.

    Files of one library cannot go to a track of another one: such a loser must have none left. `regroup`: the
    winner goes to the album that its best file asks for, at once; else the end of a scan sees to it.
    """
    began = utcnow()
    await lock_catalogue(connection)
    await lock_playlists_with(connection, playlist_items.c.track_id.in_((loser, winner)))
    await touch(connection, writer, {loser, winner})
    moved: dict[str, Any] = {
        name: await _move(connection, table, loser, winner) for name, table in _FOLLOWING.items()
    }
    moved |= await carry(connection, loser, winner)
    moved[_REDIRECTS] = [str(id_) for id_ in await redirects(connection, "track", loser)]
    await connection.execute(sa.delete(search_tracks).where(search_tracks.c.item_id == loser))
    await record_merge(connection, "track", loser, winner, reason, by_user, data=moved)
    if moved[_FILES]:
        await settle_with(connection, [winner])
        await _tell(connection, writer, [winner])
    return await _settle_albums(connection, writer, began if regroup else None)


async def part_tracks(connection: AsyncConnection, writer: CatalogueWriter, merge_id: UUID) -> AlbumMerges:
    """Takes a merge back: both are as they were, each with its likes and plays.

    Raises `NotFound`, and `Conflict` when it was taken back before, the winner was merged in its turn since
    (`merged_since`), or the loser's file is no more.
    """
    began = utcnow()
    await lock_catalogue(connection)
    query = sa.select(merges).where(merges.c.id == merge_id, merges.c.item_kind == "track")
    merge = (await connection.execute(query)).first()
    if merge is None:
        raise NotFound("There is no such merge.")
    moved: dict[str, Any] = merge.data or {}
    both: list[UUID] = [merge.loser_id, merge.winner_id]
    files = await _today(connection, merge.winner_id, _ids(moved.get(_FILES, ())))
    await _check_partable(connection, merge, files)
    await lock_playlists_with(connection, playlist_items.c.track_id.in_(both))
    now = utcnow()
    back = {"deleted_at": None, "replaced_by": None, "updated_at": now}
    await connection.execute(sa.update(tracks).where(tracks.c.id == merge.loser_id).values(**back))
    following = {name: _ids(moved.get(name, ())) for name in _FOLLOWING} | {_FILES: files}
    for name, table in _FOLLOWING.items():
        here = table.c.id.in_(following[name]), table.c.track_id == merge.winner_id
        await connection.execute(sa.update(table).where(*here).values(track_id=merge.loser_id))
    led = tracks.c.id.in_(_ids(moved.get(_REDIRECTS, ())))
    await connection.execute(sa.update(tracks).where(led).values(replaced_by=merge.loser_id))
    await connection.execute(sa.update(merges).where(merges.c.id == merge_id).values(undone_at=now))
    await give_back(connection, moved, *both)
    await rebuild_for(connection, both)
    await _on_albums_again(connection, both)
    await _tell(connection, writer, both, anyway=True)
    await settle_tracks(connection, both)
    await settle_with(connection, both)
    await touch(connection, writer, set(both))
    merged = await _settle_albums(connection, writer, began)
    await recount_with(connection, both)
    return merged


async def _settle_albums(
    connection: AsyncConnection, writer: CatalogueWriter, began: datetime | None
) -> AlbumMerges:
    """Regroups before albums without tracks go, so that whoever comes there finds the one that was liked."""
    touched, merged = set(writer.touched.albums), []
    if began is not None:
        for album in await albums_to_regroup(connection, writer.library.id, among=touched):
            merged += await regroup_album(connection, writer, album, began)
    await writer.refresh(connection)
    await follow_plays(connection, touched)
    return merged


async def _on_albums_again(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """An album that went with its last track is there again; where another one has its key now, or it was
    merged, what the tags ask for is found."""
    other = albums.alias()
    taken = sa.exists().where(
        other.c.library_id == albums.c.library_id, other.c.album_key == albums.c.album_key,
        other.c.deleted_at.is_(None),
    )  # fmt: skip
    theirs = sa.select(tracks.c.album_id).where(tracks.c.id.in_(ids))
    gone = albums.c.id.in_(theirs), albums.c.deleted_at.is_not(None)
    back = sa.update(albums).where(*gone, albums.c.replaced_by.is_(None), ~taken)
    await connection.execute(back.values(deleted_at=None, updated_at=utcnow()))
    nowhere = sa.exists().where(albums.c.id == tracks.c.album_id, albums.c.deleted_at.is_not(None))
    await connection.execute(sa.update(tracks).where(tracks.c.id.in_(ids), nowhere).values(album_id=None))


async def _today(connection: AsyncConnection, winner: UUID, files: Sequence[UUID]) -> list[UUID]:
    """With those that are where one of them was: a file that was written anew has a row of its own."""
    then, now = track_files.alias(), track_files
    same = [now.c[name] == then.c[name] for name in ("library_id", "folder", "name")]
    query = sa.select(now.c.id).join(then, sa.and_(*same)).where(
        then.c.id.in_(files), then.c.deleted_at.is_not(None), now.c.deleted_at.is_(None),
        now.c.track_id == winner,
    )  # fmt: skip
    return [*files, *(await connection.scalars(query.distinct()))]


async def _check_partable(connection: AsyncConnection, merge: Any, files: Sequence[UUID]) -> None:
    if merge.undone_at is not None:
        raise Conflict("This merge was taken back before.", code="undone_before")
    later = await connection.scalar(sa.select(tracks.c.replaced_by).where(tracks.c.id == merge.winner_id))
    if later is not None:
        raise Conflict("The track was merged into another one since: undo that first.", code="merged_since")
    here = track_files.c.id.in_(files), track_files.c.track_id == merge.winner_id
    left = sa.select(sa.func.count()).where(*here, track_files.c.deleted_at.is_(None))
    if not await connection.scalar(left):
        raise Conflict("The file that was merged is no more.", code="file_gone")


async def _move(connection: AsyncConnection, table: sa.Table, loser: UUID, winner: UUID) -> list[str]:
    here = [table.c.track_id == loser]
    if "deleted_at" in table.c:
        here.append(table.c.deleted_at.is_(None))
    ids = (await connection.scalars(sa.select(table.c.id).where(*here).order_by(table.c.id))).all()
    await connection.execute(sa.update(table).where(*here).values(track_id=winner))
    return [str(id_) for id_ in ids]


async def _tell(
    connection: AsyncConnection, writer: CatalogueWriter, ids: Sequence[UUID], *, anyway: bool = False
) -> None:
    best = await best_files(connection, ids)
    changed: Any = best if anyway else await changed_files(connection, best)
    await writer.tell_again(connection, changed)


def _ids(listed: Sequence[str]) -> list[UUID]:
    return [UUID(one) for one in listed]
