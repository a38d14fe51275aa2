"""Reading albums."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mcma.store.access import within
from mcma.store.queries.keyset import Order
from mcma.store.queries.rows import ALBUM_COLUMNS, ALBUM_FROM
from mcma.store.tables.catalogue import album_artists, album_genres, albums, genres, track_artists, tracks
from mcma.store.tables.listening import user_items
from mcma_plugins.values import AlbumSort, ItemKind

_ALL = sa.select(*ALBUM_COLUMNS).select_from(ALBUM_FROM)
_PRESENT = (albums.c.deleted_at.is_(None), albums.c.missing_since.is_(None))

ORDERS: dict[AlbumSort, Order] = {
    AlbumSort.NAME: Order((albums.c.sort_key, albums.c.id)),
    AlbumSort.ARTIST: Order((albums.c.artist_key, albums.c.sort_key, albums.c.id)),
    AlbumSort.NEWEST: Order((albums.c.created_at, albums.c.id), descending=True),
    AlbumSort.YEAR: Order((albums.c.year, albums.c.sort_key, albums.c.id)),
    AlbumSort.YEAR_DESC: Order((albums.c.year, albums.c.sort_key, albums.c.id), descending=True),
    AlbumSort.RANDOM: Order((albums.c.rnd, albums.c.id)),
    AlbumSort.LIKED: Order((user_items.c.liked_at, albums.c.id), descending=True),
    AlbumSort.RATING: Order((user_items.c.rating, albums.c.id), descending=True),
    AlbumSort.FREQUENT: Order((user_items.c.play_count, albums.c.id), descending=True),
    AlbumSort.RECENT: Order((user_items.c.last_played_at, albums.c.id), descending=True),
}
BY_ID = Order((albums.c.id,))
_MINE = user_items.c.item_kind == ItemKind.ALBUM.value
TOUCHED: dict[AlbumSort, sa.ColumnElement[bool]] = {
    AlbumSort.YEAR: albums.c.year.is_not(None),
    AlbumSort.YEAR_DESC: albums.c.year.is_not(None),
    AlbumSort.LIKED: sa.and_(_MINE, user_items.c.liked_at.is_not(None)),
    AlbumSort.RATING: sa.and_(_MINE, user_items.c.rating.is_not(None)),
    AlbumSort.FREQUENT: sa.and_(_MINE, user_items.c.play_count > 0),
    AlbumSort.RECENT: sa.and_(_MINE, user_items.c.last_played_at.is_not(None)),
}
"""What a list of this sort is about: an album without a year is in no list by year."""


def listed(ids: sa.Select[Any]) -> sa.Select[Any]:
    """Albums that lists show, in these libraries."""
    return _ALL.where(*_PRESENT, within(albums.c.library_id, ids))


def absent(ids: sa.Select[Any]) -> sa.Select[Any]:
    """Albums of which every file is missing."""
    gone = albums.c.deleted_at.is_(None), albums.c.missing_since.is_not(None)
    return _ALL.where(*gone, within(albums.c.library_id, ids))


def by_ids(wanted: Sequence[Any], ids: sa.Select[Any]) -> sa.Select[Any]:
    """Missing ones too."""
    return _ALL.where(
        albums.c.id.in_(wanted), albums.c.deleted_at.is_(None), within(albums.c.library_id, ids)
    )


def editions(album: Any, ids: sa.Select[Any]) -> sa.Select[Any]:
    """Other releases of the album of this id: of one release group, or of one artist and title where one of
    both has none."""
    own = albums.alias("own")
    grouped = albums.c.release_group_mbid == _of(own, "release_group_mbid", album)
    named = (
        albums.c.artist_key == _of(own, "artist_key", album),
        albums.c.sort_key == _of(own, "sort_key", album),
        sa.or_(albums.c.release_group_mbid.is_(None), _of(own, "release_group_mbid", album).is_(None)),
    )
    return listed(ids).where(albums.c.id != album, sa.or_(grouped, sa.and_(*named)))


def _of(own: Any, name: str, album: Any) -> sa.ScalarSelect[Any]:
    return sa.select(own.c[name]).where(own.c.id == album).scalar_subquery()


def of_artist(artists: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Credited on the album itself."""
    credits = album_artists.c
    return albums.c.id.in_(sa.select(credits.album_id).where(credits.artist_id.in_(artists)))


of_album_artist = of_artist


def credited(artists: Sequence[Any], roles: Sequence[Any]) -> sa.ColumnElement[bool]:
    """With a track that credits one of them so."""
    return albums.c.id.in_(_of_tracks(artists).where(track_artists.c.role.in_(roles)))


def appears_on(artists: Sequence[Any]) -> sa.ColumnElement[bool]:
    """With a track that credits one of them, and credited to others."""
    return sa.and_(albums.c.id.in_(_of_tracks(artists)), sa.not_(of_artist(artists)))


def _of_tracks(artists: Sequence[Any]) -> sa.Select[Any]:
    return (
        sa.select(tracks.c.album_id)
        .join(track_artists, track_artists.c.track_id == tracks.c.id)
        .where(
            track_artists.c.artist_id.in_(artists),
            tracks.c.deleted_at.is_(None),
            tracks.c.album_id.is_not(None),
        )
    )


def in_some_genre(keys: Sequence[Any]) -> sa.ColumnElement[bool]:
    """As `of_genre`, for genres that many are in: looked up for each row along the order of the list."""
    wanted = sa.select(genres.c.id).where(genres.c.name_key.in_(keys))
    links = album_genres.c
    return sa.exists().where(links.album_id == albums.c.id, links.genre_id.in_(wanted))


def of_genre(keys: Sequence[Any]) -> sa.ColumnElement[bool]:
    return albums.c.id.in_(
        sa.select(album_genres.c.album_id)
        .join(genres, genres.c.id == album_genres.c.genre_id)
        .where(genres.c.name_key.in_(keys))
    )
