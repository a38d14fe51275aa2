"""Shares, and what is in them: for any number of them and of owners, one query for each kind of thing.

What a share holds is what its owner may see now: the queries ask for the owner's libraries row by row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.queries.people import RIGHTS
from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import album_artists, albums, artists, libraries, tracks
from mcma.store.tables.listening import playlist_items, playlists
from mcma.store.tables.people import library_access, users
from mcma.store.tables.shares import share_items, shares
from mcma_plugins.values import ItemKind, Right

Condition = sa.ColumnElement[bool]
OF_OWNER = 1 + len(RIGHTS)
"""Columns behind those of the share: whether its owner is an administrator, and the owner's rights."""
LIVE = shares.c.deleted_at.is_(None)
_TOLD = ("expires_at", "visits", "last_visited_at", "created_at", "updated_at", "rev")
_COLUMNS = [
    quick(shares.c.id), shares.c.token, shares.c.key_id, quick(shares.c.owner_id),
    users.c.name.label("owner"), shares.c.description, shares.c.allow_download,
    *(shares.c[name] for name in _TOLD), users.c.is_admin, *RIGHTS.values(),
]  # fmt: skip
_SAID_TRACK, _SAID_ALBUM = tracks.alias("said"), albums.alias("said_album")
_SAID_ARTIST = artists.alias("said_artist")
_LAST = 1_000_000


def listed(*where: Condition) -> sa.Select[Any]:
    """Latest first."""
    chosen = sa.select(*_COLUMNS).join(users, users.c.id == shares.c.owner_id)
    return chosen.where(LIVE, *where).order_by(shares.c.id.desc())


def found_by(token_hash: bytes, now: datetime) -> sa.Select[Any]:
    """The share that a link opens, as long as it does: its owner may share, and log in."""
    may_share = sa.or_(users.c.is_admin, RIGHTS[Right.SHARE])
    in_time = sa.or_(shares.c.expires_at.is_(None), shares.c.expires_at > now)
    return listed(shares.c.token_hash == token_hash, in_time, users.c.disabled_at.is_(None), may_share)


def held(owner: UUID) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(shares).where(LIVE, shares.c.owner_id == owner)


def items(ids: Sequence[UUID]) -> sa.Select[Any]:
    """(share, position, kind, item, name), in order. The name is None for what its owner cannot see."""
    named = (
        sa.select(
            quick(share_items.c.share_id), share_items.c.position, share_items.c.item_kind,
            quick(share_items.c.item_id),
            sa.func.coalesce(tracks.c.title, albums.c.title, artists.c.name, playlists.c.name).label("name"),
        )
        .select_from(_owned().outerjoin(_SAID_TRACK, _points_at(ItemKind.TRACK, _SAID_TRACK))
        .outerjoin(tracks, sa.and_(_meant(tracks, _SAID_TRACK), _seen(tracks)))
        .outerjoin(_SAID_ALBUM, _points_at(ItemKind.ALBUM, _SAID_ALBUM))
        .outerjoin(albums, sa.and_(_meant(albums, _SAID_ALBUM), _seen(albums)))
        .outerjoin(_SAID_ARTIST, _points_at(ItemKind.ARTIST, _SAID_ARTIST))
        .outerjoin(artists, _meant(artists, _SAID_ARTIST))
        .outerjoin(playlists, sa.and_(_points_at(ItemKind.PLAYLIST, playlists), _readable())))
    )  # fmt: skip
    return named.where(share_items.c.share_id.in_(ids)).order_by(
        share_items.c.share_id, share_items.c.position
    )


def smart(ids: Sequence[UUID]) -> sa.Select[Any]:
    """(share, position, playlist, owner, name, is admin) of the smart playlists in them."""
    source = _owned().join(playlists, _points_at(ItemKind.PLAYLIST, playlists))
    chosen = sa.select(
        quick(share_items.c.share_id), share_items.c.position, quick(playlists.c.id), quick(users.c.id),
        users.c.name, users.c.is_admin,
    ).select_from(source)  # fmt: skip
    return chosen.where(share_items.c.share_id.in_(ids), _readable(), playlists.c.rules.is_not(None))


def held_tracks(ids: Sequence[UUID], most: int) -> list[sa.Select[Any]]:
    """(share, position, place, track): at most so many of each share by each of the queries."""
    return [_first(query, ids, most) for query in (_tracks(), _albums(), _artists(), _playlists())]


