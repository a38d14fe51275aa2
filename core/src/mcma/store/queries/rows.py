"""From rows to views. A page of 500 spends its time here, so this is written for speed.

Columns are read through types that do nothing they need not: an id is one C call, a time one parse, a
document stays text until a view is made of it. Views are made of whole columns: what is not worked on passes
through in C. The order of each `..._COLUMNS` is that of its builder.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import repeat
from operator import add
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa
from asyncpg.pgproto import pgproto
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeEngine, UserDefinedType
from sqlmodel import UTCDateTime

from mcma.store.tables.catalogue import albums, artists, track_files, tracks
from mcma.store.tables.listening import user_items
from mcma.store.types import Id, Json
from mcma_plugins.ids import ArtistId
from mcma_plugins.values import (
    AlbumView,
    ArtistView,
    Contributor,
    Credit,
    TrackView,
    UserState,
)


class _Quick(UserDefinedType[Any]):
    """What SQLite stores is converted by `convert`; PostgreSQL's driver has done it already."""

    convert: Callable[[Any], Any]
    whole: Callable[[Sequence[Any]], Iterable[Any]] | None = None
    """The same for a whole column without gaps, where that is faster."""

    def get_col_spec(self, **_options: Any) -> str:
        raise NotImplementedError("for reading only")

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return type(self).convert if dialect.name == "sqlite" else None


def _maybe_id(value: bytes | None) -> UUID | None:
    return None if value is None else pgproto.UUID(value)


def _maybe_time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _times(values: Iterable[str]) -> Iterable[datetime]:
    """A column without gaps, in C from end to end."""
    return map(datetime.fromisoformat, map(add, values, repeat("+00:00")))


class _QuickId(_Quick):
    cache_ok = True
    convert = pgproto.UUID


class _QuickMaybeId(_Quick):
    cache_ok = True
    convert = staticmethod(_maybe_id)
    whole = staticmethod(partial(map, pgproto.UUID))


class _QuickTime(_Quick):
    cache_ok = True
    convert = staticmethod(_maybe_time)
    whole = staticmethod(_times)


_ID, _MAYBE_ID, _TIME, _TEXT = _QuickId(), _QuickMaybeId(), _QuickTime(), sa.Text()


def quick(column: sa.Column[Any], *, joined: bool = False) -> sa.ColumnElement[Any]:
    """The column read the cheap way; `joined` columns may be NULL although their table says no."""
    kind = read_type(column, joined=joined)
    if kind is column.type:
        return column
    return sa.type_coerce(column, kind).label(f"{column.table.name}_{column.name}")


def read_type(column: sa.ColumnElement[Any], *, joined: bool = False) -> TypeEngine[Any]:
    kind = column.type
    if isinstance(kind, Id):
        return _MAYBE_ID if joined or getattr(column, "nullable", True) else _ID
    if isinstance(kind, UTCDateTime):
        return _TIME
    return _TEXT if kind is Json else kind


def _from(table: sa.Table, names: str, *, joined: bool = False) -> list[sa.ColumnElement[Any]]:
    return [quick(table.c[name], joined=joined) for name in names.split()]


