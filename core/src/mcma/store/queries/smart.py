"""Rules made into one query. Every value is a parameter; no text of a person becomes SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from mcma.domain.folding import fold
from mcma.domain.smartrules import (
    MOST_TRACKS,
    DateRule,
    FlagRule,
    Group,
    IdRule,
    NumberRule,
    RangeRule,
    RecentRule,
    Rule,
    Rules,
    SetRule,
    TextRule,
    members,
)
from mcma.store.access import library_ids, within
from mcma.store.queries.rows import TRACK_COLUMNS, TRACK_FROM
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import playlist_items, playlists, user_items
from mcma_plugins.values import Caller

Column = sa.ColumnElement[Any]
Condition = sa.ColumnElement[bool]
Test = Callable[[Column], Condition]
_OWN = user_items.alias("owned")
"""What the playlist's owner did; the reader's state is shown with the tracks."""
_t, _f, _a = c.tracks.c, c.track_files.c, c.albums.c


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose rules, for whom, when."""

    rules: Rules
    owner: Caller
    reader: Caller
    now: datetime


def _of_people(links: Any, item: Column, key: Column) -> Callable[[Test], Condition]:
    def through(test: Test) -> Condition:
        people = links.join(c.artists, c.artists.c.id == links.c.artist_id)
        return item.in_(
            sa.select(key).select_from(people).where(test(c.artists.c.name_key), _is_heard(links))
        )

    return through


def _is_heard(links: Any) -> Condition:
    role: Condition = links.c.role.in_(("artist", "guest"))
    return role


def _genres(test: Test) -> Condition:
    held = c.track_genres.join(c.genres, c.genres.c.id == c.track_genres.c.genre_id)
    return _t.id.in_(sa.select(c.track_genres.c.track_id).select_from(held).where(test(c.genres.c.name_key)))


def _labels(test: Test) -> Condition:
    held = c.album_labels.join(c.labels, c.labels.c.id == c.album_labels.c.label_id)
    chosen = sa.select(c.album_labels.c.album_id).select_from(held).where(test(c.labels.c.name_key))
    return _t.album_id.in_(chosen)


def _plain(column: Column) -> Callable[[Test], Condition]:
    return lambda test: test(column)


_TEXTS: Mapping[str, Callable[[Test], Condition]] = {
    "title": _plain(_t.sort_key),
    "album": _plain(_a.sort_key),
    "artist": _of_people(c.track_artists, _t.id, c.track_artists.c.track_id),
    "album_artist": _of_people(c.album_artists, _t.album_id, c.album_artists.c.album_id),
    "genre": _genres,
    "label": _labels,
    "codec": _plain(sa.func.lower(_f.codec)),
    "status": _plain(_t.metadata_status),
    "comment": _plain(sa.func.lower(_t.comment)),
}
_UNFOLDED = frozenset({"codec", "status", "comment"})
"""Compared as they are, in lower case."""
_NUMBERS: Mapping[str, Column] = {
    "year": _t.year, "original_year": sa.cast(sa.func.substr(_t.original_date, 1, 4), sa.Integer),
    "plays": sa.func.coalesce(_OWN.c.play_count, 0),
    "rating": sa.func.coalesce(_OWN.c.rating, 0), "duration_ms": _t.duration_ms,
    "bit_rate_kbps": _f.bit_rate_kbps, "sample_rate_hz": _f.sample_rate_hz, "size": _f.size, "bpm": _t.bpm,
    "disc": _t.disc, "track": _t.track,
}  # fmt: skip
_DATES: Mapping[str, Column] = {
    "added": _t.created_at,
    "last_played": _OWN.c.last_played_at,
    "liked_at": _OWN.c.liked_at,
}
_FLAGS: Mapping[str, Column] = {
    "liked": _OWN.c.liked_at.is_not(None),
    "lossless": _f.lossless.is_(sa.true()),
    "compilation": _a.compilation.is_(sa.true()),
    "explicit": _t.explicit.is_(sa.true()),
}
_SET: Mapping[str, Column] = {
    **_NUMBERS, **_DATES, "rating": _OWN.c.rating, "comment": sa.func.nullif(_t.comment, ""),
    "album": _t.album_id, "codec": _f.codec, "status": _t.metadata_status,
    "title": sa.func.nullif(_t.title, ""),
}  # fmt: skip
_EARLIEST = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
_SORTS: Mapping[str, Column] = {
    "title": _t.sort_key, "artist": sa.func.coalesce(_a.artist_key, ""),
    "album": sa.func.coalesce(_a.sort_key, ""), "year": sa.func.coalesce(_t.year, 0), "added": _t.created_at,
    "plays": _NUMBERS["plays"], "rating": _NUMBERS["rating"], "duration_ms": _t.duration_ms,
    "bit_rate_kbps": sa.func.coalesce(_f.bit_rate_kbps, 0), "size": sa.func.coalesce(_f.size, 0),
    "bpm": sa.func.coalesce(_t.bpm, 0),
}  # fmt: skip


