"""Reading genres, labels and libraries."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import genre_libraries, genres, label_libraries, labels, libraries


def counted(ids: sa.Select[Any]) -> sa.Select[Any]:
    """(id, name, songs, albums) by name."""
    songs = sa.func.sum(genre_libraries.c.song_count)
    return (
        sa.select(quick(genres.c.id), genres.c.name, songs, sa.func.sum(genre_libraries.c.album_count))
        .join(genres, genres.c.id == genre_libraries.c.genre_id)
        .where(genre_libraries.c.library_id.in_(ids))
        .group_by(genres.c.id, genres.c.name, genres.c.name_key)
        .having(songs > 0)
        .order_by(genres.c.name_key)
    )


def songs_in(keys: Sequence[str], ids: sa.Select[Any]) -> sa.Select[Any]:
    """How many songs these genres have, all together."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(genre_libraries.c.song_count), 0))
        .join(genres, genres.c.id == genre_libraries.c.genre_id)
        .where(genres.c.name_key.in_(keys), genre_libraries.c.library_id.in_(ids))
    )


def labels_counted(ids: sa.Select[Any]) -> sa.Select[Any]:
    """(id, name, key, mbid, albums) by name."""
    found = sa.func.sum(label_libraries.c.album_count)
    return (
        sa.select(quick(labels.c.id), labels.c.name, labels.c.name_key, quick(labels.c.mbid), found)
        .join(labels, labels.c.id == label_libraries.c.label_id)
        .where(label_libraries.c.library_id.in_(ids))
        .group_by(labels.c.id, labels.c.name, labels.c.name_key, labels.c.mbid)
        .having(found > 0)
        .order_by(labels.c.name_key)
    )


def shown_libraries(ids: sa.Select[Any]) -> sa.Select[Any]:
    """The columns of a LibraryView, by number."""
    names = ("id", "number", "name", "kind", "root_display", "song_count", "album_count", "artist_count",
             "last_scan_at", "scan_state", "scan_error", "watch_state", "watch_reason")  # fmt: skip
    columns = [quick(libraries.c[name]) for name in names]
    return sa.select(*columns).where(libraries.c.id.in_(ids)).order_by(libraries.c.number)


def last_change(ids: sa.Select[Any]) -> sa.Select[Any]:
    return sa.select(sa.func.max(libraries.c.changed_at)).where(libraries.c.id.in_(ids))
