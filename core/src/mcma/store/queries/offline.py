"""What plans for offline listening are made of: the tracks of pins, their files, what was made of those."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.profiles import Sound
from mcma.store.access import library_ids, within
from mcma.store.queries.playlists import LIVE, PLACE
from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import (
    album_artists,
    albums,
    genres,
    libraries,
    track_artists,
    track_files,
    track_genres,
    tracks,
)
from mcma.store.tables.listening import claims, playlist_items, playlists, user_items
from mcma_plugins.values import Caller, ItemKind

_LAST = 1_000_000
_IN_ALBUM = (
    sa.func.coalesce(tracks.c.disc, 1), sa.func.coalesce(tracks.c.track, _LAST), tracks.c.sort_key,
    tracks.c.id,
)  # fmt: skip
_BY_ALBUM = (albums.c.year, albums.c.id, *_IN_ALBUM)


class Placed(NamedTuple):
    """A track of a pin; `pin` is the id of the album, artist, genre or playlist."""

    pin: UUID
    track: UUID


def _seen(caller: Caller) -> tuple[sa.ColumnElement[bool], ...]:
    return tracks.c.deleted_at.is_(None), within(tracks.c.library_id, library_ids(caller))


async def _placed(connection: AsyncConnection, query: sa.Select[Any], most: int) -> list[Placed]:
    return [Placed(*row) for row in await connection.execute(query.limit(most))]


async def of_albums(
    connection: AsyncConnection, caller: Caller, ids: Sequence[UUID], most: int
) -> list[Placed]:
    chosen = sa.select(quick(tracks.c.album_id), quick(tracks.c.id)).where(tracks.c.album_id.in_(ids))
    return await _placed(
        connection, chosen.where(*_seen(caller)).order_by(tracks.c.album_id, *_IN_ALBUM), most
    )


async def of_artists(
    connection: AsyncConnection, caller: Caller, ids: Sequence[UUID], most: int
) -> list[Placed]:
    """Their own albums, and what they are credited for as artists."""
    own = sa.select(album_artists.c.artist_id, tracks.c.id.label("track_id")).join(
        tracks, tracks.c.album_id == album_artists.c.album_id
    )
    credits = sa.select(track_artists.c.artist_id, track_artists.c.track_id)
    theirs = sa.union(
        own.where(album_artists.c.artist_id.in_(ids)),
        credits.where(track_artists.c.artist_id.in_(ids), track_artists.c.role == "artist"),
    ).subquery()
    chosen = (
        sa.select(theirs.c.artist_id, quick(tracks.c.id))
        .join(tracks, tracks.c.id == theirs.c.track_id)
        .outerjoin(albums, albums.c.id == tracks.c.album_id)
    )
    return await _placed(
        connection, chosen.where(*_seen(caller)).order_by(theirs.c.artist_id, *_BY_ALBUM), most
    )


async def of_genres(
    connection: AsyncConnection, caller: Caller, ids: Sequence[UUID], most: int
) -> list[Placed]:
    chosen = (
        sa.select(quick(track_genres.c.genre_id), quick(tracks.c.id))
        .join(tracks, tracks.c.id == track_genres.c.track_id)
        .outerjoin(albums, albums.c.id == tracks.c.album_id)
        .where(track_genres.c.genre_id.in_(ids), *_seen(caller))
    )
    return await _placed(connection, chosen.order_by(track_genres.c.genre_id, *_BY_ALBUM), most)


async def liked(connection: AsyncConnection, caller: Caller, most: int) -> list[UUID]:
    """The latest first."""
    chosen = (
        sa.select(quick(tracks.c.id))
        .join(user_items, user_items.c.item_id == tracks.c.id)
        .where(user_items.c.user_id == caller.user_id, user_items.c.item_kind == ItemKind.TRACK.value)
        .where(user_items.c.liked_at.is_not(None), *_seen(caller))
        .order_by(user_items.c.liked_at.desc(), tracks.c.id)
    )
    return list(await connection.scalars(chosen.limit(most)))


class PlaylistRow(NamedTuple):
    """One of `track` and `title` is None: a row that has its track, or waits for one."""

    pin: UUID
    track: UUID | None
    item: UUID
    title: str | None
    artist: str | None


async def of_playlists(
    connection: AsyncConnection, caller: Caller, ids: Sequence[UUID], most: int
) -> list[PlaylistRow]:
    """In their order. Rows of tracks that are gone or not the caller's to see are left out."""
    said = tracks.alias("said")
    meant = sa.func.coalesce(said.c.replaced_by, said.c.id)
    source = (
        playlist_items.outerjoin(claims, claims.c.id == playlist_items.c.claim_id)
        .outerjoin(said, said.c.id == playlist_items.c.track_id)
        .outerjoin(tracks, sa.and_(tracks.c.id == meant, *_seen(caller)))
    )
    waits = sa.and_(playlist_items.c.track_id.is_(None), claims.c.id.is_not(None))
    chosen = sa.select(
        quick(playlist_items.c.playlist_id),
        tracks.c.id,
        playlist_items.c.id,
        claims.c.title,
        claims.c.artists,
    ).select_from(source)
    chosen = chosen.where(
        playlist_items.c.playlist_id.in_(ids), LIVE, sa.or_(waits, tracks.c.id.is_not(None))
    )
    rows = await connection.execute(chosen.order_by(playlist_items.c.playlist_id, *PLACE).limit(most))
    return [_playlist_row(*row) for row in rows]