def mine(item: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Joins the caller's state; the statement is run with `caller`."""
    return sa.and_(user_items.c.user_id == sa.bindparam("caller", type_=Id()), user_items.c.item_id == item)


_STATE = _from(user_items, "liked_at rating play_count last_played_at", joined=True)
_NOTHING = UserState()

ALBUM_COLUMNS = [
    *_from(albums, "id library_id title sort_title version artist year date original_date compilation"),
    *_from(albums, "explicit mbid release_group_mbid artwork_id details song_count duration_ms size"),
    *_from(albums, "created_at updated_at"),
    *_STATE,
]
ALBUM_FROM = albums.outerjoin(user_items, mine(albums.c.id))

_TRACK = (
    "id library_id title sort_title album_id artist album_artist disc track year date duration_ms bpm "
    "comment explicit recording_mbid file_id details metadata_status artwork_id missing_since created_at "
    "updated_at rev"
)
_OF_TRACK = [
    *_from(track_files, "path_display size suffix content_type bit_rate_kbps sample_rate_hz", joined=True),
    *_from(track_files, "bit_depth channels track_gain_db track_peak album_gain_db album_peak", joined=True),
    *_from(albums, "title artist details artwork_id", joined=True),
    *_STATE,
]
TRACK_COLUMNS = [*_from(tracks, _TRACK), *_OF_TRACK]
MAYBE_TRACK_COLUMNS = [*_from(tracks, _TRACK, joined=True), *_OF_TRACK]
"""Where a row may have no track at all."""
TRACK_FROM = (
    tracks.outerjoin(track_files, track_files.c.id == tracks.c.file_id)
    .outerjoin(albums, albums.c.id == tracks.c.album_id)
    .outerjoin(user_items, mine(tracks.c.id))
)

ARTIST_COLUMNS = [
    *_from(artists, "id name sort_name mbid artwork_id created_at updated_at disambiguation"),
    *_STATE,
]

_views = partial(partial, tuple.__new__)
"""Makes NamedTuples of as many values as they have fields: the tests see that they are."""
_id: Callable[[str], ArtistId] = pgproto.UUID


class _Doc(NamedTuple):
    """The `details` of an album or a track; each has some of it."""

    artists: tuple[Credit, ...] = ()
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    release_types: tuple[str, ...] = ()
    disc_titles: tuple[tuple[int, str], ...] = ()
    contributors: tuple[Contributor, ...] = ()
    groupings: tuple[str, ...] = ()
    isrcs: tuple[str, ...] = ()
    catalog_numbers: tuple[str, ...] = ()
    work: str | None = None
    movement: str | None = None
    remix_of: str | None = None


_EMPTY = _Doc()


def _credit(id_: str, name: str, join: str) -> Credit:
    return Credit(_id(id_), name, join)


def _contributor(role: str, id_: str, name: str, detail: str | None) -> Contributor:
    return Contributor(role, _id(id_), name, detail)


def _opened(doc: dict[str, Any]) -> _Doc:
    found = doc.get
    return _Doc(
        tuple([_credit(*one) for one in found("artists") or ()]),
        tuple(found("genres") or ()),
        tuple(found("moods") or ()),
        tuple(found("labels") or ()),
        tuple(found("release_types") or ()),
        tuple([(disc, name) for disc, name in found("disc_titles") or ()]),
        tuple([_contributor(*one) for one in found("contributors") or ()]),
        tuple(found("groupings") or ()),
        tuple(found("isrcs") or ()),
        tuple(found("catalog_numbers") or ()),
        found("work"),
        found("movement"),
        found("remix_of"),
    )


@lru_cache(2048)
def _read(stored: str) -> _Doc:
    """The tracks of a page share few documents, and the albums of an artist."""
    return _opened(orjson.loads(stored))


def _docs(column: Sequence[str | dict[str, Any] | None]) -> Iterator[Sequence[Any]]:
    """By field. PostgreSQL's driver has decoded them already."""
    return zip(*[_doc(stored) for stored in column], strict=True)


def _doc(stored: str | dict[str, Any] | None) -> _Doc:
    if isinstance(stored, str):
        return _read(stored)
    return _opened(stored) if stored else _EMPTY


def _states(liked: Sequence[Any], rating: Any, plays: Sequence[Any], played: Any) -> Iterable[UserState]:
    """Of most items a user has none."""
    if plays.count(None) == len(plays):
        return repeat(_NOTHING, len(plays))
    each = zip(liked, rating, plays, played, strict=True)
    return [_NOTHING if one[2] is None else UserState(*one) for one in each]


def _or(column: Sequence[Any], other: Any) -> Sequence[Any]:
    """`other` where there is nothing."""
    return [value or other for value in column] if None in column else column


def _either(column: Sequence[Any], others: Sequence[Any]) -> Sequence[Any]:
    return [value or other for value, other in zip(column, others, strict=True)]


def album_views(columns: Sequence[Sequence[Any]]) -> list[AlbumView]:
    if not columns:
        return []
    (id_, library, title, sort_title, version, artist, year, date, original, compilation, explicit, mbid,
     group, artwork, details, songs, duration, size, created, updated, *state) = columns[:24]  # fmt: skip
    artists, genres, moods, labels, types, discs, _, _, _, numbers, *_ = _docs(details)
    made = zip(
        id_, library, title, sort_title, version, artist, artists, year, date, original, compilation, genres,
        labels, moods, types, explicit, mbid, group, discs, songs, duration, size, artwork, created, updated,
        _states(*state), numbers,
        strict=True,
    )  # fmt: skip
    return list(map(_views(AlbumView), made))


def track_views(columns: Sequence[Sequence[Any]]) -> list[TrackView]:
    if not columns:
        return []
    (id_, library, title, sort_title, album_id, artist, album_artist, disc, number, year, date, duration, bpm,
     comment, explicit, mbid, file_id, details, status, artwork, missing, created, updated, rev, path, size,
     suffix, content_type, bit_rate, rate, depth, channels, gain, peak, album_gain, album_peak, album,
     credited, album_details, album_artwork, *state) = columns[:44]  # fmt: skip
    (artists, genres, moods, _, _, _, contributors, groupings, isrcs, _, work, movement,
     remix_of) = _docs(details)  # fmt: skip
    album_artists, *_ = _docs(album_details)
    made = zip(
        id_, library, title, sort_title, album_id, album, artist, artists, _either(credited, album_artist),
        album_artists, contributors, disc, number, year, date, duration, genres, moods, groupings, bpm,
        comment, explicit, mbid, isrcs, status, file_id, path, _or(size, 0), _or(suffix, ""),
        _or(content_type, "application/octet-stream"), _or(bit_rate, 0), _or(rate, 0), depth,
        _or(channels, 0), gain, peak, album_gain, album_peak, _either(artwork, album_artwork), missing,
        created, updated, rev, _states(*state), work, movement, remix_of,
        strict=True,
    )  # fmt: skip
    return list(map(_views(TrackView), made))


def artist_views(columns: Sequence[Sequence[Any]]) -> list[ArtistView]:
    """After the columns come the counters of the libraries that are looked at."""
    if not columns:
        return []
    (id_, name, sort_name, mbid, artwork, created, updated, telling, liked, rating, plays, played, albums_,
     songs, roles) = columns[:15]  # fmt: skip
    state = _states(liked, rating, plays, played)
    made = zip(
        id_, name, sort_name, mbid, albums_, songs, artwork, created, updated, state, telling,
        map(_roles, roles), strict=True,
    )  # fmt: skip
    return list(map(_views(ArtistView), made))


@lru_cache(512)
def _roles(gathered: str | None) -> tuple[str, ...]:
    """From one or several libraries."""
    return tuple(sorted({*filter(None, (gathered or "").split(","))}))


def track_view(row: Sequence[Any]) -> TrackView:
    return track_views([(value,) for value in row[:44]])[0]


def everyone_views(columns: Sequence[Sequence[Any]]) -> tuple[ArtistView, ...]:
    """By sort key, from one row per artist and library and without anybody's state (`artists.everyone`);
    without those that have no album of their own."""
    if not columns:
        return ()
    id_, name, sort_name, mbid, artwork, created, updated, telling, albums_, songs, roles, sort_key = columns
    rows = zip(
        sort_key,
        id_,
        name,
        sort_name,
        mbid,
        albums_,
        songs,
        artwork,
        created,
        updated,
        repeat(_NOTHING),
        telling,
        map(_roles, roles),
    )
    made: list[ArtistView] = []
    last: UUID | None = None
    for _, *values in sorted(rows):
        if values[0] == last:
            held = made[-1]
            made[-1] = held._replace(
                album_count=held.album_count + values[4],
                song_count=held.song_count + values[5],
                roles=tuple(sorted({*held.roles, *values[-1]})),
            )
        else:
            last = values[0]
            made.append(ArtistView(*values))
    return tuple([view for view in made if view.album_count])
