"""Counting what is played together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.dialect import shifted
from mcma.store.tables.catalogue import merges, tracks
from mcma.store.tables.listening import listens, plays
from mcma.store.tables.radio import co_plays
from mcma_plugins.values import ItemKind

SESSION = timedelta(minutes=30)
"""So far apart, and still heard together."""
WEIGHTS = ((timedelta(days=60), 1.0), (timedelta(days=365), 0.5), (timedelta(days=3 * 365), 0.25))
"""By age; older plays no longer count. Steps instead of a curve: the same words on both engines."""


def pairs(dialect: str, ids: Sequence[UUID], now: datetime) -> sa.Select[Any]:
    """(track, other, score) of these tracks with all others. What is on one album is together anyway."""
    mine, near = plays.alias("mine"), plays.alias("near")
    one, other = tracks.alias("one"), tracks.alias("other")
    began = mine.c.started_at
    score = sa.func.sum(sa.case(*((began > now - age, weight) for age, weight in WEIGHTS), else_=0.0))
    return (
        sa.select(mine.c.track_id, near.c.track_id, score)
        .select_from(
            mine.join(
                near,
                sa.and_(
                    near.c.user_id == mine.c.user_id,
                    near.c.started_at >= shifted(dialect, began, -SESSION),
                    near.c.started_at <= shifted(dialect, began, SESSION),
                    near.c.track_id != mine.c.track_id,
                ),
            )
            .join(one, one.c.id == mine.c.track_id)
            .join(other, other.c.id == near.c.track_id)
        )
        .where(
            mine.c.track_id.in_(ids), began > now - WEIGHTS[-1][0], mine.c.counted, near.c.counted,
            one.c.album_id.is_distinct_from(other.c.album_id) | one.c.album_id.is_(None),
        )
        .group_by(mine.c.track_id, near.c.track_id)
    )  # fmt: skip


def heard_since(since: datetime) -> sa.Select[Any]:
    """Tracks that listens were reported of."""
    return sa.select(listens.c.track_id).where(
        listens.c.received_at >= since, listens.c.track_id.is_not(None)
    ).distinct()  # fmt: skip


def merged_since(since: datetime) -> sa.Select[Any]:
    changed = (merges.c.at >= since) | (merges.c.undone_at >= since)
    return sa.select(merges.c.loser_id, merges.c.winner_id).where(
        merges.c.item_kind == ItemKind.TRACK.value, changed
    )


def played(after: UUID | None, limit: int) -> sa.Select[Any]:
    """Tracks with plays, by id."""
    chosen = sa.select(plays.c.track_id).where(plays.c.track_id.is_not(None)).distinct()
    chosen = chosen.where(plays.c.track_id > after) if after is not None else chosen
    return chosen.order_by(plays.c.track_id).limit(limit)


def beyond(ids: Sequence[UUID], most: int) -> sa.Delete:
    """All but the `most` best of each of these tracks."""
    place = sa.func.row_number().over(
        partition_by=co_plays.c.track_id, order_by=(co_plays.c.score.desc(), co_plays.c.other_id)
    )
    ranked = (
        sa.select(co_plays.c.track_id, co_plays.c.other_id, place.label("place"))
        .where(co_plays.c.track_id.in_(ids))
        .subquery()
    )
    worse = sa.select(ranked.c.track_id, ranked.c.other_id).where(ranked.c.place > most)
    return sa.delete(co_plays).where(sa.tuple_(co_plays.c.track_id, co_plays.c.other_id).in_(worse))


def unplayed() -> sa.Delete:
    """Rows of tracks that nobody's plays speak of any more."""
    heard = sa.exists().where(plays.c.track_id == co_plays.c.track_id)
    return sa.delete(co_plays).where(~heard)
