"""Candidates of a search, the items that carry a MusicBrainz id, and how fresh a library is."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mcma.store.dialect import search_candidates
from mcma.store.queries import albums, artists, tracks
from mcma.store.queries.prepared import param
from mcma.store.queries.rows import quick
from mcma.store.tables import catalogue as c
from mcma.store.tables.machinery import changes, search_albums, search_artists, search_tracks
from mcma.store.types import Id
from mcma_plugins.values import ItemKind

NAMES = 100
WORDS: dict[ItemKind, sa.Table] = {
    ItemKind.ARTIST: search_artists,
    ItemKind.ALBUM: search_albums,
    ItemKind.TRACK: search_tracks,
}
_NAMED: dict[ItemKind, tuple[sa.Table, Any]] = {
    ItemKind.ARTIST: (c.artists, artists),
    ItemKind.ALBUM: (c.albums, albums),
    ItemKind.TRACK: (c.tracks, tracks),
}
_CARRIES: dict[ItemKind, tuple[sa.Column[Any], ...]] = {
    ItemKind.ARTIST: (c.artists.c.mbid,),
    ItemKind.ALBUM: (c.albums.c.mbid, c.albums.c.release_group_mbid),
    ItemKind.TRACK: (c.tracks.c.recording_mbid,),
}
Ids = sa.Select[Any]


def by_mbid(kind: ItemKind, ids: Ids) -> sa.Select[Any]:
    """Run with `mbid`."""
    chosen: sa.Select[Any] = _NAMED[kind][1].listed(ids)
    return chosen.where(sa.or_(*(column == param("mbid", Id()) for column in _CARRIES[kind])))


def matching(kinds: Sequence[ItemKind], dialect: str, ids: Ids, most: int) -> sa.CompoundSelect[Any]:
    """(kind, id, words) of at most `most` of each kind that contain what `query` asks for."""
    found = [search_candidates(dialect, WORDS[kind], ids).limit(most) for kind in kinds]
    return _together(kinds, found)


def named(kinds: Sequence[ItemKind], ids: Ids) -> sa.CompoundSelect[Any]:
    """(kind, id, sort key) of those whose name is between `q` and `q_end`, shortest first."""
    return _together(kinds, [_names(*_NAMED[kind], ids) for kind in kinds])


def _names(table: sa.Table, queries: Any, ids: Ids) -> sa.Select[Any]:
    chosen: sa.Select[Any] = queries.listed(ids).with_only_columns(table.c.id, table.c.sort_key)
    return (
        chosen.where(table.c.sort_key >= param("q", sa.Text()), table.c.sort_key < param("q_end", sa.Text()))
        .order_by(table.c.sort_key, table.c.id)
        .limit(NAMES)
    )


def _together(kinds: Sequence[ItemKind], parts: Sequence[sa.Select[Any]]) -> sa.CompoundSelect[Any]:
    made = []
    for kind, part in zip(kinds, parts, strict=True):
        id_, text = part.subquery(f"of_{kind.value}").c
        label = sa.literal_column(f"'{kind.value}'", sa.Text()).label("kind")
        made.append(sa.select(label, sa.type_coerce(id_, _ID).label("id"), text.label("words")))
    return sa.union_all(*made)


_ID = quick(c.tracks.c.id).type


def revision(ids: Ids) -> sa.Select[Any]:
    """(library, last change in the feed, when it was last counted anew), one row per library.

    What its lists show changes with one of these: the counters are no part of the feed.
    """
    last = (
        sa.select(sa.func.max(changes.c.seq))
        .where(changes.c.scope == "catalog", changes.c.scope_id == c.libraries.c.id)
        .correlate(c.libraries)
        .scalar_subquery()
    )
    chosen = sa.select(quick(c.libraries.c.id), last, c.libraries.c.changed_at)
    return chosen.where(c.libraries.c.id.in_(ids)).order_by(c.libraries.c.id)
