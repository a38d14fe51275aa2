"""Shares, and what is in them: for any number of them and of owners, one query for each kind of thing.

What a share holds is what its owner may see now. Things are looked up by lists of their ids, and who may see
which library is compared afterwards: joined into one query, both engines sooner or later begin with the
largest table.
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
_TOLD = ("expires_at", "visits", "last_visited_at", "created_at", "updated_at", "rev")
_COLUMNS = [
    quick(shares.c.id), shares.c.token, shares.c.key_id, quick(shares.c.owner_id),
    users.c.name.label("owner"), shares.c.description, shares.c.allow_download,
    *(shares.c[name] for name in _TOLD), users.c.is_admin, *RIGHTS.values(),
]  # fmt: skip
OF_OWNER = 1 + len(RIGHTS)
"""Columns behind those of the share: whether its owner is an administrator, and the owner's rights."""
LIVE = shares.c.deleted_at.is_(None)
_LAST = 1_000_000
_ON_ALBUM = (
    sa.func.coalesce(tracks.c.disc, 1), sa.func.coalesce(tracks.c.track, _LAST), tracks.c.sort_key,
    tracks.c.id,
)  # fmt: skip
_PRESENT = (tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None))


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


def items(ids: Sequence[UUID], most: int) -> sa.Select[Any]:
    """(share, kind, item), in order; at most so many of each."""
    columns = (quick(share_items.c.share_id), share_items.c.item_kind, quick(share_items.c.item_id))
    chosen = sa.select(*columns).where(share_items.c.share_id.in_(ids), share_items.c.position < most)
    return chosen.order_by(share_items.c.share_id, share_items.c.position)


def every_library() -> sa.Select[Any]:
    return sa.select(quick(libraries.c.id)).where(libraries.c.deleted_at.is_(None))


def granted(user_ids: Sequence[UUID]) -> sa.Select[Any]:
    """(user, library)"""
    access = library_access.c
    return sa.select(quick(access.user_id), quick(access.library_id)).where(access.user_id.in_(user_ids))


def named(kind: ItemKind, ids: Sequence[UUID]) -> sa.Select[Any]:
    """(id asked for, name, library) of what stands for them; artists are in no library."""
    table: Any = {ItemKind.TRACK: tracks, ItemKind.ALBUM: albums, ItemKind.ARTIST: artists}[kind]
    said = table.alias("said")
    library = sa.null() if kind is ItemKind.ARTIST else quick(table.c.library_id)
    name = table.c.name if kind is ItemKind.ARTIST else table.c.title
    found = said.join(table, table.c.id == sa.func.coalesce(said.c.replaced_by, said.c.id))
    chosen = sa.select(quick(said.c.id), name, library).select_from(found)
    return chosen.where(said.c.id.in_(ids), table.c.deleted_at.is_(None))


def lists(ids: Sequence[UUID]) -> sa.Select[Any]:
    """(id, name, owner, whether all may read it, whether it is smart) of playlists."""
    columns = (
        quick(playlists.c.id), playlists.c.name, quick(playlists.c.owner_id),
        playlists.c.visibility == "public", playlists.c.rules.is_not(None),
    )  # fmt: skip
    return sa.select(*columns).where(playlists.c.id.in_(ids), playlists.c.deleted_at.is_(None))


def tracks_of(kind: ItemKind, ids: Sequence[UUID], most: int) -> sa.Select[Any]:
    """(id asked for, track, library), in order; at most so many of each."""
    return _OF[kind](ids, most)


def _of_tracks(ids: Sequence[UUID], _: int) -> sa.Select[Any]:
    said = tracks.alias("said")
    found = said.join(tracks, tracks.c.id == sa.func.coalesce(said.c.replaced_by, said.c.id))
    columns = (quick(said.c.id), quick(tracks.c.id), quick(tracks.c.library_id))
    return sa.select(*columns).select_from(found).where(said.c.id.in_(ids), *_PRESENT)


def _of_albums(ids: Sequence[UUID], most: int) -> sa.Select[Any]:
    said = albums.alias("said")
    found = said.join(tracks, tracks.c.album_id == sa.func.coalesce(said.c.replaced_by, said.c.id))
    return _first(found, said.c.id, ids, _ON_ALBUM, most)


def _of_artists(ids: Sequence[UUID], most: int) -> sa.Select[Any]:
    """What they are the album artist of, oldest first."""
    said = artists.alias("said")
    person = sa.func.coalesce(said.c.replaced_by, said.c.id)
    found = (
        said.join(album_artists, album_artists.c.artist_id == person)
        .join(albums, albums.c.id == album_artists.c.album_id)
        .join(tracks, tracks.c.album_id == albums.c.id)
    )
    order = (sa.func.coalesce(albums.c.year, 9999), albums.c.id, *_ON_ALBUM)
    return _first(found, said.c.id, ids, order, most)


def _of_playlists(ids: Sequence[UUID], most: int) -> sa.Select[Any]:
    said = tracks.alias("said")
    row = playlist_items.c
    found = playlist_items.join(said, said.c.id == row.track_id).join(
        tracks, tracks.c.id == sa.func.coalesce(said.c.replaced_by, said.c.id)
    )
    return _first(found, row.playlist_id, ids, (row.position, row.id), most, row.deleted_at.is_(None))


def _first(
    found: Any, asked: Any, ids: Sequence[UUID], order: Sequence[Any], most: int, *where: Condition
) -> sa.Select[Any]:
    place = sa.func.row_number().over(partition_by=asked, order_by=order).label("place")
    ranked = (
        sa.select(
            asked.label("asked"), tracks.c.id.label("track"), tracks.c.library_id.label("library"), place
        )
        .select_from(found)
        .where(asked.in_(ids), *_PRESENT, *where)
        .subquery()
    )  # fmt: skip
    chosen = sa.select(ranked.c.asked, ranked.c.track, ranked.c.library).where(ranked.c.place <= most)
    return chosen.order_by(ranked.c.asked, ranked.c.place)


_OF = {
    ItemKind.TRACK: _of_tracks, ItemKind.ALBUM: _of_albums, ItemKind.ARTIST: _of_artists,
    ItemKind.PLAYLIST: _of_playlists,
}  # fmt: skip
