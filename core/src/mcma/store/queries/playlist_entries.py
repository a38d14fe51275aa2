"""A page of a playlist as one caller sees it: rows with their tracks, and rows that wait for one."""

from functools import lru_cache
from itertools import compress
from typing import Any

import sqlalchemy as sa

from mcma.store.access import Scope, within
from mcma.store.queries.keyset import Order
from mcma.store.queries.playlists import LIVE, PLACE
from mcma.store.queries.prepared import Columns, Prepared, param
from mcma.store.queries.rows import MAYBE_TRACK_COLUMNS, mine, quick, track_views
from mcma.store.tables.catalogue import albums, track_files, tracks
from mcma.store.tables.listening import claims, playlist_items, user_items
from mcma.store.types import Id
from mcma_plugins.values import TrackView

ORDER = Order(PLACE)
_NAMED = ("id", "added_at", "position")
_CLAIMED = (
    "id", "title", "artists", "album", "duration_ms", "isrc", "recording_mbid", "match_method", "match_score",
    "source", "source_id",
)  # fmt: skip
_ITEMS = [quick(playlist_items.c[name]) for name in _NAMED]
_CLAIMS = [quick(claims.c[name], joined=True) for name in _CLAIMED]
AHEAD = len(_NAMED) + len(_CLAIMED)
"""Columns before those of the track."""


@lru_cache(64)
def page(scope: Scope, after: bool) -> Prepared:
    """Run with `playlist`, the scope's values and `Order.values`.

    Rows of tracks that are gone or not the caller's to see are left out.
    """
    said = tracks.alias("said")
    meant = sa.func.coalesce(said.c.replaced_by, said.c.id)
    seen = (tracks.c.deleted_at.is_(None), within(tracks.c.library_id, scope.query()))
    source = (
        playlist_items.outerjoin(claims, claims.c.id == playlist_items.c.claim_id)
        .outerjoin(said, said.c.id == playlist_items.c.track_id)
        .outerjoin(tracks, sa.and_(tracks.c.id == meant, *seen))
        .outerjoin(track_files, track_files.c.id == tracks.c.file_id)
        .outerjoin(albums, albums.c.id == tracks.c.album_id)
        .outerjoin(user_items, mine(tracks.c.id))
    )
    waits = sa.and_(playlist_items.c.track_id.is_(None), claims.c.id.is_not(None))
    chosen = sa.select(*_ITEMS, *_CLAIMS, *MAYBE_TRACK_COLUMNS).select_from(source)
    of_playlist = playlist_items.c.playlist_id == param("playlist", Id())
    return Prepared(
        ORDER.page(chosen.where(of_playlist, LIVE, sa.or_(waits, tracks.c.id.is_not(None))), after=after)
    )


def views_of(columns: Columns) -> list[TrackView | None]:
    """The tracks of a page; None where a row waits for one."""
    if not columns:
        return []
    ids: Any = columns[AHEAD]
    there = [id_ is not None for id_ in ids]
    if all(there):
        return list(track_views(columns[AHEAD:]))
    if not any(there):
        return [None] * len(there)
    made = iter(track_views([list(compress(column, there)) for column in columns[AHEAD:]]))
    return [next(made) if is_there else None for is_there in there]
