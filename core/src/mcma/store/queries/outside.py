"""What is here of what lies outside: some hundred things by one query, along the indexes of the lists.

Names are looked up as ranges: whoever's key, and all keys that are a text or go on with another word.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from mcma.store.access import library_ids, within
from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import (
    albums,
    artist_libraries,
    artists,
    external_ids,
    source_refs,
    track_files,
    tracks,
)
from mcma.store.tables.wanted import ACTIVE, CANCELLED, FAILED, HAVE, REJECTED, download_requests, downloads
from mcma.store.types import SortText
from mcma_plugins.values import Caller

MOST_TRACKS = 5_000
MOST_ALBUMS = 2_000
OVER = (HAVE, FAILED, REJECTED, CANCELLED)
KINDS = ("track", "album", "playlist")
"""Of what can be asked for. Said, so that the index of things is gone along."""
_TRACK = (
    quick(tracks.c.id), tracks.c.title, tracks.c.sort_key, tracks.c.artist, tracks.c.details,
    albums.c.title.label("album"), tracks.c.duration_ms, tracks.c.recording_mbid, track_files.c.lossless,
    track_files.c.codec, track_files.c.bit_rate_kbps,
)  # fmt: skip
_TRACK_FROM = tracks.outerjoin(albums, albums.c.id == tracks.c.album_id).outerjoin(
    track_files, track_files.c.id == tracks.c.file_id
)


class Named(NamedTuple):
    """Folded."""

    artist: str
    title: str


def _present(table: sa.Table, caller: Caller) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        table.c.deleted_at.is_(None), table.c.missing_since.is_(None),
        within(table.c.library_id, library_ids(caller)),
    )  # fmt: skip


def tracks_by_id(ids: Sequence[UUID], caller: Caller) -> sa.Select[Any]:
    return _tracks(caller).where(tracks.c.id.in_(ids))


def _tracks(caller: Caller) -> sa.Select[Any]:
    return sa.select(*_TRACK).select_from(_TRACK_FROM).where(*_present(tracks, caller))


def tracks_named(wanted: Iterable[Named], caller: Caller) -> sa.Select[Any]:
    """Tracks of these artists whose title begins with these words; some of them more than once."""
    asked, here = _ranges(wanted, tracks)
    return _tracks(caller).join(asked, here).limit(MOST_TRACKS)


def tracks_called(titles: Iterable[str], caller: Caller) -> sa.Select[Any]:
    """Whoever they are of."""
    return _tracks(caller).where(tracks.c.sort_key.in_(list(titles))).limit(MOST_TRACKS)


def tracks_recorded(mbids: Iterable[UUID], caller: Caller) -> sa.Select[Any]:
    return _tracks(caller).where(tracks.c.recording_mbid.in_(list(mbids))).limit(MOST_TRACKS)


def tracks_coded(isrcs: Iterable[str], caller: Caller) -> sa.Select[Any]:
    """With the code as the last column."""
    coded = external_ids.c.scheme == "isrc", external_ids.c.value.in_(list(isrcs))
    chosen = _tracks(caller).add_columns(external_ids.c.value)
    return chosen.join(external_ids, external_ids.c.item_id == tracks.c.id).where(*coded).limit(MOST_TRACKS)


def referred(wanted: Mapping[str, Sequence[str]]) -> sa.Select[Any]:
    """(source, source_id, track) of what came from there, whoever may see it."""
    one = source_refs.c
    return sa.select(one.source, one.source_id, quick(one.track_id)).where(
        one.instance == "",
        sa.or_(*(
            sa.and_(one.source == source, one.source_id.in_([id_.encode() for id_ in ids]))
            for source, ids in wanted.items()
        )),
    )  # fmt: skip


def albums_named(wanted: Iterable[Named], caller: Caller) -> sa.Select[Any]:
    """(id, title, sort key, artist key, songs)"""
    asked, here = _ranges(wanted, albums)
    one = albums.c
    columns = (quick(one.id), one.title, one.sort_key, one.artist_key, one.song_count)
    chosen = sa.select(*columns).join(asked, here)
    return chosen.where(*_present(albums, caller)).limit(MOST_ALBUMS)


def artists_named(keys: Iterable[str], caller: Caller) -> sa.Select[Any]:
    """(id, name key) of artists with music that the caller may see."""
    heard = sa.exists().where(
        artist_libraries.c.artist_id == artists.c.id, artist_libraries.c.library_id.in_(library_ids(caller))
    )
    chosen = sa.select(quick(artists.c.id), artists.c.name_key).where(artists.c.name_key.in_(list(keys)))
    return chosen.where(artists.c.deleted_at.is_(None), heard).order_by(artists.c.id)


def coming(wanted: Mapping[str, Sequence[str]], caller: Caller) -> sa.CompoundSelect[Any]:
    """(source, kind, source_id) of what the caller has asked for and waits for, and of what is being got for
    whomever."""
    mine, theirs = download_requests.c, downloads.c
    return sa.union(
        sa.select(mine.source, mine.kind, mine.source_id).where(
            mine.user_id == caller.user_id, mine.deleted_at.is_(None), mine.state.not_in(OVER),
            _among(mine, wanted),
        ),
        sa.select(theirs.source, theirs.kind, theirs.source_id).where(
            theirs.state.in_(ACTIVE).is_(sa.true()), _among(theirs, wanted)
        ),
    )  # fmt: skip


def _among(columns: Any, wanted: Mapping[str, Sequence[str]]) -> sa.ColumnElement[bool]:
    return sa.or_(*(
        sa.and_(columns.source == source, columns.kind.in_(KINDS), columns.source_id.in_(ids))
        for source, ids in wanted.items()
    ))  # fmt: skip


def _ranges(wanted: Iterable[Named], table: sa.Table) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    """As a table of its own that is joined: a condition of some hundred alternatives is read row by row."""
    columns = [sa.column(name, SortText) for name in ("artist", "low", "high")]
    rows = [(one.artist, one.title, f"{one.title}!") for one in wanted]
    asked = sa.values(*columns, name="asked").data(rows).cte("asked")
    keys = table.c.sort_key
    return asked, sa.and_(table.c.artist_key == asked.c.artist, keys >= asked.c.low, keys < asked.c.high)
