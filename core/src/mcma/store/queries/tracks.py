"""Reading tracks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.access import within
from mcma.store.queries.keyset import Order
from mcma.store.queries.rows import TRACK_COLUMNS, TRACK_FROM, quick
from mcma.store.tables.catalogue import (
    album_artists,
    genres,
    lyrics,
    track_artists,
    track_genres,
    tracks,
)

_ALL = sa.select(*TRACK_COLUMNS).select_from(TRACK_FROM)
_PRESENT = (tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None))

BY_ID = Order((tracks.c.id,))
BY_GENRE = Order((track_genres.c.track_id,))
RANDOM = Order((tracks.c.rnd, tracks.c.id))
RANDOM_BY_GENRE = Order((track_genres.c.rnd, track_genres.c.track_id))


def listed(ids: sa.Select[Any]) -> sa.Select[Any]:
    """Tracks that lists show, in these libraries."""
    return _ALL.where(*_PRESENT, within(tracks.c.library_id, ids))


def absent(ids: sa.Select[Any]) -> sa.Select[Any]:
    """Tracks whose files are missing."""
    gone = tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_not(None)
    return _ALL.where(*gone, within(tracks.c.library_id, ids))


def by_ids(wanted: Sequence[Any], ids: sa.Select[Any]) -> sa.Select[Any]:
    """Missing ones too."""
    return _ALL.where(
        tracks.c.id.in_(wanted), tracks.c.deleted_at.is_(None), within(tracks.c.library_id, ids)
    )


def of_album(album: Any, ids: sa.Select[Any]) -> sa.Select[Any]:
    """By disc and number; what has none comes last."""
    last = 1_000_000
    return listed(ids).where(tracks.c.album_id == album).order_by(
        sa.func.coalesce(tracks.c.disc, 1), sa.func.coalesce(tracks.c.track, last), tracks.c.sort_key,
        tracks.c.id
    )  # fmt: skip


def of_artist(artists: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Credited in any role."""
    credits = track_artists.c
    return tracks.c.id.in_(sa.select(credits.track_id).where(credits.artist_id.in_(artists)))


def credited(artists: Sequence[Any], roles: Sequence[Any]) -> sa.ColumnElement[bool]:
    credits = track_artists.c
    chosen = sa.select(credits.track_id).where(credits.artist_id.in_(artists), credits.role.in_(roles))
    return tracks.c.id.in_(chosen)


def of_album_artist(artists: Sequence[Any]) -> sa.ColumnElement[bool]:
    credits = album_artists.c
    return tracks.c.album_id.in_(sa.select(credits.album_id).where(credits.artist_id.in_(artists)))


def in_genre(key: Any, ids: sa.Select[Any]) -> sa.Select[Any]:
    """Along the genre's own indexes: with `BY_GENRE` and `RANDOM_BY_GENRE` no sorting at all."""
    chosen = sa.select(*TRACK_COLUMNS).select_from(
        track_genres.join(TRACK_FROM, tracks.c.id == track_genres.c.track_id)
    )
    genre = sa.select(genres.c.id).where(genres.c.name_key == key).scalar_subquery()
    return chosen.where(track_genres.c.genre_id == genre, *_PRESENT, within(tracks.c.library_id, ids))


def in_some_genre(keys: Sequence[Any]) -> sa.ColumnElement[bool]:
    """As `of_genre`, for genres that many are in: looked up for each row along the order of the list."""
    wanted = sa.select(genres.c.id).where(genres.c.name_key.in_(keys))
    links = track_genres.c
    return sa.exists().where(links.track_id == tracks.c.id, links.genre_id.in_(wanted))


def of_genre(keys: Sequence[Any]) -> sa.ColumnElement[bool]:
    return tracks.c.id.in_(
        sa.select(track_genres.c.track_id)
        .join(genres, genres.c.id == track_genres.c.genre_id)
        .where(genres.c.name_key.in_(keys))
    )


def lyrics_of(track: UUID) -> sa.Select[Any]:
    return (
        sa.select(lyrics.c.lang, lyrics.c.plain, lyrics.c.synced, lyrics.c.origin)
        .where(lyrics.c.track_id == track)
        .order_by(lyrics.c.id)
    )


def visible_albums(wanted: Sequence[UUID], ids: sa.Select[Any]) -> sa.Select[Any]:
    """(track, album, duration) of tracks the caller may point at."""
    return sa.select(quick(tracks.c.id), quick(tracks.c.album_id), tracks.c.duration_ms).where(
        tracks.c.id.in_(wanted), tracks.c.deleted_at.is_(None), within(tracks.c.library_id, ids)
    )