def _first(query: tuple[Any, Sequence[Any]], ids: Sequence[UUID], most: int) -> sa.Select[Any]:
    source, order = query
    place = sa.func.row_number().over(
        partition_by=share_items.c.share_id, order_by=[share_items.c.position, *order, tracks.c.id]
    )
    ranked = (
        sa.select(share_items.c.share_id, share_items.c.position, place.label("place"), tracks.c.id)
        .select_from(source)
        .where(share_items.c.share_id.in_(ids), _seen(tracks), tracks.c.missing_since.is_(None))
        .subquery()
    )
    columns = (ranked.c.share_id, ranked.c.position, ranked.c.place, ranked.c.id)
    return sa.select(*columns).where(ranked.c.place <= most)


def _tracks() -> tuple[Any, Sequence[Any]]:
    named = _owned().join(_SAID_TRACK, _points_at(ItemKind.TRACK, _SAID_TRACK))
    return named.join(tracks, _meant(tracks, _SAID_TRACK)), ()


def _albums() -> tuple[Any, Sequence[Any]]:
    named = _owned().join(_SAID_ALBUM, _points_at(ItemKind.ALBUM, _SAID_ALBUM))
    on_it = tracks.c.album_id == sa.func.coalesce(_SAID_ALBUM.c.replaced_by, _SAID_ALBUM.c.id)
    return named.join(tracks, on_it), _ON_ALBUM


def _artists() -> tuple[Any, Sequence[Any]]:
    """What they are the album artist of, oldest first."""
    person = sa.func.coalesce(_SAID_ARTIST.c.replaced_by, _SAID_ARTIST.c.id)
    source = (
        _owned().join(_SAID_ARTIST, _points_at(ItemKind.ARTIST, _SAID_ARTIST))
        .join(album_artists, album_artists.c.artist_id == person)
        .join(albums, albums.c.id == album_artists.c.album_id)
        .join(tracks, tracks.c.album_id == albums.c.id)
    )  # fmt: skip
    return source, (sa.func.coalesce(albums.c.year, 9999), albums.c.id, *_ON_ALBUM)


def _playlists() -> tuple[Any, Sequence[Any]]:
    row = sa.and_(playlist_items.c.playlist_id == playlists.c.id, playlist_items.c.deleted_at.is_(None))
    source = (
        _owned().join(playlists, sa.and_(_points_at(ItemKind.PLAYLIST, playlists), _readable()))
        .join(playlist_items, row)
        .join(_SAID_TRACK, _SAID_TRACK.c.id == playlist_items.c.track_id)
        .join(tracks, _meant(tracks, _SAID_TRACK))
    )  # fmt: skip
    return source, (playlist_items.c.position, playlist_items.c.id)


_ON_ALBUM = (
    sa.func.coalesce(tracks.c.disc, 1), sa.func.coalesce(tracks.c.track, _LAST), tracks.c.sort_key,
)  # fmt: skip


def _owned() -> sa.FromClause:
    return share_items.join(shares, shares.c.id == share_items.c.share_id).join(
        users, users.c.id == shares.c.owner_id
    )


def _points_at(kind: ItemKind, table: Any) -> Condition:
    return sa.and_(share_items.c.item_kind == kind.value, share_items.c.item_id == table.c.id)


def _meant(table: Any, said: Any) -> Condition:
    """Itself, or what it was merged into."""
    same: Condition = table.c.id == sa.func.coalesce(said.c.replaced_by, said.c.id)
    return sa.and_(same, table.c.deleted_at.is_(None))


def _seen(table: Any) -> Condition:
    """By the owner of the share."""
    granted = sa.exists().where(
        library_access.c.user_id == users.c.id, library_access.c.library_id == table.c.library_id
    )
    there = sa.exists().where(libraries.c.id == table.c.library_id, libraries.c.deleted_at.is_(None))
    return sa.and_(
        table.c.deleted_at.is_(None),
        sa.or_(users.c.is_admin, granted.correlate(users, table)),
        there.correlate(table),
    )


def _readable() -> Condition:
    """A playlist that the owner of the share may read."""
    return sa.and_(
        playlists.c.deleted_at.is_(None),
        sa.or_(playlists.c.owner_id == shares.c.owner_id, playlists.c.visibility == "public"),
    )
