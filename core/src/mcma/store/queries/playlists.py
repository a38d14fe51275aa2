"""Reading playlists."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.listening import playlist_items, playlists
from mcma.store.tables.people import users
from mcma_plugins.values import Caller

_NAMES = "song_count duration_ms artwork_id created_at changed_at rev"
_COLUMNS = [
    quick(playlists.c.id), playlists.c.name, playlists.c.comment, quick(playlists.c.owner_id),
    users.c.name.label("owner"), (playlists.c.visibility == "public").label("public"),
    playlists.c.rules.is_not(None).label("smart"), *(quick(playlists.c[name]) for name in _NAMES.split()),
]  # fmt: skip
"""In the order of PlaylistView."""


def visible(caller: Caller) -> sa.Select[Any]:
    """The caller's own and what others share, by name."""
    return (
        sa.select(*_COLUMNS)
        .join(users, users.c.id == playlists.c.owner_id)
        .where(
            playlists.c.deleted_at.is_(None),
            sa.or_(playlists.c.owner_id == caller.user_id, playlists.c.visibility == "public"),
        )
        .order_by(playlists.c.name_key, playlists.c.id)
    )


def items(playlist: UUID) -> sa.Select[Any]:
    """(id, position, track, added), in order."""
    columns = ("id", "position", "track_id", "added_at")
    return (
        sa.select(*(quick(playlist_items.c[name]) for name in columns))
        .where(playlist_items.c.playlist_id == playlist, playlist_items.c.deleted_at.is_(None))
        .order_by(playlist_items.c.position, playlist_items.c.id)
    )


def totals(playlist: UUID) -> sa.Select[Any]:
    """(songs, duration) of the rows with a track."""
    return (
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(tracks.c.duration_ms), 0))
        .select_from(playlist_items.join(tracks, tracks.c.id == playlist_items.c.track_id))
        .where(playlist_items.c.playlist_id == playlist, playlist_items.c.deleted_at.is_(None))
    )
