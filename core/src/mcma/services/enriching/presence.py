"""Whether an item is here, asked within a query: neither removed nor away, and in a library that is here.

What was merged is what it became. A folder is here as long as music lies in it. What is not here is asked of
nobody; it is a question again once it is here again.
"""

from typing import Any

import sqlalchemy as sa

from mcma.store.tables.catalogue import albums, artist_libraries, artists, libraries, track_files, tracks
from mcma.store.tables.enriching import enrichment_folders
from mcma_plugins.values import ItemKind


def is_here(kind: sa.ColumnElement[str], item_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Each of them one look along indexes. Scalar queries: PostgreSQL would read all tracks once for an
    EXISTS of which it expects many."""
    return sa.case(
        (kind == ItemKind.ALBUM.value, _found(_item(albums, item_id))),
        (kind == ItemKind.TRACK.value, _found(_item(tracks, item_id))),
        (kind == ItemKind.ARTIST.value, _found(_artist(item_id))),
        (kind == ItemKind.FOLDER.value, _found(_folder(item_id))),
        else_=sa.false(),
    )


def _found(some: sa.Select[Any]) -> sa.ColumnElement[bool]:
    return some.limit(1).scalar_subquery().is_not(None)


def _libraries() -> sa.Select[Any]:
    return sa.select(libraries.c.id).where(libraries.c.deleted_at.is_(None))


def _item(table: sa.Table, item_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    old, now = table.alias(), table.alias()
    return (
        sa.select(now.c.id)
        .join_from(old, now, now.c.id == sa.func.coalesce(old.c.replaced_by, old.c.id))
        .where(old.c.id == item_id, now.c.deleted_at.is_(None), now.c.missing_since.is_(None),
               now.c.library_id.in_(_libraries()))
    )  # fmt: skip


def _artist(item_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    members = artist_libraries.c
    today = sa.func.coalesce(artists.c.replaced_by, artists.c.id)
    return (
        sa.select(members.artist_id)
        .join_from(artists, artist_libraries, members.artist_id == today)
        .where(artists.c.id == item_id, members.library_id.in_(_libraries()))
    )


def _folder(item_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    places, files = enrichment_folders.c, track_files.c
    lying = sa.and_(files.library_id == places.library_id, files.folder == places.folder)
    return (
        sa.select(files.id)
        .join_from(enrichment_folders, track_files, lying)
        .where(places.id == item_id, files.deleted_at.is_(None), files.missing_since.is_(None),
               places.library_id.in_(_libraries()))
    )  # fmt: skip
