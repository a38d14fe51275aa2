"""Which picture an item has, and which files hold it."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.access import library_ids, within
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import playlist_items, playlists
from mcma_plugins.values import Caller, ItemKind, ItemRef

LOOKED_AT = 200
"""Rows of a playlist that its picture is made from."""


class Picture(NamedTuple):
    id: UUID
    sha256: bytes
    mime: str


class CoverOf(NamedTuple):
    name: str
    artwork_id: UUID
    sha256: bytes | None
    mime: str


async def artwork_of(connection: AsyncConnection, caller: Caller, item: ItemRef) -> CoverOf | None:
    """None for an item that does not exist or that the caller may not see."""
    query = _QUERIES[item.kind](caller, item.id)
    row = (await connection.execute(query)).first()
    return None if row is None else CoverOf(row.name, row.id, row.sha256, row.mime)


def _with_artwork(name: Any, artwork_id: Any, source: Any) -> sa.Select[Any]:
    columns = (name.label("name"), c.artworks.c.id, c.artworks.c.sha256, c.artworks.c.mime)
    return (
        sa.select(*columns).select_from(source).join(c.artworks, c.artworks.c.id == artwork_id, isouter=True)
    )


def _target(table: sa.Table, item_id: UUID) -> Any:
    chosen = sa.func.coalesce(table.c.replaced_by, table.c.id)
    return sa.select(chosen).where(table.c.id == item_id).scalar_subquery()


def _track(caller: Caller, item_id: UUID) -> sa.Select[Any]:
    track, album = c.tracks.alias(), c.albums.alias()
    artwork = sa.func.coalesce(track.c.artwork_id, album.c.artwork_id)
    name = sa.func.coalesce(album.c.title, track.c.title)
    source = track.outerjoin(album, album.c.id == track.c.album_id)
    return _with_artwork(name, artwork, source).where(
        track.c.id == _target(c.tracks, item_id), track.c.library_id.in_(library_ids(caller))
    )


def _album(caller: Caller, item_id: UUID) -> sa.Select[Any]:
    album = c.albums.alias()
    return _with_artwork(album.c.title, album.c.artwork_id, album).where(
        album.c.id == _target(c.albums, item_id), album.c.library_id.in_(library_ids(caller))
    )


def _artist(caller: Caller, item_id: UUID) -> sa.Select[Any]:
    """The artist's own picture, else the cover of an album of theirs."""
    artist = c.artists.alias()
    covers = (
        sa.select(c.albums.c.artwork_id)
        .join_from(c.album_artists, c.albums, c.albums.c.id == c.album_artists.c.album_id)
        .where(
            c.album_artists.c.artist_id == artist.c.id,
            c.albums.c.artwork_id.is_not(None),
            c.albums.c.deleted_at.is_(None),
            c.albums.c.library_id.in_(library_ids(caller)),
        )
        .order_by(c.albums.c.year.desc(), c.albums.c.id)
        .limit(1)
        .correlate(artist)
        .scalar_subquery()
    )
    seen = sa.exists().where(
        c.artist_libraries.c.artist_id == artist.c.id,
        c.artist_libraries.c.library_id.in_(library_ids(caller)),
    )
    artwork = sa.func.coalesce(artist.c.artwork_id, covers)
    return _with_artwork(artist.c.name, artwork, artist).where(
        artist.c.id == _target(c.artists, item_id), seen
    )


def _playlist(caller: Caller, item_id: UUID) -> sa.Select[Any]:
    """Its own picture, else that of the first track the caller may hear that has one."""
    first = (
        sa.select(sa.func.coalesce(c.tracks.c.artwork_id, c.albums.c.artwork_id))
        .join_from(playlist_items, c.tracks, c.tracks.c.id == playlist_items.c.track_id)
        .join(c.albums, c.albums.c.id == c.tracks.c.album_id, isouter=True)
        .where(
            playlist_items.c.playlist_id == playlists.c.id,
            playlist_items.c.deleted_at.is_(None),
            c.tracks.c.deleted_at.is_(None),
            c.tracks.c.library_id.in_(library_ids(caller)),
            sa.func.coalesce(c.tracks.c.artwork_id, c.albums.c.artwork_id).is_not(None),
        )
        .order_by(playlist_items.c.position)
        .limit(1)
        .correlate(playlists)
        .scalar_subquery()
    )
    artwork = sa.func.coalesce(playlists.c.artwork_id, first)
    return _with_artwork(playlists.c.name, artwork, playlists).where(*_visible_playlist(caller, item_id))


