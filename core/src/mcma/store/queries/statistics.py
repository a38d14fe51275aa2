"""Sums over whole libraries and over what somebody heard. Each is one query, and none reads tracks' rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.dialect import utc_date
from mcma.store.queries.rows import quick
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import plays, user_items
from mcma_plugins.values import ItemKind

_DAY: sa.ColumnElement[int] = sa.literal_column("10")
_MONTH: sa.ColumnElement[int] = sa.literal_column("7")


def _present(table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.deleted_at.is_(None), table.c.missing_since.is_(None)


def totals(ids: sa.Select[Any]) -> sa.Select[Any]:
    """(library, revision, songs, albums, duration, size) from the counters."""
    names = ("song_count", "album_count", "duration_ms", "size")
    columns = (quick(c.libraries.c.id), c.libraries.c.changed_at, *(c.libraries.c[name] for name in names))
    return sa.select(*columns).where(c.libraries.c.id.in_(ids))


def formats(library: UUID) -> sa.Select[Any]:
    """(suffix, files, bytes), by an index alone."""
    files = c.track_files
    return (
        sa.select(files.c.suffix, sa.func.count(), sa.func.sum(files.c.size))
        .where(files.c.library_id == library, *_present(files))
        .group_by(files.c.suffix)
    )


def years(library: UUID) -> sa.Select[Any]:
    """(year, albums, songs)."""
    table = c.albums
    return (
        sa.select(table.c.year, sa.func.count(), sa.func.sum(table.c.song_count))
        .where(table.c.library_id == library, *_present(table))
        .group_by(table.c.year)
    )


def months(library: UUID) -> sa.Select[Any]:
    """(month, albums, songs) by when albums came."""
    table = c.albums
    month: sa.ColumnElement[Any] = utc_date(table.c.created_at, _MONTH)
    return (
        sa.select(month, sa.func.count(), sa.func.sum(table.c.song_count))
        .where(table.c.library_id == library, *_present(table))
        .group_by(month)
    )


def members(table: sa.Table, column: str, ids: sa.Select[Any]) -> sa.Select[Any]:
    """How many artists, genres or labels are in these libraries."""
    return sa.select(sa.func.count(sa.distinct(table.c[column]))).where(table.c.library_id.in_(ids))


def mine(user: UUID) -> sa.Select[Any]:
    """(kind, liked, rated, played, plays) of all that somebody did something with."""
    done = user_items.c
    return (
        sa.select(
            done.item_kind, sa.func.count(done.liked_at), sa.func.count(done.rating),
            sa.func.count(sa.case((done.play_count > 0, 1))), sa.func.sum(done.play_count),
        )
        .where(done.user_id == user)
        .group_by(done.item_kind)
    )  # fmt: skip


def _heard(user: UUID, since: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        plays.c.user_id == user, plays.c.counted, plays.c.started_at >= since, plays.c.started_at < until,
        plays.c.track_id.is_not(None),
    )  # fmt: skip


def _listened(ids: sa.Select[Any]) -> tuple[sa.Join, sa.ColumnElement[bool], sa.ColumnElement[Any]]:
    """Plays with their tracks, as far as they are visible, and how long they were."""
    source = plays.join(c.tracks, c.tracks.c.id == plays.c.track_id)
    lasted = sa.func.sum(sa.func.coalesce(plays.c.ms_played, c.tracks.c.duration_ms))
    return source, c.tracks.c.library_id.in_(ids), lasted


def days(user: UUID, since: datetime, until: datetime, ids: sa.Select[Any]) -> sa.Select[Any]:
    """(day, plays, milliseconds) in UTC, in order."""
    source, visible, lasted = _listened(ids)
    day = utc_date(plays.c.started_at, _DAY)
    chosen = sa.select(day, sa.func.count(), lasted).select_from(source)
    return chosen.where(visible, *_heard(user, since, until)).group_by(day).order_by(day)


def top(
    kind: ItemKind, user: UUID, since: datetime, until: datetime, ids: sa.Select[Any], limit: int
) -> sa.Select[Any]:
    """(item, plays, milliseconds), the most played first."""
    source, visible, lasted = _listened(ids)
    item: sa.ColumnElement[Any] = plays.c.track_id
    where = [visible, *_heard(user, since, until)]
    if kind is ItemKind.ALBUM:
        item = c.tracks.c.album_id
        where.append(item.is_not(None))
    elif kind is ItemKind.ARTIST:
        source = source.join(c.track_artists, c.track_artists.c.track_id == c.tracks.c.id)
        item = c.track_artists.c.artist_id
        where.append(c.track_artists.c.role == "artist")
    count = sa.func.count()
    chosen = sa.select(item, count, lasted).select_from(source).where(*where).group_by(item)
    return chosen.order_by(count.desc(), lasted.desc(), item).limit(limit)