def page(asked: Asked, limit: int, offset: int) -> sa.Select[Any]:
    """Tracks with `TRACK_COLUMNS`, of the reader. To be run with `caller`, the reader."""
    held = _held(asked, limit + offset)
    chosen = sa.select(*TRACK_COLUMNS).select_from(TRACK_FROM.join(held, held.c.id == _t.id))
    return chosen.order_by(*_again(held, asked)).limit(limit).offset(offset)


def ids(asked: Asked, most: int = MOST_TRACKS) -> sa.Select[Any]:
    """In order."""
    held = _held(asked, most)
    return sa.select(held.c.id).order_by(*_again(held, asked))


def totals(asked: Asked) -> sa.Select[Any]:
    """(songs, duration)."""
    held = _held(asked)
    duration = sa.cast(sa.func.coalesce(sa.func.sum(held.c.duration_ms), 0), sa.BigInteger())
    counted: Any = sa.select(sa.func.count(), duration).select_from(held)
    return cast("sa.Select[Any]", counted)


def _held(asked: Asked, most: int = MOST_TRACKS) -> Any:
    """(id, duration, size, key_0, ...): what the playlist holds, cut off, and what it is ordered by; no more
    than the first `most` of it."""
    order = _order(asked)
    source = (
        c.tracks.outerjoin(c.track_files, _f.id == _t.file_id)
        .outerjoin(c.albums, _a.id == _t.album_id)
        .outerjoin(_OWN, sa.and_(_OWN.c.user_id == asked.owner.user_id, _OWN.c.item_id == _t.id))
    )
    keys = [column.label(f"key_{place}") for place, (column, _) in enumerate(order)]
    size = sa.literal(0) if asked.rules.limit.size is None else sa.func.coalesce(_f.size, 0)
    chosen = sa.select(_t.id, _t.duration_ms, size.label("size"), *keys).select_from(source)
    chosen = chosen.where(_t.deleted_at.is_(None), _t.missing_since.is_(None), *_seen(asked))
    chosen = chosen.where(_condition(asked.rules, asked))
    count = min(asked.rules.limit.count or MOST_TRACKS, MOST_TRACKS, most)
    directed = [column.desc() if back else column.asc() for column, back in order]
    return _cut(chosen.order_by(*directed).limit(count).subquery("first"), asked)


def _again(held: Any, asked: Asked) -> list[Column]:
    """The same order, by the columns that carry it."""
    found = [held.c[f"key_{place}"] for place in range(len(_order(asked)))]
    backwards = [back for _, back in _order(asked)]
    return [one.desc() if back else one.asc() for one, back in zip(found, backwards, strict=True)]


def _cut(first: Any, asked: Asked) -> Any:
    """Ends where the next track would not fit."""
    limit = asked.rules.limit
    if limit.duration_ms is None and limit.size is None:
        return first
    so_far: Any = {"order_by": _again(first, asked), "rows": (None, 0)}
    running = sa.select(
        *first.c,
        sa.func.sum(first.c.duration_ms).over(**so_far).label("time"),
        sa.func.sum(first.c.size).over(**so_far).label("bytes"),
    ).subquery("running")  # fmt: skip
    most = ((running.c.time, limit.duration_ms), (running.c.bytes, limit.size))
    fits = [column <= value for column, value in most if value is not None]
    return sa.select(running).where(*fits).subquery("fits")


def _seen(asked: Asked) -> list[Condition]:
    """A reader sees of somebody's smart playlist what both may see."""
    found = [within(_t.library_id, library_ids(asked.reader))]
    if asked.owner.user_id != asked.reader.user_id:
        found.append(within(_t.library_id, library_ids(asked.owner)))
    return found


def _order(asked: Asked) -> list[tuple[Column, bool]]:
    """Columns, each with whether it goes backwards; the last is unique."""
    found: list[tuple[Column, bool]] = []
    for name in asked.rules.sort or ["title"]:
        key = name.removeprefix("-")
        if key == "random":
            column = _shuffled(asked)
        elif key in ("last_played", "liked_at"):
            column = sa.func.coalesce(_DATES[key], sa.literal(_EARLIEST, _t.created_at.type))
        else:
            column = _SORTS[key]
        found.append((column, key != name))
    return [*found, (_t.id, False)]


def _shuffled(asked: Asked) -> Column:
    """Along the random column from a place that the seed says, folded so that neighbours part."""
    seed = asked.now.toordinal() if asked.rules.seed == "daily" else asked.rules.seed
    assert isinstance(seed, int)
    begin, fold_at = (seed * 0.6180339887498949) % 1.0, 0.1 + (seed * 0.7548776662466927) % 0.8
    near: Column = sa.func.abs(_t.rnd - sa.literal(begin, sa.Float()))
    return sa.func.abs(near - sa.literal(fold_at / 2, sa.Float()))


