"""A page of a playlist as one caller sees it: rows with their tracks, and rows that wait for one."""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import compress
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.access import Scope, within
from mcma.store.queries.keyset import Order
from mcma.store.queries.playlists import LIVE, PLACE
from mcma.store.queries.prepared import Columns, Prepared, param
from mcma.store.queries.rows import MAYBE_TRACK_COLUMNS, mine, quick, track_views
from mcma.store.tables.catalogue import albums, track_files, tracks
from mcma.store.tables.listening import claims, playlist_items, user_items
from mcma.store.tables.matching import OPEN, reviews
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


class Rows(StrEnum):
    """Which rows of a playlist."""

    ALL = "all"
    MATCHED = "matched"
    """Made from a claim that has its track."""
    REVIEW = "review"
    """Made from a claim that a person is asked about."""
    MISSING = "missing"
    """Made from another claim that waits for it."""
    CLAIMED = "claimed"
    """All of these."""


@lru_cache(256)
def page(scope: Scope, after: bool, which: Rows = Rows.ALL) -> Prepared:
    """Run with `playlist`, the scope's values and `Order.values`.

    Rows of tracks that are gone or not the caller's to see are left out.
    """
    source, wanted = _source(scope), _wanted(which)
    if which in (Rows.REVIEW, Rows.MISSING):
        source = _reviewed(source)
    chosen = sa.select(*_ITEMS, *_CLAIMS, *MAYBE_TRACK_COLUMNS).select_from(
        source.outerjoin(track_files, track_files.c.id == tracks.c.file_id)
        .outerjoin(albums, albums.c.id == tracks.c.album_id)
        .outerjoin(user_items, mine(tracks.c.id))
    )
    return Prepared(ORDER.page(chosen.where(_OF_PLAYLIST, LIVE, wanted), after=after))


@lru_cache(64)
def matched(scope: Scope) -> Prepared:
    """(method, review, rows) of the rows that are made from claims; the method is null for those that wait.
    Run with `playlist` and the scope's values."""
    method = sa.case((tracks.c.id.is_not(None), claims.c.match_method))
    asked = sa.and_(tracks.c.id.is_(None), reviews.c.claim_id.is_not(None))
    chosen = sa.select(method, asked, sa.func.count()).select_from(_reviewed(_source(scope)))
    return Prepared(chosen.where(_OF_PLAYLIST, LIVE, _wanted(Rows.CLAIMED)).group_by(method, asked))


def _reviewed(source: sa.Join) -> sa.Join:
    return source.outerjoin(reviews, sa.and_(reviews.c.claim_id == claims.c.id, reviews.c.state == OPEN))


def asked_about(ids: Sequence[UUID]) -> sa.Select[Any]:
    """Those of the claims that a person is asked about."""
    return sa.select(reviews.c.claim_id).where(reviews.c.claim_id.in_(ids), reviews.c.state == OPEN)


_OF_PLAYLIST = playlist_items.c.playlist_id == param("playlist", Id())
_WAITS = sa.and_(playlist_items.c.track_id.is_(None), claims.c.id.is_not(None))


def _wanted(which: Rows) -> sa.ColumnElement[bool]:
    there = tracks.c.id.is_not(None)
    claimed = sa.and_(there, claims.c.id.is_not(None))
    return {
        Rows.ALL: sa.or_(_WAITS, there), Rows.MATCHED: claimed,
        Rows.REVIEW: sa.and_(_WAITS, reviews.c.claim_id.is_not(None)),
        Rows.MISSING: sa.and_(_WAITS, reviews.c.claim_id.is_(None)),
        Rows.CLAIMED: sa.or_(_WAITS, claimed),
    }[which]  # fmt: skip


def _source(scope: Scope) -> sa.Join:
    said = tracks.alias("said")
    meant = sa.func.coalesce(said.c.replaced_by, said.c.id)
    seen = (tracks.c.deleted_at.is_(None), within(tracks.c.library_id, scope.query()))
    return (
        playlist_items.outerjoin(claims, claims.c.id == playlist_items.c.claim_id)
        .outerjoin(said, said.c.id == playlist_items.c.track_id)
        .outerjoin(tracks, sa.and_(tracks.c.id == meant, *seen))
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
