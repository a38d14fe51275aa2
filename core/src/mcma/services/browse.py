"""Lists for the native API: filtered, sorted, paged by cursors that stay right while the library changes."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlmodel import UTCDateTime

from mcma.domain.errors import InvalidInput
from mcma.domain.folding import fold
from mcma.services.paging import Build, Listed, listed
from mcma.store.access import sight
from mcma.store.engine import Database
from mcma.store.queries.keyset import Key, Order
from mcma.store.queries.lists import BEYOND, FILTERS, page
from mcma.store.queries.rows import album_views, artist_views, track_views
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma.store.types import Id
from mcma_plugins.values import AlbumView, ArtistView, Caller, ItemKind, TrackView

MOST = 1000
View = TypeVar("View")

_PLAYS = sa.func.coalesce(user_items.c.play_count, 0)
_RATING = sa.func.coalesce(user_items.c.rating, 0)
Columns = tuple[sa.ColumnElement[Any], ...]


def _sorts(table: sa.Table, **more: Columns) -> dict[str, Columns]:
    """What all kinds can be sorted by. What has no year or rating comes first, with `-` last."""
    shared: dict[str, Columns] = {
        "title": (table.c.sort_key,),
        "created": (table.c.created_at,),
        "random": (table.c.rnd,),
        "rating": (_RATING, table.c.sort_key),
        "plays": (_PLAYS, table.c.sort_key),
    }
    return {name: (*columns, table.c.id) for name, columns in {**shared, **more}.items()}


TRACK_SORTS = _sorts(
    c.tracks,
    album=(sa.func.coalesce(c.albums.c.sort_key, ""), sa.func.coalesce(c.tracks.c.disc, 1),
           sa.func.coalesce(c.tracks.c.track, 0)),
    artist=(sa.func.coalesce(c.albums.c.artist_key, ""), c.tracks.c.sort_key),
    year=(sa.func.coalesce(c.tracks.c.year, 0), c.tracks.c.sort_key),
    duration=(c.tracks.c.duration_ms,),
)  # fmt: skip
"""`random` is one shuffled order that stays; `title`, `created` and `random` follow an index."""
ALBUM_SORTS = _sorts(
    c.albums,
    artist=(c.albums.c.artist_key, c.albums.c.sort_key),
    year=(sa.func.coalesce(c.albums.c.year, 0), c.albums.c.sort_key),
    duration=(c.albums.c.duration_ms,),
)
ARTIST_SORTS = _sorts(c.artists)
_SORTS = {ItemKind.TRACK: TRACK_SORTS, ItemKind.ALBUM: ALBUM_SORTS, ItemKind.ARTIST: ARTIST_SORTS}


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list; None leaves a field open. Those that a kind does not have are not looked at."""

    libraries: Sequence[int] | None = None
    """Numbers."""
    library_ids: Sequence[UUID] | None = None
    artist_id: UUID | None = None
    album_id: UUID | None = None
    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None
    liked: bool | None = None
    q: str | None = None
    """The beginning of the title, in any case and with or without accents."""
    status: str | None = None
    """metadata_status."""


class Page(NamedTuple, Generic[View]):
    items: Sequence[View]
    next_cursor: str | None
    """None on the last page."""


class Browse:
    """`sort` is one of `..._SORTS`, with `-` before it for the other direction.

    `cursor` is a page's `next_cursor`, to be used with the same sort and filters. `InvalidInput` for a
    sort or cursor that is none; `limit` is kept within 1 and 1,000.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_tracks(
        self,
        caller: Caller,
        filters: Filters,
        sort: str = "title",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[TrackView]:
        wanted = _wanted(caller, filters, ItemKind.TRACK, sort)
        return await self._page(wanted, sort, cursor, limit, track_views)

    async def list_albums(
        self,
        caller: Caller,
        filters: Filters,
        sort: str = "title",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[AlbumView]:
        wanted = _wanted(caller, filters, ItemKind.ALBUM, sort)
        return await self._page(wanted, sort, cursor, limit, album_views)

    async def list_artists(
        self,
        caller: Caller,
        filters: Filters,
        sort: str = "title",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[ArtistView]:
        """All that are credited anywhere, also without an album of their own."""
        wanted = _wanted(caller, filters, ItemKind.ARTIST, sort)
        return await self._page(wanted, sort, cursor, limit, artist_views)

    async def _page(
        self, wanted: Listed, sort: str, cursor: str | None, limit: int, build: Build[View]
    ) -> Page[View]:
        order, size = wanted.order, max(1, min(limit, MOST))
        after = None if cursor is None else _key(cursor, sort, order)
        values = wanted.values | order.values(size + 1, after)
        async with self._database.read() as connection:
            found = await page(wanted.shape, after is not None).columns(connection, values)
        if not found or len(found[0]) <= size:
            return Page(build(found), None)
        more = _cursor(sort, order.key_of(found, size - 1))
        return Page(build([column[:size] for column in found]), more)


def _wanted(caller: Caller, filters: Filters, kind: ItemKind, sort: str) -> Listed:
    seen = sight(caller, filters.libraries, filters.library_ids)
    given = _given(filters)
    known = {name: given[name] for name in FILTERS[kind].keys() & given.keys()}
    made = listed(kind, _order(kind, sort), seen, known)
    return made._replace(values=made.values | {"q_end": f"{given['q']}{BEYOND}"})


def _given(filters: Filters) -> dict[str, Any]:
    """Values by the names that the queries have for them; those of switches are not looked at."""
    return {
        "artist": filters.artist_id,
        "album": filters.album_id,
        "genre": None if filters.genre is None else fold(filters.genre),
        "from_year": filters.from_year,
        "to_year": filters.to_year,
        "liked": filters.liked or None,
        "not_liked": True if filters.liked is False else None,
        "q": fold(filters.q) if filters.q else None,
        "status": filters.status,
    }


@lru_cache(256)
def _order(kind: ItemKind, sort: str) -> Order:
    """One object per order: what is prepared is remembered by it."""
    name, sorts = sort.removeprefix("-"), _SORTS[kind]
    if name not in sorts:
        raise InvalidInput(f"Unknown sort; known are {', '.join(sorted(sorts))}, each with or without -.")
    return Order(sorts[name], descending=name != sort)


def _cursor(sort: str, key: Key) -> str:
    packed = orjson.dumps([sort, *(_plain(value) for value in key)])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else str(value)


def _key(cursor: str, sort: str, order: Order) -> Key:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        made_for, *values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if made_for != sort:
            raise ValueError("another sort")
        return tuple(_typed(value, column) for value, column in zip(values, order.columns, strict=True))
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput("This cursor is not one of this list.") from error


def _typed(value: Any, column: sa.ColumnElement[Any]) -> Any:
    if isinstance(column.type, Id):
        return UUID(value)
    if isinstance(column.type, UTCDateTime):
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a time without its offset")
        return at
    kind = column.type.python_type
    if isinstance(value, bool) or not isinstance(value, (kind, int) if kind is float else kind):
        raise TypeError("not a value of this column")
    if (isinstance(value, int) and abs(value) >= 2**31) or (isinstance(value, str) and "\0" in value):
        raise ValueError("not a value the database takes")
    return value
