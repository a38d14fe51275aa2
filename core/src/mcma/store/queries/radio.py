"""Reading and writing radios, and the tracks that one may begin from."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.access import Scope, within
from mcma.store.queries.prepared import Prepared, param
from mcma.store.queries.rows import quick
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import plays, user_items
from mcma.store.tables.radio import radio_items, radios
from mcma.store.types import Id
from mcma_plugins.values import ItemKind

_PRESENT = (c.tracks.c.deleted_at.is_(None), c.tracks.c.missing_since.is_(None))
SOME = 100
"""Of each kind that stands for a person: liked, played often, played lately."""
JUST_PLAYED = 500


@lru_cache(64)
def of_genre(scope: Scope) -> Prepared:
    """(id) of tracks in the `genre` (a folded name), from anywhere: from `start` on, at most `limit`."""
    links = c.track_genres.c
    return Prepared(
        sa.select(quick(c.tracks.c.id))
        .select_from(
            c.genres.join(c.track_genres, links.genre_id == c.genres.c.id).join(
                c.tracks, c.tracks.c.id == links.track_id
            )
        )
        .where(
            c.genres.c.name_key == param("genre", sa.Text()), links.rnd >= param("start", sa.Float()),
            *_PRESENT, within(c.tracks.c.library_id, scope.query()),
        )
        .order_by(links.rnd)
        .limit(param("limit", sa.Integer()))
    )  # fmt: skip


@lru_cache(64)
def of_caller(scope: Scope) -> Prepared:
    """(id) of tracks that the caller likes, plays often or played lately, each as often as it is of these."""
    items = user_items.c
    here = (items.user_id == param("caller", Id()), items.item_kind == ItemKind.TRACK.value)
    kinds = (
        (items.liked_at.is_not(None), items.liked_at),
        (items.play_count > 0, items.play_count),
        (items.last_played_at.is_not(None), items.last_played_at),
    )
    parts = [
        sa.select(items.item_id).where(*here, condition).order_by(order.desc()).limit(
            sa.literal_column(str(SOME))
        ).subquery()
        for condition, order in kinds
    ]  # fmt: skip
    raw = sa.union_all(*(sa.select(part.c.item_id) for part in parts)).cte("mine")
    return Prepared(
        sa.select(quick(c.tracks.c.id))
        .select_from(raw.outerjoin(c.tracks, c.tracks.c.id == raw.c.item_id))
        .where(*(one.is_(sa.true()) for one in _PRESENT), within(c.tracks.c.library_id, scope.query()))
        .order_by(c.tracks.c.id)
    )


def just_played(user: UUID, since: datetime) -> sa.Select[Any]:
    """Tracks the user heard or skipped since then."""
    return (
        sa.select(plays.c.track_id)
        .where(plays.c.user_id == user, plays.c.started_at > since)
        .order_by(plays.c.started_at.desc())
        .limit(JUST_PLAYED)
    )


def disliked(user: UUID) -> sa.Select[Any]:
    """Albums and artists with one star."""
    items = user_items.c
    kinds = (ItemKind.ALBUM.value, ItemKind.ARTIST.value)
    return (
        sa.select(items.item_id)
        .where(items.user_id == user, items.item_kind.in_(kinds), items.rating == 1)
        .limit(1000)
    )


def radio(user: UUID, id_: UUID) -> sa.Select[Any]:
    return sa.select(radios).where(radios.c.id == id_, radios.c.user_id == user)


def length(id_: UUID) -> sa.Select[Any]:
    """How many it has given."""
    last = sa.func.max(radio_items.c.position)
    return sa.select(sa.func.coalesce(last + 1, 0)).where(radio_items.c.radio_id == id_)


def given(id_: UUID, start: int, limit: int) -> sa.Select[Any]:
    """(track, reasons) in their order."""
    items = radio_items.c
    return (
        sa.select(items.track_id, items.reasons)
        .where(items.radio_id == id_, items.position >= start)
        .order_by(items.position)
        .limit(limit)
    )


def forgotten(user: UUID, before: datetime, kept: int) -> sa.Delete:
    """Radios that nobody has asked for since, and all but the latest."""
    latest = (
        sa.select(radios.c.id)
        .where(radios.c.user_id == user, radios.c.used_at >= before)
        .order_by(radios.c.used_at.desc())
        .limit(kept)
    )
    return sa.delete(radios).where(radios.c.user_id == user, radios.c.id.not_in(latest))
