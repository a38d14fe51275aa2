"""Search: candidates from the full-text index, ranked here; nothing typed lists everything."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.folding import fold, query_words
from mcma.domain.ranking import rank, rank_of_name
from mcma.services.catalogue.lookup import BUILDERS, chunks
from mcma.services.catalogue.offsets import Offsets
from mcma.services.catalogue.paging import Pages, listed
from mcma.store.access import Sight, sight
from mcma.store.dialect import search_query
from mcma.store.engine import Database
from mcma.store.queries import lists
from mcma.store.queries.keyset import Order
from mcma.store.queries.prepared import Columns
from mcma_plugins.values import Caller, ItemKind, SearchQuery, SearchResult, Window

MOST = 200
"""Candidates of one kind that are ranked. Where there are more, the best names are looked up beside them."""
_KINDS = (ItemKind.ARTIST, ItemKind.ALBUM, ItemKind.TRACK)
Windows = dict[ItemKind, Window]
Found = dict[ItemKind, Sequence[Any]]


class Search:
    """One call is one search of one caller.

    Words are prefixes and all must be there; albums are found by their artist too, tracks by artist and
    album. A MusicBrainz id finds what carries it. Text without any letter or digit finds nothing.
    """

    def __init__(self, database: Database, offsets: Offsets) -> None:
        self._database = database
        self._offsets = offsets

    async def __call__(self, caller: Caller, query: SearchQuery) -> SearchResult:
        windows = dict(zip(_KINDS, (query.artists, query.albums, query.tracks), strict=True))
        asked = {kind: window for kind, window in windows.items() if window.limit > 0}
        async with self._database.read() as connection:
            found = await self._way(connection, caller, query)(asked) if asked else {}
        return SearchResult(*(found.get(kind, []) for kind in _KINDS))

    def _way(
        self, connection: AsyncConnection, caller: Caller, query: SearchQuery
    ) -> Callable[[Windows], Awaitable[Found]]:
        text, seen = query.text.strip(), sight(caller, query.libraries)
        if not text:
            return _Everything(connection, caller, query.libraries, seen, self._offsets).found
        mbid = _mbid(text)
        if mbid is not None:
            return _ByMbid(connection, seen, mbid).found
        return _Words(connection, fold(text), asked_words(text), seen).found


class _Everything(NamedTuple):
    connection: AsyncConnection
    caller: Caller
    numbers: Sequence[int] | None
    seen: Sight
    offsets: Offsets

    async def found(self, asked: Windows) -> Found:
        """By primary key, the one order that never changes."""
        return {kind: await self._page(kind, window) for kind, window in asked.items()}

    async def _page(self, kind: ItemKind, window: Window) -> Sequence[Any]:
        key = ("everything", kind, None if self.numbers is None else tuple(sorted(self.numbers)))
        wanted = listed(kind, lists.KINDS[kind][1].BY_ID, self.seen, {})
        pages = Pages(self.connection, self.caller, self.offsets, key)
        return BUILDERS[kind](await pages.at(window, wanted))


class _ByMbid(NamedTuple):
    connection: AsyncConnection
    seen: Sight
    mbid: UUID

    async def found(self, asked: Windows) -> Found:
        return {kind: await self._page(kind, window) for kind, window in asked.items()}

    async def _page(self, kind: ItemKind, window: Window) -> Sequence[Any]:
        values = Order.values(window.limit, None, window.offset) | {"mbid": self.mbid}
        prepared = lists.by_mbid(kind, self.seen.scope)
        return BUILDERS[kind](await prepared.columns(self.connection, self.seen.values | values))


class _Words(NamedTuple):
    """Three questions at most for all kinds: what has the words, what is called that, and the items."""

    connection: AsyncConnection
    text: str
    words: list[str]
    seen: Sight

    async def found(self, asked: Windows) -> Found:
        if not self.words:
            return {}
        ranked = await self._ranked(tuple(asked))
        wanted = {
            kind: ranked[kind][window.offset : window.offset + window.limit] for kind, window in asked.items()
        }
        return {kind: await self._items(kind, ids) for kind, ids in wanted.items() if ids}

    async def _items(self, kind: ItemKind, wanted: Sequence[UUID]) -> Sequence[Any]:
        found: dict[UUID, Any] = {}
        for part in chunks(wanted):
            prepared, values = lists.by_ids(kind, self.seen.scope, part, shown=True)
            views = BUILDERS[kind](await prepared.columns(self.connection, self.seen.values | values))
            found |= {view.id: view for view in views}
        return [found[id_] for id_ in wanted if id_ in found]

    async def _ranked(self, kinds: tuple[ItemKind, ...]) -> dict[ItemKind, list[UUID]]:
        """Each item once, best first; ties in the order of their ids, so that pages fit together."""
        ranked: dict[ItemKind, list[Any]] = {kind: [] for kind in kinds}
        for kind, id_, words in await self._candidates(kinds):
            ranked[kind].append((rank(words, self.words), id_))
        many = tuple(kind for kind in kinds if len(ranked[kind]) == MOST)
        for kind, id_, key in await self._named(many) if many else ():
            ranked[kind].append((rank_of_name(key, self.text), id_))
        return {kind: list(dict.fromkeys(id_ for _, id_ in sorted(each))) for kind, each in ranked.items()}

    async def _candidates(self, kinds: tuple[ItemKind, ...]) -> Iterable[Any]:
        dialect = self.connection.dialect.name
        prepared = lists.matching(kinds, self.seen.scope, dialect, MOST)
        values = self.seen.values | {"query": search_query(dialect, self.words)}
        return _rows(await prepared.columns(self.connection, values))

    async def _named(self, kinds: tuple[ItemKind, ...]) -> Iterable[Any]:
        values = self.seen.values | {"q": self.text, "q_end": f"{self.text}{lists.BEYOND}"}
        return _rows(await lists.named(kinds, self.seen.scope).columns(self.connection, values))


def _rows(columns: Columns) -> Iterable[tuple[ItemKind, UUID, str]]:
    """The kind as its bare name, which is as good as a key."""
    return zip(*columns, strict=True)


def asked_words(text: str) -> list[str]:
    """The full-text engines refuse very long words and very many of them."""
    return [word[:64] for word in query_words(text)[:16]]


def _mbid(text: str) -> UUID | None:
    if len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
