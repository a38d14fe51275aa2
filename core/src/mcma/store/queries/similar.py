"""Candidates for what is like some tracks: a fixed number of short walks along indexes, in one statement.

Nothing here grows with the library. Each walk takes a few rows from anywhere among many (a random place along
an index), and all walks together are one UNION ALL, so that a page costs one trip to the database.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.access import Scope, within
from mcma.store.queries.prepared import Prepared, param
from mcma.store.queries.rows import mine, quick
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma.store.tables.radio import co_plays, radio_items
from mcma.store.types import Id
from mcma_plugins.values import ItemKind

SEEDS = 12
"""Tracks that candidates are looked for around; lists of them are filled up to this."""
ARTISTS, GENRES, YEARS = 6, 4, 3
"""Walks of each kind; those without a target look for an id that is none and cost nothing."""
OF_ARTIST, OF_GENRE, OF_YEAR = 40, 60, 20
"""Rows of one walk."""
TOGETHER, LIKED, OFTEN = 150, 120, 60
OFFSET = 20_000
"""The furthest into an artist's tracks that a walk begins: counting along an index is cheap, not free."""
TOP_OF = 5000
"""Tracks of one artist that are looked at for the top ones."""

NOBODY = UUID(int=0)

FEATURES = [
    *(quick(c.tracks.c[name]) for name in ("id", "album_id", "recording_id", "year", "bpm", "details")),
    quick(c.albums.c.details, joined=True),
    quick(user_items.c.liked_at, joined=True),
    quick(user_items.c.rating, joined=True),
]
_PRESENT = (c.tracks.c.deleted_at.is_(None), c.tracks.c.missing_since.is_(None))
_JOINED = c.tracks.outerjoin(c.albums, c.albums.c.id == c.tracks.c.album_id).outerjoin(
    user_items, mine(c.tracks.c.id)
)


def filled(name: str, ids: Sequence[UUID], size: int) -> dict[str, UUID]:
    """Values of `size` parameters, with an id that is none where there are fewer."""
    return {f"{name}_{place}": id_ for place, id_ in enumerate([*ids, *[NOBODY] * (size - len(ids))])}


def _ids(name: str, count: int) -> list[sa.BindParameter[Any]]:
    return [param(f"{name}_{place}", Id()) for place in range(count)]


@lru_cache(64)
def facts(scope: Scope, count: int, shown: bool) -> Prepared:
    """`FEATURES` of tracks by their ids (`id_0` ...), in no order; missing ones too, unless `shown`."""
    chosen = sa.select(*FEATURES).select_from(_JOINED)
    chosen = chosen.where(c.tracks.c.id.in_(_ids("id", count)), within(c.tracks.c.library_id, scope.query()))
    return Prepared(chosen.where(*(_PRESENT if shown else _PRESENT[:1])))


@lru_cache(64)
def standing(scope: Scope) -> Prepared:
    """(what, id, name, songs): of the seeds' genres, of `artist_0` ..., and of the libraries as a whole."""
    libraries, nothing = scope.query(), sa.literal(None, sa.Text())
    seeds = sa.select(c.track_genres.c.genre_id).where(c.track_genres.c.track_id.in_(_ids("seed", SEEDS)))
    counted, members = c.genre_libraries.c, c.artist_libraries.c
    genres = (
        sa.select(sa.literal("genre").label("what"), quick(c.genres.c.id, joined=True).label("id"),
                  c.genres.c.name.label("name"), sa.func.sum(counted.song_count).label("songs"))
        .join(c.genre_libraries, counted.genre_id == c.genres.c.id)
        .where(c.genres.c.id.in_(seeds), counted.library_id.in_(libraries))
        .group_by(c.genres.c.id, c.genres.c.name)
    )  # fmt: skip
    artists = (
        sa.select(sa.literal("artist"), quick(members.artist_id), nothing, sa.func.sum(members.song_count))
        .where(members.artist_id.in_(_ids("artist", ARTISTS)), members.library_id.in_(libraries))
        .group_by(members.artist_id)
    )
    whole = sa.select(
        sa.literal("all"), sa.literal(None, Id()), nothing, sa.func.sum(c.libraries.c.song_count)
    ).where(c.libraries.c.id.in_(libraries))
    return Prepared(sa.union_all(genres, artists, whole))


@lru_cache(64)
def candidates(scope: Scope, radio: bool) -> Prepared:
    """(walk, value), then `FEATURES`, of tracks that lists show; the same track may come by several walks.

    Run with `seed_*`, `artist_*` and `artist_at_*`, `genre_*` and `genre_from_*`, `year_*` and `year_from`;
    of a `radio` without what it has given.
    """
    walks = [
        *(_artist(place) for place in range(ARTISTS)),
        *(_genre(place) for place in range(GENRES)),
        *(_year(place) for place in range(YEARS)),
        _together(),
        *_mine(),
    ]
    raw = sa.union_all(*walks).cte("walked")
    chosen = _shown(raw, scope, radio)
    return Prepared(chosen.add_columns(*FEATURES))


def _shown(raw: sa.CTE, scope: Scope, radio: bool) -> sa.Select[Any]:
    """The walks decide what is looked up: an outer join keeps SQLite from starting with the tracks."""
    chosen = (
        sa.select(raw.c.walk, raw.c.value)
        .select_from(
            raw.outerjoin(c.tracks, c.tracks.c.id == raw.c.track_id)
            .outerjoin(c.albums, c.albums.c.id == c.tracks.c.album_id)
            .outerjoin(user_items, mine(c.tracks.c.id))
        )
        .where(*(one.is_(sa.true()) for one in _PRESENT), within(c.tracks.c.library_id, scope.query()))
    )
    return chosen.where(_not_given(raw.c.track_id)) if radio else chosen


