"""Lists for the native API: filtered, sorted, paged by cursors that stay right while the library changes."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput
from mcma.domain.layerrules import Rule
from mcma.services.catalogue.cursors import packed, unpacked
from mcma.services.catalogue.filters import Filters, given
from mcma.services.catalogue.paging import Listed, listed
from mcma.services.catalogue.search import asked_words
from mcma.services.indexing.lyricdigests import ranks_of
from mcma.store.access import library_ids, sight
from mcma.store.dialect import search_query
from mcma.store.engine import Database
from mcma.store.queries import lists
from mcma.store.queries.genres import songs_in
from mcma.store.queries.keyset import Key
from mcma.store.queries.lists import BEYOND
from mcma.store.queries.prepared import Columns
from mcma.store.queries.rows import album_views, artist_views, track_views
from mcma.store.queries.sorts import RANDOM, SORTS, Part, shuffled, sorted_by
from mcma_plugins.values import AlbumView, ArtistView, Caller, ItemKind, TrackView

MOST = 1000
COMMON = 5_000
"""Songs of a genre above which it is common."""
COUNTED = 10_000
"""As far as a list is counted: beyond it there are "more"."""
_LYRICS = {"lyrics": "own_lyrics", "not_lyrics": "not_own_lyrics"}
View = TypeVar("View")
Build = Callable[[Sequence[Sequence[Any]]], list[View]]


class Ask(NamedTuple):
    """How to list. `sort` is one of `SORTS`, with `-` before it for the other direction; `cursor` is a
    page's `next_cursor`, to be used with the same sort, seed and filters; `limit` is kept within 1 and
    1,000. Sorted by `random`, a `seed` gives an order of its own, the same each time."""

    sort: str = "title"
    cursor: str | None = None
    limit: int = 50
    seed: int | None = None
    counted: bool = False
    """Whether the page is to say how many there are."""


FIRST = Ask()


class Count(NamedTuple):
    total: int
    exact: bool
    """False: there are more than that."""


class Page(NamedTuple, Generic[View]):
    items: Sequence[View]
    next_cursor: str | None
    """None on the last page."""
    counted: Count | None = None


class Browse:
    """`InvalidInput` for a sort or cursor that is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_tracks(self, caller: Caller, filters: Filters, ask: Ask = FIRST) -> Page[TrackView]:
        return await self._page(_List(caller, ItemKind.TRACK, filters, ask), track_views)

    async def list_albums(self, caller: Caller, filters: Filters, ask: Ask = FIRST) -> Page[AlbumView]:
        return await self._page(_List(caller, ItemKind.ALBUM, filters, ask), album_views)

    async def list_artists(self, caller: Caller, filters: Filters, ask: Ask = FIRST) -> Page[ArtistView]:
        """All that are credited anywhere, also without an album of their own."""
        return await self._page(_List(caller, ItemKind.ARTIST, filters, ask), artist_views)

    async def _page(self, wanted: "_List", build: Build[View]) -> Page[View]:
        size = max(1, min(wanted.ask.limit, MOST))
        place, after = wanted.position()
        stretches: list[tuple[int, Columns]] = []
        more = None
        async with self._database.read() as connection:
            await wanted.weigh(connection)
            for number in range(place, len(wanted.parts)):
                left = size - sum(len(found[0]) for _, found in stretches)
                found = await wanted.stretch(connection, number, left + 1, after)
                after = None
                if found:
                    stretches.append((number, [column[:left] for column in found]))
                if found and len(found[0]) > left:
                    more = wanted.cursor(*_end(stretches))
                    break
            count = await wanted.count(connection) if wanted.ask.counted else None
        views = [view for _, found in stretches for view in build(found if found[0] else [])]
        return Page(wanted.shuffled(views), more, count)


def _end(stretches: list[tuple[int, Columns]]) -> tuple[int, Columns]:
    """The last stretch with a row: of the part that was looked into last, none may be on the page."""
    return next(one for one in reversed(stretches) if one[1][0])


class _List:
    """A list that somebody asks for, in its parts."""

    def __init__(self, caller: Caller, kind: ItemKind, filters: Filters, ask: Ask) -> None:
        self.kind, self.ask = kind, ask
        self._seen = sight(caller, filters.libraries, filters.library_ids)
        self._ids = library_ids(caller, filters.libraries)
        self._given, self._typed = given(filters, kind), filters.q or ""
        self._name = ask.sort.removeprefix("-")
        self._seeded = ask.seed is not None and self._name == RANDOM
        self.parts = self._parts()

    def _parts(self) -> tuple[Part, ...]:
        if self._name not in SORTS[self.kind]:
            known = ", ".join(sorted(SORTS[self.kind]))
            raise InvalidInput(f"Unknown sort; known are {known}, each with or without -.")
        descending = self._name != self.ask.sort
        if self._seeded:
            return shuffled(self.kind, descending=descending)
        return sorted_by(self.kind, self._name, descending=descending)

    async def weigh(self, connection: AsyncConnection) -> None:
        """What is meant here and now, and how it is best found.

        Of genres that few are in, the songs are fetched and sorted; else the list is walked, and those that
        are not in them passed over. Lyrics of plugins count where they are shown. Artists are found as a
        search finds them.
        """
        if ranks_of(connection).rule == Rule.OFF:
            for name in _LYRICS.keys() & self._given.keys():
                self._given[_LYRICS[name]] = self._given.pop(name)
        if self.kind is ItemKind.ARTIST and (words := asked_words(self._typed)):
            del self._given["q"]
            self._given["words"] = search_query(connection.dialect.name, words)
        keys = self._given.get("genre")
        if keys and (await connection.scalar(songs_in(keys, self._ids)) or 0) > COMMON:
            self._given["common_genre"] = self._given.pop("genre")

    def wanted(self, part: Part | None = None) -> Listed:
        only = {} if part is None or part.only is None else {part.only: True}
        order = (part or self.parts[0]).order
        made = listed(self.kind, order, self._seen, self._given | only)
        values = {"q_end": f"{self._given.get('q')}{BEYOND}", "start": self._chance().random()}
        return made._replace(values=made.values | values)

    async def stretch(
        self, connection: AsyncConnection, number: int, limit: int, after: Key | None
    ) -> Columns:
        wanted = self.wanted(self.parts[number])
        values = wanted.values | wanted.order.values(limit, after)
        return await lists.page(wanted.shape, after is not None).columns(connection, values)

    async def count(self, connection: AsyncConnection) -> Count:
        wanted = self.wanted()
        found = await lists.count(wanted.shape).columns(connection, wanted.values | {"most": COUNTED + 1})
        total = int(found[0][0])
        return Count(min(total, COUNTED), total <= COUNTED)

    def shuffled(self, views: list[Any]) -> list[Any]:
        """Neighbours on the random column would be neighbours for every seed."""
        if self._seeded:
            self._chance().shuffle(views)
        return views

    def _chance(self) -> Random:
        return Random(self.ask.seed)  # noqa: S311 - an order, not a secret

    @property
    def _order_name(self) -> str:
        return f"{self.ask.sort}:{self.ask.seed}" if self._seeded else self.ask.sort

    def cursor(self, number: int, found: Columns) -> str:
        """After the last row of a stretch of that part."""
        return packed(self._order_name, number, self.parts[number].order.key_of(found))

    def position(self) -> tuple[int, Key | None]:
        """The part and the key to go on after."""
        if self.ask.cursor is None:
            return 0, None
        return unpacked(self.ask.cursor, self._order_name, [part.order for part in self.parts])