class PlaylistCover(NamedTuple):
    """A playlist and the picture that was chosen for it, if one was."""

    name: str
    smart: bool
    rev: int
    picture: Picture | None


async def playlist_cover(connection: AsyncConnection, caller: Caller, id_: UUID) -> PlaylistCover | None:
    """None for one that does not exist or that the caller may not see."""
    query = _with_artwork(playlists.c.name, playlists.c.artwork_id, playlists).add_columns(
        playlists.c.rules.is_not(None).label("smart"), playlists.c.rev
    )
    row = (await connection.execute(query.where(*_visible_playlist(caller, id_)))).first()
    if row is None:
        return None
    chosen = None if row.sha256 is None else Picture(row.id, row.sha256, row.mime)
    return PlaylistCover(row.name, bool(row.smart), row.rev, chosen)


def _visible_playlist(caller: Caller, id_: UUID) -> Sequence[sa.ColumnElement[bool]]:
    mine_or_shared = sa.or_(playlists.c.owner_id == caller.user_id, playlists.c.visibility == "public")
    return playlists.c.id == id_, playlists.c.deleted_at.is_(None), mine_or_shared


_SHOWN = sa.func.coalesce(c.albums.c.artwork_id, c.tracks.c.artwork_id)
"""One picture for each album, where it has one."""
_SHOWING = c.tracks.outerjoin(c.albums, c.albums.c.id == c.tracks.c.album_id).join(
    c.artworks, c.artworks.c.id == _SHOWN
)


async def pictures_in(connection: AsyncConnection, caller: Caller, playlist: UUID) -> Sequence[Picture]:
    """Of its first rows that the caller may hear, in order; one may come again."""
    query = (
        sa.select(c.artworks.c.id, c.artworks.c.sha256, c.artworks.c.mime)
        .select_from(_SHOWING.join(playlist_items, playlist_items.c.track_id == c.tracks.c.id))
        .where(
            playlist_items.c.playlist_id == playlist,
            playlist_items.c.deleted_at.is_(None),
            c.tracks.c.deleted_at.is_(None),
            within(c.tracks.c.library_id, library_ids(caller)),
        )
        .order_by(playlist_items.c.position, playlist_items.c.id)
        .limit(LOOKED_AT)
    )
    return [Picture(*row) for row in await connection.execute(query)]


async def pictures_of(connection: AsyncConnection, track_ids: Sequence[UUID]) -> Sequence[Picture]:
    """In the order of the tracks, which the caller may hear."""
    query = sa.select(c.tracks.c.id, c.artworks.c.id, c.artworks.c.sha256, c.artworks.c.mime)
    chosen = query.select_from(_SHOWING).where(c.tracks.c.id.in_(track_ids))
    found = {row[0]: Picture(*row[1:]) for row in await connection.execute(chosen)}
    return [found[track] for track in track_ids if track in found]


_QUERIES = {
    ItemKind.TRACK: _track,
    ItemKind.ALBUM: _album,
    ItemKind.ARTIST: _artist,
    ItemKind.PLAYLIST: _playlist,
}


async def files_with(connection: AsyncConnection, artwork_id: UUID) -> list[bytes]:
    """Absolute paths that should hold the picture: beside the audio, else inside it; a few will do."""
    beside = await connection.scalar(
        sa.select(c.artworks.c.path).where(c.artworks.c.id == artwork_id, c.artworks.c.path.is_not(None))
    )
    query = (
        sa.select(c.libraries.c.root, c.track_files.c.folder, c.track_files.c.name)
        .join_from(c.track_files, c.libraries, c.libraries.c.id == c.track_files.c.library_id)
        .join(c.tracks, c.tracks.c.id == c.track_files.c.track_id)
        .where(
            c.track_files.c.artwork_id == artwork_id,
            c.track_files.c.deleted_at.is_(None),
            c.track_files.c.missing_since.is_(None),
        )
        .limit(3)
    )
    rows = (await connection.execute(query)).all()
    inside = [os.path.join(row.root, row.folder, row.name) for row in rows if row.root]  # noqa: PTH118
    return ([beside] if beside else []) + inside