def _not_given(track: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(radio_items.c.radio_id == param("radio", Id()), radio_items.c.track_id == track)


def _walk(name: str, track: Any, value: Any = None) -> sa.Select[Any]:
    score = sa.literal(0.0, sa.Float()) if value is None else value
    return sa.select(sa.literal(name, sa.Text()).label("walk"), track.label("track_id"), score.label("value"))


def _limited(chosen: sa.Select[Any], limit: int) -> sa.Select[Any]:
    """A part of a UNION with an order and a limit of its own, which SQLite wants one level down."""
    part = chosen.limit(sa.literal_column(str(limit))).subquery()
    return sa.select(*part.c)


def _artist(place: int) -> sa.Select[Any]:
    credits = c.track_artists.c
    chosen = _walk("artist", credits.track_id).where(credits.artist_id == param(f"artist_{place}", Id()))
    ordered = chosen.order_by(credits.role, credits.track_id).offset(
        param(f"artist_at_{place}", sa.Integer())
    )
    return _limited(ordered, OF_ARTIST)


def _genre(place: int) -> sa.Select[Any]:
    links = c.track_genres.c
    chosen = _walk("genre", links.track_id).where(
        links.genre_id == param(f"genre_{place}", Id()), links.rnd >= param(f"genre_from_{place}", sa.Float())
    )
    return _limited(chosen.order_by(links.rnd), OF_GENRE)


def _year(place: int) -> sa.Select[Any]:
    chosen = _walk("year", c.tracks.c.id).where(
        c.tracks.c.year == param(f"year_{place}", sa.Integer()),
        c.tracks.c.rnd >= param("year_from", sa.Float()),
        *_PRESENT,
    )
    return _limited(chosen.order_by(c.tracks.c.rnd), OF_YEAR)


def _together() -> sa.Select[Any]:
    pairs = co_plays.c
    chosen = _walk("together", pairs.other_id, pairs.score).where(pairs.track_id.in_(_ids("seed", SEEDS)))
    return _limited(chosen.order_by(pairs.score.desc(), pairs.other_id), TOGETHER)


def _mine() -> Sequence[sa.Select[Any]]:
    """What the caller likes and plays: candidates like any other, where something connects them."""
    items = user_items.c
    here = (items.user_id == param("caller", Id()), items.item_kind == ItemKind.TRACK.value)
    liked = _walk("liked", items.item_id).where(*here, items.liked_at.is_not(None))
    often = _walk("often", items.item_id).where(*here, items.play_count > 0)
    return (
        _limited(liked.order_by(items.liked_at.desc()), LIKED),
        _limited(often.order_by(items.play_count.desc()), OFTEN),
    )


@lru_cache(64)
def anywhere(scope: Scope) -> Prepared:
    """`FEATURES` of shown tracks that the `radio` has not given and the `caller` has not given one star, from
    `start` along the random column."""
    chosen = sa.select(*FEATURES).select_from(_JOINED)
    return Prepared(
        chosen.where(
            *_PRESENT, within(c.tracks.c.library_id, scope.query()), _not_given(c.tracks.c.id),
            *_not_disliked(), c.tracks.c.rnd >= param("start", sa.Float()),
        )
        .order_by(c.tracks.c.rnd)
        .limit(param("limit", sa.Integer()))
    )  # fmt: skip


def _not_disliked() -> Sequence[sa.ColumnElement[bool]]:
    """In the statement: else a few hundred of them in a row would end a radio."""
    given, credits = user_items.alias(), c.track_artists.c
    main = sa.select(credits.artist_id).where(
        credits.track_id == c.tracks.c.id, credits.role == "artist", credits.position == 0
    )
    one_star = sa.exists().where(given.c.user_id == param("caller", Id()), given.c.rating == 1)
    rated = (c.tracks.c.id, c.tracks.c.album_id, main.correlate(c.tracks).scalar_subquery())
    return [~one_star.where(given.c.item_id == item) for item in rated]


@lru_cache(64)
def top_of(scope: Scope, main: bool) -> Prepared:
    """(id) of an `artist`'s tracks: played most by everybody, liked by most, played most by the caller, else
    from all over. `main`: those on which the artist is a main one."""
    credits, items = c.track_artists.c, user_items.c
    theirs = sa.select(credits.track_id).where(credits.artist_id == param("artist", Id())).distinct()
    theirs = theirs.where(credits.role == "artist") if main else theirs
    some = theirs.limit(sa.literal_column(str(TOP_OF))).cte("theirs")
    own = sa.case((items.user_id == param("caller", Id()), items.play_count), else_=0)
    plays = sa.func.coalesce(sa.func.sum(items.play_count), 0)
    return Prepared(
        sa.select(quick(c.tracks.c.id))
        .select_from(
            some.outerjoin(c.tracks, c.tracks.c.id == some.c.track_id).outerjoin(
                user_items, items.item_id == c.tracks.c.id
            )
        )
        .where(*(one.is_(sa.true()) for one in _PRESENT), within(c.tracks.c.library_id, scope.query()))
        .group_by(c.tracks.c.id, c.tracks.c.rnd)
        .order_by(
            plays.desc(), sa.func.count(items.liked_at).desc(), sa.func.coalesce(sa.func.max(own), 0).desc(),
            c.tracks.c.rnd,
        )
        .limit(param("limit", sa.Integer()))
    )  # fmt: skip
