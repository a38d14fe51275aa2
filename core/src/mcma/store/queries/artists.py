"""Reading artists. They are global; what a caller sees of one are its rows in the libraries looked at."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mcma.store.access import within
from mcma.store.dialect import gathered
from mcma.store.queries.keyset import Order
from mcma.store.queries.rows import ARTIST_COLUMNS, mine, quick
from mcma.store.tables.catalogue import artist_libraries, artists
from mcma.store.tables.listening import user_items
from mcma.store.types import Id
from mcma_plugins.values import ItemKind

BY_ID = Order((artists.c.id,))


def _member(name: str, ids: sa.Select[Any]) -> Any:
    """One counter of one artist: an artist is in few libraries, and a page has few artists."""
    return _of_member(sa.func.sum(artist_libraries.c[name]), ids)


def _of_member(gathered: sa.ColumnElement[Any], ids: sa.Select[Any]) -> Any:
    return (
        sa.select(gathered)
        .where(artist_libraries.c.artist_id == artists.c.id, artist_libraries.c.library_id.in_(ids))
        .correlate(artists)
        .scalar_subquery()
    )


def everyone(ids: sa.Select[Any]) -> sa.Select[Any]:
    """All, one row per library and in no order; the sort key is the last column.

    Thousands of rows: read as they lie, without grouping, sorting and state (`states` is a short list).
    """
    counters = artist_libraries.c
    return (
        sa.select(
            *ARTIST_COLUMNS[:-4],
            counters.album_count,
            counters.song_count,
            counters.roles,
            artists.c.sort_key,
        )
        .join(artist_libraries, counters.artist_id == artists.c.id)
        .where(artists.c.deleted_at.is_(None), within(counters.library_id, ids))
    )


def states() -> sa.Select[Any]:
    """(id, liked, rating, plays, played) of the artists the caller did something with."""
    return sa.select(quick(user_items.c.item_id), *ARTIST_COLUMNS[-4:]).where(
        user_items.c.user_id == sa.bindparam("caller", type_=Id()),
        user_items.c.item_kind == ItemKind.ARTIST.value,
    )


def listed(ids: sa.Select[Any]) -> sa.Select[Any]:
    """A page of artists, in whatever order is added."""
    member = sa.exists().where(
        artist_libraries.c.artist_id == artists.c.id, artist_libraries.c.library_id.in_(ids)
    )
    return (
        sa.select(
            *ARTIST_COLUMNS,
            _member("album_count", ids),
            _member("song_count", ids),
            _of_member(gathered(artist_libraries.c.roles), ids),
        )
        .select_from(artists.outerjoin(user_items, mine(artists.c.id)))
        .where(artists.c.deleted_at.is_(None), member)
    )


def by_ids(wanted: Sequence[Any], ids: sa.Select[Any]) -> sa.Select[Any]:
    return listed(ids).where(artists.c.id.in_(wanted))
