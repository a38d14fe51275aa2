"""What lists can be sorted by. Each is one order, or two: those that have the value, and those that do not.

Both follow an index of their own, so that a page costs the same wherever it lies (`tests` look at the plans).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from mcma.store.queries.keyset import Order
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma_plugins.values import ItemKind

Columns = tuple[sa.ColumnElement[Any], ...]
RANDOM = "random"


class Part(NamedTuple):
    """A stretch of a list."""

    order: Order
    only: str | None = None
    """The condition that holds in it."""


class _Sort(NamedTuple):
    columns: Columns
    has: str | None = None
    """A condition: what does not meet it comes before all others, by name; at the end where it goes down."""
    rest: Columns = ()


def _shared(table: sa.Table) -> dict[str, _Sort]:
    by_name = (table.c.sort_key, table.c.id)
    mine, item = user_items.c, user_items.c.item_id
    return {
        "title": _Sort(by_name),
        "created": _Sort((table.c.created_at, table.c.id)),
        "updated": _Sort((table.c.updated_at, table.c.id)),
        RANDOM: _Sort((table.c.rnd, table.c.id)),
        "rating": _Sort((mine.rating, item), "rated", by_name),
        "plays": _Sort((mine.play_count, item), "played", by_name),
        "last_played": _Sort((mine.last_played_at, item), "heard", by_name),
        "liked": _Sort((mine.liked_at, item), "liked", by_name),
    }


def _music(table: sa.Table) -> dict[str, _Sort]:
    by_name = (table.c.sort_key, table.c.id)
    return {
        **_shared(table),
        "artist": _Sort((table.c.artist_key, *by_name)),
        "year": _Sort((table.c.year, *by_name), "dated", by_name),
        "original_date": _Sort((table.c.original_date, *by_name), "originally", by_name),
        "duration": _Sort((table.c.duration_ms, table.c.id)),
    }


_TRACKS = {
    **_music(c.tracks),
    "album": _Sort((c.tracks.c.album_sort, c.tracks.c.album_place, c.tracks.c.id)),
}
_SORTS: Mapping[ItemKind, Mapping[str, _Sort]] = {
    ItemKind.TRACK: _TRACKS,
    ItemKind.ALBUM: _music(c.albums),
    ItemKind.ARTIST: _shared(c.artists),
}
SORTS: Mapping[ItemKind, frozenset[str]] = {kind: frozenset(known) for kind, known in _SORTS.items()}


@lru_cache(256)
def sorted_by(kind: ItemKind, name: str, *, descending: bool) -> tuple[Part, ...]:
    """The parts in their order; the same objects each time, as what is prepared is remembered by them.
    KeyError for a sort there is not."""
    sort = _SORTS[kind][name]
    parts = [Part(Order(sort.columns, descending), sort.has)]
    if sort.has:
        without = Part(Order(sort.rest, descending), f"not_{sort.has}")
        parts.insert(len(parts) if descending else 0, without)
    return tuple(parts)


@lru_cache(8)
def shuffled(kind: ItemKind, *, descending: bool) -> tuple[Part, ...]:
    """Around the random column, from the parameter `start` back to it."""
    order = Order(_SORTS[kind][RANDOM].columns, descending)
    parts = [Part(order, "from_random"), Part(order, "to_random")]
    return tuple(reversed(parts) if descending else parts)