def _playlist_row(pin: UUID, track: UUID | None, item: UUID, title: str | None, artists: Any) -> PlaylistRow:
    if track is not None:
        return PlaylistRow(pin, track, item, None, None)
    return PlaylistRow(pin, None, item, title or "", ", ".join(artists or ()))


async def readable_playlists(
    connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]
) -> dict[UUID, bool]:
    """Id to whether it is smart."""
    may = sa.or_(playlists.c.owner_id == caller.user_id, playlists.c.visibility == "public")
    chosen = sa.select(playlists.c.id, playlists.c.rules.is_not(None).label("smart")).where(
        playlists.c.id.in_(ids), playlists.c.deleted_at.is_(None), may
    )
    return {row.id: bool(row.smart) for row in await connection.execute(chosen)}


async def known_genres(connection: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    return set(await connection.scalars(sa.select(genres.c.id).where(genres.c.id.in_(ids))))


async def deleted(connection: AsyncConnection, caller: Caller, kind: str, ids: Sequence[UUID]) -> set[UUID]:
    """Of ids that mean nothing any more, those that the caller knew."""
    if kind == "playlist":
        mine = sa.select(playlists.c.id).where(playlists.c.owner_id == caller.user_id)
        query = mine.where(playlists.c.deleted_at.is_not(None), playlists.c.id.in_(ids))
    elif kind in ("track", "album"):
        table = tracks if kind == "track" else albums
        query = sa.select(table.c.id).where(
            table.c.id.in_(ids), table.c.deleted_at.is_not(None), table.c.library_id.in_(library_ids(caller))
        )
    else:
        return set()
    return set(await connection.scalars(query))


class PlannedFile(NamedTuple):
    track_id: UUID
    file_id: UUID
    size: int
    content_type: str
    suffix: str
    missing: bool
    sound: Sound


_SOUND = [track_files.c[name] for name in Sound._fields]


async def files_of(
    connection: AsyncConnection, caller: Caller, wanted: Sequence[UUID]
) -> dict[UUID, PlannedFile]:
    """The preferred file of each track, as many as one query takes."""
    chosen = (
        sa.select(
            quick(tracks.c.id), quick(track_files.c.id), track_files.c.size, track_files.c.content_type,
            track_files.c.suffix, track_files.c.missing_since, libraries.c.root, *_SOUND,
        )
        .join_from(tracks, track_files, track_files.c.id == tracks.c.file_id)
        .join(libraries, libraries.c.id == track_files.c.library_id)
        .where(tracks.c.id.in_(wanted), *_seen(caller))
    )  # fmt: skip
    return {
        track: PlannedFile(track, file, size, kind, suffix, gone is not None or root is None, Sound(*sound))
        for track, file, size, kind, suffix, gone, root, *sound in await connection.execute(chosen)
    }
