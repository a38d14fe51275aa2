"""The queries of services, each prepared once for its shape: which kind, whose libraries, filtered how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.store.access import Scope
from mcma.store.queries import albums, artists, search, tracks
from mcma.store.queries.conditions import CONDITIONS, SIZES, Used
from mcma.store.queries.keyset import Order
from mcma.store.queries.prepared import Prepared, param
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma.store.types import Id
from mcma_plugins.values import ItemKind

KINDS: Mapping[ItemKind, tuple[sa.Table, Any]] = {
    ItemKind.TRACK: (c.tracks, tracks),
    ItemKind.ALBUM: (c.albums, albums),
    ItemKind.ARTIST: (c.artists, artists),
}
BEYOND = chr(0x10FFFF)
"""What begins with a text comes before that text and this."""
PARTS = {
    "on": lambda column: column >= param("start", sa.Float()),
    "round": lambda column: column < param("start", sa.Float()),
}
"""The two halves of a way around the random column."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The shape of a list. `within_genre` follows the genre's own indexes, with the order `BY_GENRE` or
    `RANDOM_BY_GENRE`."""

    kind: ItemKind
    scope: Scope
    order: Order
    filters: frozenset[Used] = frozenset()
    within_genre: bool = False


@lru_cache(1024)
def page(listing: Listing, after: bool, part: str | None = None) -> Prepared:
    """Run with `Order.values`, the values of the filters and `start` for a `part`."""
    chosen = _chosen(listing)
    if part is not None:
        chosen = chosen.where(PARTS[part](listing.order.columns[0]))
    return Prepared(listing.order.page(chosen, after=after), varied=bool(listing.filters))


def _chosen(listing: Listing) -> sa.Select[Any]:
    _, queries = KINDS[listing.kind]
    libraries = listing.scope.query()
    names = {one.name for one in listing.filters}
    chosen: sa.Select[Any]
    if listing.within_genre:
        chosen = tracks.in_genre(param("genre", sa.Text()), libraries)
    else:
        chosen = (queries.absent if "missing" in names else queries.listed)(libraries)
    known = CONDITIONS[listing.kind]
    return chosen.where(*(known[one.name](one) for one in sorted(listing.filters)))


@lru_cache(256)
def count(listing: Listing) -> Prepared:
    """How many there are, or `most` of them; run with the values of the filters."""
    some = _chosen(listing).with_only_columns(sa.literal(1).label("one")).limit(param("most", sa.Integer()))
    return Prepared(sa.select(sa.func.count()).select_from(some.subquery()), varied=bool(listing.filters))


def by_ids(
    kind: ItemKind, scope: Scope, ids: Sequence[UUID], *, shown: bool = False
) -> tuple[Prepared, dict[str, UUID]]:
    """Items by at most 5,000 ids, in no order, and the values; missing ones too, unless `shown` in lists."""
    size = next(size for size in SIZES if size >= len(ids))
    filled = [*ids, *[ids[-1]] * (size - len(ids))]
    return _by_ids(kind, scope, size, shown), {f"id_{place}": id_ for place, id_ in enumerate(filled)}


@lru_cache(256)
def _by_ids(kind: ItemKind, scope: Scope, count: int, shown: bool) -> Prepared:
    table, queries = KINDS[kind]
    wanted = [param(f"id_{place}", Id()) for place in range(count)]
    if shown:
        return Prepared(queries.listed(scope.query()).where(table.c.id.in_(wanted)))
    return Prepared(queries.by_ids(wanted, scope.query()))


@lru_cache(64)
def albums_of_artist(scope: Scope) -> Prepared:
    return Prepared(albums.listed(scope.query()).where(albums.of_artist([param("artist", Id())])))


EDITIONS = 100


@lru_cache(64)
def editions(scope: Scope) -> Prepared:
    table = KINDS[ItemKind.ALBUM][0].c
    found = albums.editions(param("album", Id()), scope.query())
    by_date = table.original_date.nulls_last(), table.date.nulls_last(), table.id
    return Prepared(found.order_by(*by_date).limit(EDITIONS))


@lru_cache(64)
def tracks_of_album(scope: Scope) -> Prepared:
    return Prepared(tracks.of_album(param("album", Id()), scope.query()))


@lru_cache(64)
def liked(kind: ItemKind, scope: Scope) -> Prepared:
    """All that the caller likes, the latest first."""
    table, queries = KINDS[kind]
    chosen = queries.listed(scope.query()).where(CONDITIONS[kind]["liked"](Used("liked")))
    return Prepared(chosen.order_by(user_items.c.liked_at.desc(), table.c.id.desc()))


@lru_cache(64)
def everyone(scope: Scope) -> Prepared:
    return Prepared(artists.everyone(scope.query()))


ARTIST_STATES = Prepared(artists.states())


@lru_cache(64)
def revision(scope: Scope) -> Prepared:
    return Prepared(search.revision(scope.query()))


@lru_cache(256)
def matching(kinds: tuple[ItemKind, ...], scope: Scope, dialect: str, most: int) -> Prepared:
    """(kind, id, words) of what has every word; run with `query`, in the dialect's own words."""
    return Prepared(search.matching(kinds, dialect, scope.query(), most))


@lru_cache(256)
def named(kinds: tuple[ItemKind, ...], scope: Scope) -> Prepared:
    """(kind, id, sort key) of what is called that; run with `q` and `q_end`."""
    return Prepared(search.named(kinds, scope.query()))


@lru_cache(64)
def by_mbid(kind: ItemKind, scope: Scope) -> Prepared:
    by_id: Order = KINDS[kind][1].BY_ID
    return Prepared(by_id.page(search.by_mbid(kind, scope.query()), after=False))