def _condition(node: Group | Rule, asked: Asked) -> Condition:
    if isinstance(node, Group):
        parts = [_condition(one, asked) for one in members(node)]
        if node.all is not None:
            return sa.and_(sa.true(), *parts)
        return sa.or_(sa.false(), *parts)
    found = _TESTS[type(node)](node, asked)
    return sa.not_(_sure(found)) if _is_negative(node) else found


def _sure(condition: Condition) -> Condition:
    """Two-valued: what is not known is false."""
    return sa.func.coalesce(condition, sa.false())


def _is_negative(rule: Rule) -> bool:
    return rule.op.startswith(("is_not", "not_")) or (isinstance(rule, SetRule) and not rule.value)


_POSITIVE = {"is_not": "is", "not_contains": "contains"}


def _text(rule: TextRule, _: Asked) -> Condition:
    value = rule.value.lower() if rule.field in _UNFOLDED else fold(rule.value)
    tests: Mapping[str, Test] = {
        "is": lambda column: column == value,
        "contains": lambda column: (sa.literal(" ", sa.Text()) + column).contains(
            f" {value}", autoescape=True
        ),
        "starts_with": lambda column: column.startswith(value, autoescape=True),
    }
    return _TEXTS[rule.field](tests[_POSITIVE.get(rule.op, rule.op)])


def _owned(asked: Asked, condition: Condition) -> Condition:
    """For what holds only where the owner did something: found from there, not by looking at all tracks."""
    mine = sa.and_(user_items.c.user_id == asked.owner.user_id, user_items.c.item_kind == "track")
    chosen: Condition = _t.id.in_(sa.select(user_items.c.item_id).where(mine, _unjoined(condition)))
    return chosen


def _unjoined(condition: Condition) -> Condition:
    """The same about the table itself."""

    def named(element: Any, **_: Any) -> Any:
        return user_items.c[element.name] if getattr(element, "table", None) is _OWN else None

    return visitors.replacement_traverse(condition, {}, named)


def _number(rule: NumberRule, asked: Asked) -> Condition:
    condition = _compared(rule)
    touched = rule.field in ("plays", "rating") and rule.op in ("is", "gt", "gte") and rule.value > 0
    return _owned(asked, condition) if touched else condition


def _compared(rule: NumberRule) -> Condition:
    column, value = _NUMBERS[rule.field], sa.literal(rule.value, sa.Float())
    tests: Mapping[str, Condition] = {
        "is": column == value, "is_not": column == value, "gt": column > value, "gte": column >= value,
        "lt": column < value, "lte": column <= value,
    }  # fmt: skip
    return tests[rule.op]


def _range(rule: RangeRule, _: Asked) -> Condition:
    low, high = (sa.literal(one, sa.Float()) for one in sorted(rule.value))
    column = _NUMBERS[rule.field]
    return sa.and_(column >= low, column <= high)


def _date(rule: DateRule, asked: Asked) -> Condition:
    column = _DATES[rule.field]
    return _dated(rule.field, asked, column < rule.value if rule.op == "before" else column > rule.value)


def _dated(field: str, asked: Asked, condition: Condition) -> Condition:
    return condition if field == "added" else _owned(asked, condition)


def _recent(rule: RecentRule, asked: Asked) -> Condition:
    return _dated(rule.field, asked, _DATES[rule.field] >= asked.now - timedelta(days=rule.value))


def _flag(rule: FlagRule, asked: Asked) -> Condition:
    column = _FLAGS[rule.field]
    if rule.field == "liked":
        column = _owned(asked, column)
    return column if rule.value else sa.not_(_sure(column))


def _id(rule: IdRule, asked: Asked) -> Condition:
    if rule.field == "library":
        return _t.library_id == rule.value
    return _t.id.in_(_listed(rule.value, asked.owner))


def _listed(playlist: UUID, owner: Caller) -> sa.Select[Any]:
    said = c.tracks.alias("said")
    shared = sa.or_(playlists.c.owner_id == owner.user_id, playlists.c.visibility == "public")
    held = playlist_items.join(said, said.c.id == playlist_items.c.track_id).join(
        playlists, playlists.c.id == playlist_items.c.playlist_id
    )
    return sa.select(sa.func.coalesce(said.c.replaced_by, said.c.id)).select_from(held).where(
        playlists.c.id == playlist, playlists.c.deleted_at.is_(None), playlists.c.rules.is_(None), shared,
        playlist_items.c.deleted_at.is_(None),
    )  # fmt: skip


def _set(rule: SetRule, _: Asked) -> Condition:
    if rule.field in _SET:
        return _SET[rule.field].is_not(None)
    return _TEXTS[rule.field](lambda column: column != "")


_TESTS: Mapping[Any, Callable[[Any, Asked], Condition]] = {
    TextRule: _text, NumberRule: _number, RangeRule: _range, DateRule: _date, RecentRule: _recent,
    FlagRule: _flag, IdRule: _id, SetRule: _set,
}  # fmt: skip
