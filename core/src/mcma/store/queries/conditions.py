"""What lists can be narrowed by: conditions of parameters, by kind of item and name.

A value is True for a condition without parameters, a list for one of several (any of them will do), a tuple
of lists where a condition takes two, and one parameter of that name otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from mcma.domain.layerrules import PLUGIN
from mcma.store.dialect import items_with, json_has, unsought
from mcma.store.queries import albums, tracks
from mcma.store.queries.prepared import param
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma.store.tables.machinery import search_artists
from mcma.store.types import Id
from mcma_plugins.values import ItemKind

SIZES = (1, 4, 20, 100, 500, 5000)
"""Of lists in a query: filled up to the next of these, so that there are few queries to prepare."""
MINE = user_items.c
WHEN = c.tracks.c.created_at.type


class Used(NamedTuple):
    """A condition of a list, with how many values each of its lists has."""

    name: str
    sizes: tuple[int, ...] = ()

    def one(self, kind: Any) -> sa.BindParameter[Any]:
        return param(self.name, kind)

    def many(self, kind: Any, which: int = 0) -> list[sa.BindParameter[Any]]:
        return [param(f"{self.name}_{which}_{place}", kind) for place in range(self.sizes[which])]


Condition = Callable[[Used], sa.ColumnElement[bool]]
Conditions = Mapping[str, Condition]


def used(given: Mapping[str, Any]) -> tuple[frozenset[Used], dict[str, Any]]:
    """The conditions that are `given` a value, and the parameters; None leaves one out."""
    found: set[Used] = set()
    values: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, list) and not value:
            found.add(Used("nothing"))
            continue
        lists = value if isinstance(value, tuple) else (value,) if isinstance(value, list) else ()
        found.add(Used(name, tuple(map(_size, lists))))
        values |= {name: value} if not lists else _filled(name, lists)
    return frozenset(found), values


def _size(values: Sequence[Any]) -> int:
    return next(size for size in SIZES if size >= len(values))


def _filled(name: str, lists: Sequence[Sequence[Any]]) -> dict[str, Any]:
    return {
        f"{name}_{which}_{place}": values[min(place, len(values) - 1)]
        for which, values in enumerate(lists)
        for place in range(_size(values))
    }


def _at_least(column: Any) -> Condition:
    return lambda given: column >= given.one(column)


def _at_most(column: Any) -> Condition:
    return lambda given: column <= given.one(column)


def _before(column: Any) -> Condition:
    return lambda given: column < given.one(column)


def _among(column: Any) -> Condition:
    return lambda given: column.in_(given.many(column))


def _fixed(condition: sa.ColumnElement[bool]) -> Condition:
    return lambda _: condition


def _switch(name: str, condition: sa.ColumnElement[bool]) -> dict[str, Condition]:
    """Both ways: what is neither so nor otherwise counts as not."""
    return {name: _fixed(condition), f"not_{name}": _fixed(condition.is_not(sa.true()))}


def _mine(kind: ItemKind, item: sa.ColumnElement[Any]) -> dict[str, Condition]:
    """What the caller did with items. Kind and user are what the indexes begin with."""

    def done(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.and_(MINE.item_kind == kind.value, condition)

    def never(condition: Callable[[Any], sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
        """Not `MINE... IS NULL`: of that PostgreSQL expects few rows, and would sort the whole library."""
        other = user_items.alias()
        caller = other.c.user_id == param("caller", Id())
        return ~sa.exists().where(caller, other.c.item_id == item, condition(other.c))

    return {
        "liked": _fixed(done(MINE.liked_at.is_not(None))),
        "not_liked": _fixed(never(lambda other: other.liked_at.is_not(None))),
        "rated": _fixed(done(MINE.rating.is_not(None))),
        "not_rated": _fixed(never(lambda other: other.rating.is_not(None))),
        "played": _fixed(done(MINE.play_count > 0)),
        "not_played": _fixed(never(lambda other: other.play_count > 0)),
        "heard": _fixed(done(MINE.last_played_at.is_not(None))),
        "not_heard": _fixed(never(lambda other: other.last_played_at.is_not(None))),
        "min_rating": lambda given: done(MINE.rating >= given.one(MINE.rating)),
        "played_since": lambda given: done(MINE.last_played_at >= given.one(WHEN)),
        "played_before": lambda given: done(MINE.last_played_at < given.one(WHEN)),
    }


def _shared(table: sa.Table, kind: ItemKind) -> dict[str, Condition]:
    name = table.c.sort_key
    return {
        **_mine(kind, table.c.id),
        "nothing": _fixed(sa.false()),
        "id": _among(table.c.id),
        "q": lambda _: sa.and_(name >= param("q", sa.Text()), name < param("q_end", sa.Text())),
        "status": _among(table.c.metadata_status),
        "added_since": _at_least(table.c.created_at),
        "added_before": _before(table.c.created_at),
        "updated_since": _at_least(table.c.updated_at),
        "from_random": lambda _: table.c.rnd >= param("start", sa.Float()),
        "to_random": lambda _: table.c.rnd < param("start", sa.Float()),
    }


def _music(table: sa.Table, kind: ItemKind, queries: Any) -> dict[str, Condition]:
    """Of albums and tracks."""
    return {
        **_shared(table, kind),
        "artist": lambda given: queries.of_artist(given.many(Id())),
        "credited": lambda given: queries.credited(given.many(Id()), given.many(sa.Text(), 1)),
        "album_artist": lambda given: queries.of_album_artist(given.many(Id())),
        "credited_or_album_artist": lambda given: sa.or_(
            queries.credited(given.many(Id()), given.many(sa.Text(), 1)),
            queries.of_album_artist(given.many(Id())),
        ),
        "genre": lambda given: queries.of_genre(given.many(sa.Text())),
        "common_genre": lambda given: queries.in_some_genre(given.many(sa.Text())),
        "label": lambda given: c_album(table).in_(_labelled(c.labels.c.name_key, given.many(sa.Text()))),
        "label_id": lambda given: c_album(table).in_(_labelled(c.labels.c.id, given.many(Id()))),
        "from_year": _at_least(table.c.year),
        "to_year": _at_most(table.c.year),
        "from_original": _at_least(table.c.original_date),
        "before_original": _before(table.c.original_date),
        "dated": _fixed(table.c.year.is_not(None)),
        "not_dated": _fixed(table.c.year.is_(None)),
        "originally": _fixed(table.c.original_date.is_not(None)),
        "not_originally": _fixed(table.c.original_date.is_(None)),
        "min_duration": _at_least(table.c.duration_ms),
        "max_duration": _at_most(table.c.duration_ms),
        "missing": _fixed(table.c.missing_since.is_not(None)),
        "release_type": lambda given: sa.or_(
            *(json_has(c.albums.c.details, "release_types", one) for one in given.many(sa.Text()))
        ),
        **_switch("compilation", c.albums.c.compilation),
        **_switch("explicit", table.c.explicit),
    }


def c_album(table: sa.Table) -> sa.ColumnElement[Any]:
    return c.albums.c.id if table is c.albums else c.tracks.c.album_id


def _labelled(column: Any, values: Sequence[Any]) -> sa.Select[Any]:
    links = c.album_labels
    return (
        sa.select(links.c.album_id)
        .join(c.labels, c.labels.c.id == links.c.label_id)
        .where(column.in_(values))
    )


def _has_role(roles: Sequence[Any]) -> sa.ColumnElement[bool]:
    credits = c.track_artists.c
    return sa.exists().where(credits.artist_id == c.artists.c.id, credits.role.in_(roles))


def _called(query: sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Artists by their names, sort names and other names; the words are the same in every library."""
    among = c.artists.c.id.op("IN", is_comparison=True)
    return among(items_with(sa.literal_column(search_artists.name), query))


