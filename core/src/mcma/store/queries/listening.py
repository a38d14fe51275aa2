"""Reading the logs and what is derived from them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.access import within
from mcma.store.dialect import unsought
from mcma.store.queries.rows import TRACK_COLUMNS, TRACK_FROM, quick
from mcma.store.tables.catalogue import albums, artist_libraries, artists, track_artists, tracks
from mcma.store.tables.listening import (
    claims,
    like_events,
    listens,
    now_playing,
    play_listens,
    plays,
    rating_events,
    user_items,
)
from mcma.store.tables.people import users
from mcma.store.types import Id
from mcma_plugins.values import ItemKind


def reachable(kind: ItemKind, wanted: Sequence[UUID], ids: sa.Select[Any]) -> sa.Select[Any] | None:
    """Ids of those the caller may point at; None for kinds that cannot be liked."""
    if kind is ItemKind.ARTIST:
        member = sa.exists().where(
            artist_libraries.c.artist_id == artists.c.id, artist_libraries.c.library_id.in_(ids)
        )
        return sa.select(artists.c.id).where(artists.c.id.in_(wanted), artists.c.deleted_at.is_(None), member)
    table = {ItemKind.TRACK: tracks, ItemKind.ALBUM: albums}.get(kind)
    if table is None:
        return None
    return sa.select(table.c.id).where(
        table.c.id.in_(wanted), table.c.deleted_at.is_(None), within(table.c.library_id, ids)
    )


def likes_of(user: UUID, items: Sequence[UUID]) -> sa.Select[Any]:
    log = like_events.c
    return sa.select(log.item_id, log.at, log.id, log.liked).where(
        log.user_id == user, log.item_id.in_(items)
    )


def ratings_of(user: UUID, items: Sequence[UUID]) -> sa.Select[Any]:
    log = rating_events.c
    return sa.select(log.item_id, log.at, log.id, log.rating).where(
        log.user_id == user, log.item_id.in_(items)
    )


def listens_of(user: UUID, items: Sequence[UUID]) -> sa.CompoundSelect[Any]:
    """Of these tracks, and of the claims that were found to be one of them."""
    log = listens.c
    heard = (log.at, log.at_kind, log.id, log.source, log.ms_played, log.precision_s)
    named = sa.select(log.track_id, *heard).where(log.user_id == user, log.track_id.in_(items))
    claimed = sa.select(claims.c.track_id, *heard).join(claims, claims.c.id == log.claim_id)
    mine = unsought(log.user_id) == sa.literal(
        user, Id()
    )  # from the claims, which are few, and not from all that was heard
    return sa.union_all(named, claimed.where(mine, claims.c.track_id.in_(items)))


_SAID = "title artists album duration_ms isrc recording_mbid source_ids"


def reported(ids: Sequence[UUID]) -> sa.Select[Any]:
    """Listens by their ids, with what their claims say; `heard` is the track that each names or was found
    to be."""
    log = listens.c
    said = [claims.c[name] for name in _SAID.split()]
    heard = sa.func.coalesce(log.track_id, claims.c.track_id, type_=Id()).label("heard")
    columns = (log.id, log.user_id, log.claim_id, log.ms_played, log.reported_at, heard, *said)
    joined = listens.outerjoin(claims, claims.c.id == log.claim_id)
    return sa.select(*columns).select_from(joined).where(log.id.in_(ids))


def listeners(claim_ids: Sequence[UUID]) -> sa.Select[Any]:
    """Users who reported listens of these claims."""
    return sa.select(listens.c.user_id).where(listens.c.claim_id.in_(claim_ids)).distinct()


def durations(items: Sequence[UUID]) -> sa.Select[Any]:
    return sa.select(tracks.c.id, tracks.c.duration_ms, tracks.c.album_id).where(tracks.c.id.in_(items))


def plays_on(user: UUID, items: Sequence[UUID]) -> sa.Select[Any]:
    return sa.select(plays).where(plays.c.user_id == user, plays.c.track_id.in_(items))


def links_of(play_ids: Sequence[UUID]) -> sa.Select[Any]:
    return sa.select(play_listens).where(play_listens.c.play_id.in_(play_ids))


def album_plays(user: UUID, album_ids: Sequence[UUID]) -> sa.Select[Any]:
    """(album, plays, last) from the counters of its tracks."""
    return (
        sa.select(
            tracks.c.album_id,
            sa.func.sum(user_items.c.play_count).label("play_count"),
            sa.func.max(user_items.c.last_played_at).label("last_played_at"),
        )
        .join(user_items, sa.and_(user_items.c.item_id == tracks.c.id, user_items.c.user_id == user))
        .where(tracks.c.album_id.in_(album_ids))
        .group_by(tracks.c.album_id)
    )


def main_artists(track_ids: Sequence[UUID]) -> sa.Select[Any]:
    """(artist, track), once each, of those credited in the artist role."""
    credits = track_artists.c
    here = credits.track_id.in_(track_ids), credits.role == "artist"
    return sa.select(credits.artist_id, credits.track_id).where(*here).distinct()


def counted(user: UUID, items: Sequence[UUID]) -> sa.Select[Any]:
    """(item, plays, last)."""
    mine = user_items.c
    return sa.select(mine.item_id, mine.play_count, mine.last_played_at).where(
        mine.user_id == user, mine.item_id.in_(items)
    )


def artist_plays(user: UUID, artist_ids: Sequence[UUID]) -> sa.Select[Any]:
    """(artist, plays, last) from the counters of the tracks with that artist in the artist role."""
    credits = track_artists.c
    theirs = (
        sa.select(credits.artist_id, credits.track_id)
        .where(credits.artist_id.in_(artist_ids), credits.role == "artist")
        .distinct()
        .subquery()
    )
    return (
        sa.select(
            theirs.c.artist_id,
            sa.func.sum(user_items.c.play_count).label("play_count"),
            sa.func.max(user_items.c.last_played_at).label("last_played_at"),
        )
        .join(user_items, sa.and_(user_items.c.item_id == theirs.c.track_id, user_items.c.user_id == user))
        .group_by(theirs.c.artist_id)
    )


def logged(user: UUID) -> list[sa.Select[Any] | sa.CompoundSelect[Any]]:
    """(kind, item) of all that the user ever liked, rated and heard, one query per log."""
    kind, item = "item_kind", "item_id"
    return [
        sa.select(log.c[kind], log.c[item]).where(log.c.user_id == user).distinct()
        for log in (like_events, rating_events)
    ] + [_heard(user)]


def _heard(user: UUID) -> sa.CompoundSelect[Any]:
    track = sa.literal(ItemKind.TRACK.value)
    mine = listens.c.user_id == user
    named = sa.select(track, listens.c.track_id).where(mine, listens.c.track_id.is_not(None))
    claimed = sa.select(track, claims.c.track_id).join(listens, listens.c.claim_id == claims.c.id)
    return sa.union(named, claimed.where(mine, claims.c.track_id.is_not(None)))


_SESSION = [
    now_playing.c.track_id, tracks.c.duration_ms, quick(now_playing.c.started_at),
    quick(now_playing.c.updated_at), now_playing.c.state, now_playing.c.position_ms, now_playing.c.rate,
    now_playing.c.heard_ms, now_playing.c.counting,
]  # fmt: skip
"""As the fields of `domain.playing.Session`."""


def players_of(user: UUID) -> sa.Select[Any]:
    """(player, and its session)."""
    return (
        sa.select(now_playing.c.player, *_SESSION)
        .join(tracks, tracks.c.id == now_playing.c.track_id)
        .where(now_playing.c.user_id == user)
    )


def playing_now(ids: sa.Select[Any], since: datetime, most: int) -> sa.Select[Any]:
    """Track columns, then (user, client, player, and the session), the last report first."""
    return (
        sa.select(*TRACK_COLUMNS, users.c.name, now_playing.c.client, now_playing.c.player, *_SESSION)
        .select_from(
            now_playing.join(users, users.c.id == now_playing.c.user_id).join(
                TRACK_FROM, tracks.c.id == now_playing.c.track_id
            )
        )
        .where(tracks.c.deleted_at.is_(None), within(tracks.c.library_id, ids))
        .where(now_playing.c.state != "stopped", now_playing.c.updated_at > since)
        .order_by(now_playing.c.updated_at.desc(), now_playing.c.player)
        .limit(most)
    )


def players_now(since: datetime, most: int) -> sa.Select[Any]:
    """(library, user, player, and the session), of everybody, the last report first."""
    return (
        sa.select(tracks.c.library_id, now_playing.c.user_id, now_playing.c.player, *_SESSION)
        .join(tracks, tracks.c.id == now_playing.c.track_id)
        .where(tracks.c.deleted_at.is_(None))
        .where(now_playing.c.state != "stopped", now_playing.c.updated_at > since)
        .order_by(now_playing.c.updated_at.desc(), now_playing.c.player)
        .limit(most)
    )


def lately_played(user: UUID, items: Sequence[UUID], source: str, since: datetime) -> sa.Select[Any]:
    """(track, began) of listens of that source that came in lately, the earliest first."""
    log = listens.c
    return (
        sa.select(log.track_id, log.at)
        .where(log.user_id == user, log.track_id.in_(items), log.source == source, log.received_at > since)
        .order_by(log.at)
    )
