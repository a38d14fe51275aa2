"""Reading playlists."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.access import library_ids
from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.listening import playlist_items, playlist_libraries, playlists
from mcma.store.tables.people import users
from mcma_plugins.values import Caller

Condition = sa.ColumnElement[bool]
LIVE = playlist_items.c.deleted_at.is_(None)
_SMART = playlists.c.rules.is_not(None)


def visible(caller: Caller) -> sa.Select[Any]:
    """The caller's own and what others share, by name."""
    shared = sa.or_(playlists.c.owner_id == caller.user_id, playlists.c.visibility == "public")
    return _views(caller).where(playlists.c.deleted_at.is_(None), shared)


def deleted(caller: Caller, since: datetime) -> sa.Select[Any]:
    """The caller's own that were deleted since then."""
    return _views(caller).where(playlists.c.owner_id == caller.user_id, playlists.c.deleted_at >= since)


def _views(caller: Caller) -> sa.Select[Any]:
    """In the order of PlaylistView. Songs are counted in the libraries that the caller may see; those of a
    smart playlist are the owner's."""
    columns = [
        quick(playlists.c.id), playlists.c.name, playlists.c.comment, quick(playlists.c.owner_id),
        users.c.name.label("owner"), (playlists.c.visibility == "public").label("public"),
        _SMART.label("smart"), _seen(caller, "song_count"), _seen(caller, "duration_ms"),
        *(quick(playlists.c[name]) for name in ("artwork_id", "created_at", "changed_at", "rev")),
        playlists.c.origin,
    ]  # fmt: skip
    chosen = sa.select(*columns).join(users, users.c.id == playlists.c.owner_id)
    return chosen.order_by(playlists.c.name_key, playlists.c.id)


def _seen(caller: Caller, name: str) -> sa.ColumnElement[int]:
    total = sa.func.coalesce(sa.func.sum(playlist_libraries.c[name]), 0)
    counted = sa.select(sa.cast(total, sa.BigInteger())).where(
        playlist_libraries.c.playlist_id == playlists.c.id,
        playlist_libraries.c.library_id.in_(library_ids(caller)),
    )
    return sa.case((_SMART, playlists.c[name]), else_=counted.correlate(playlists).scalar_subquery())


_SAID = tracks.alias("said")
"""The track that a row names; it may have been merged into another."""


def named_tracks() -> Any:
    """Rows with the track that they mean today, which is not deleted."""
    meant = sa.func.coalesce(_SAID.c.replaced_by, _SAID.c.id)
    return playlist_items.join(_SAID, _SAID.c.id == playlist_items.c.track_id).join(
        tracks, sa.and_(tracks.c.id == meant, tracks.c.deleted_at.is_(None))
    )


def sums(*where: Condition) -> sa.Select[Any]:
    """(playlist, library, songs, duration) of live rows."""
    by = (playlist_items.c.playlist_id, tracks.c.library_id)
    duration = sa.cast(sa.func.coalesce(sa.func.sum(tracks.c.duration_ms), 0), sa.BigInteger())
    chosen = sa.select(*by, sa.func.count(), duration).select_from(named_tracks())
    return chosen.where(LIVE, *where).group_by(*by)


def shown_rows(playlist: UUID, caller: Caller) -> sa.Select[Any]:
    """Ids of the rows whose track the caller may see, in order."""
    return (
        sa.select(playlist_items.c.id)
        .select_from(named_tracks())
        .where(of(playlist), LIVE, tracks.c.library_id.in_(library_ids(caller)))
        .order_by(*PLACE)
    )


def repeated(playlist: UUID) -> sa.Select[Any]:
    """Ids of the rows whose track stands further up already."""
    place = sa.func.row_number().over(partition_by=tracks.c.id, order_by=PLACE).label("n")
    ranked = sa.select(playlist_items.c.id, place).select_from(named_tracks()).where(of(playlist), LIVE)
    found = ranked.subquery()
    return sa.select(found.c.id).where(found.c.n > 1)


PLACE = (playlist_items.c.position, playlist_items.c.id)


def of(playlist: UUID) -> Condition:
    return playlist_items.c.playlist_id == playlist


def places(playlist: UUID, without: Sequence[UUID] = ()) -> sa.Select[Any]:
    """(position, id) of live rows, in no order."""
    chosen = sa.select(*PLACE).where(of(playlist), LIVE)
    return chosen.where(playlist_items.c.id.not_in(without)) if without else chosen


def rows(playlist: UUID) -> sa.Select[Any]:
    """(id, position, track, added) of live rows, in order."""
    columns = ("id", "position", "track_id", "added_at")
    chosen = sa.select(*(quick(playlist_items.c[name]) for name in columns))
    return chosen.where(of(playlist), LIVE).order_by(*PLACE)


def numbered(playlist: UUID, without: Sequence[UUID], index: int, caller: Caller) -> sa.Select[Any]:
    """(position, id) of the row with this number among those that the caller sees."""
    meant = sa.func.coalesce(_SAID.c.replaced_by, _SAID.c.id)
    source = playlist_items.outerjoin(_SAID, _SAID.c.id == playlist_items.c.track_id).outerjoin(
        tracks, sa.and_(tracks.c.id == meant, tracks.c.deleted_at.is_(None))
    )
    waits = sa.and_(playlist_items.c.track_id.is_(None), playlist_items.c.claim_id.is_not(None))
    seen = sa.or_(waits, tracks.c.library_id.in_(library_ids(caller)))
    chosen = places(playlist, without).select_from(source).where(seen)
    return chosen.order_by(*PLACE).offset(index).limit(1)