_OWN_ALBUM = sa.exists().where(c.album_artists.c.artist_id == c.artists.c.id)
_WORDS = sa.exists().where(c.lyrics.c.track_id == c.tracks.c.id)
_OWN_WORDS = _WORDS.where(~c.lyrics.c.origin.startswith(PLUGIN, autoescape=True))
_COVER = sa.or_(c.tracks.c.artwork_id.is_not(None), c.albums.c.artwork_id.is_not(None))
_FILE = c.track_files.c
_YEAR = c.tracks.c.year

CONDITIONS: Mapping[ItemKind, Conditions] = {
    ItemKind.TRACK: {
        **_music(c.tracks, ItemKind.TRACK, tracks),
        "random_from_year": lambda given: unsought(_YEAR) >= given.one(_YEAR),
        "random_to_year": lambda given: unsought(_YEAR) <= given.one(_YEAR),
        "album": _among(c.tracks.c.album_id),
        "suffix": _among(_FILE.suffix),
        "codec": _among(_FILE.codec),
        "min_bit_rate": _at_least(_FILE.bit_rate_kbps),
        "max_bit_rate": _at_most(_FILE.bit_rate_kbps),
        "lyrics": _fixed(_WORDS),
        "not_lyrics": _fixed(~_WORDS),
        "own_lyrics": _fixed(_OWN_WORDS),
        "not_own_lyrics": _fixed(~_OWN_WORDS),
        **_switch("lossless", _FILE.lossless),
        **_switch("cover", _COVER),
    },
    ItemKind.ALBUM: {
        **_music(c.albums, ItemKind.ALBUM, albums),
        "album": _among(c.albums.c.id),
        "appears_on": lambda given: albums.appears_on(given.many(Id())),
        **_switch("cover", c.albums.c.artwork_id.is_not(None)),
        **{f"by_{sort}": _fixed(condition) for sort, condition in albums.TOUCHED.items()},
    },
    ItemKind.ARTIST: {
        **_shared(c.artists, ItemKind.ARTIST),
        "words": lambda given: _called(given.one(sa.Text())),
        "artist": _among(c.artists.c.id),
        "role": lambda given: _has_role(given.many(sa.Text())),
        "album_artists": _fixed(_OWN_ALBUM),
        "role_or_album_artists": lambda given: sa.or_(_has_role(given.many(sa.Text())), _OWN_ALBUM),
        **_switch("cover", c.artists.c.artwork_id.is_not(None)),
    },
}
