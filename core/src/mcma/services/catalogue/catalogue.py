"""The library as one caller may see it: the `Catalogue` that adapters are given."""

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from mcma.domain.folding import fold
from mcma.services.catalogue.lookup import one, some
from mcma.services.catalogue.lyrics import lyrics_of
from mcma.services.catalogue.offsets import Offsets
from mcma.services.catalogue.paging import Listed, Pages, listed
from mcma.services.catalogue.search import Search
from mcma.services.people.everyone import Everyone
from mcma.store.access import Sight, library_ids, sight
from mcma.store.engine import Database
from mcma.store.queries import albums, genres, lists, tracks
from mcma.store.queries.lists import Listing
from mcma.store.queries.rows import album_views, track_views
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.values import (
    AlbumQuery,
    AlbumSort,
    AlbumView,
    ArtistView,
    Caller,
    GenreView,
    ItemKind,
    LibraryView,
    Lyrics,
    RandomQuery,
    SearchQuery,
    SearchResult,
    TrackView,
    Window,
)

Numbers = Sequence[int] | None


class CatalogueService:
    """Satisfies `mcma_plugins.services.Catalogue`. Ids of merged items lead to the winner everywhere.

    Lists show what is neither deleted nor missing; an item asked for by its id may be missing.
    """

    def __init__(self, database: Database, offsets: Offsets | None = None) -> None:
        self._database = database
        self._offsets = offsets or Offsets()
        self._search = Search(database, self._offsets)
        self._everyone = Everyone()

    async def libraries(self, caller: Caller) -> Sequence[LibraryView]:
        async with self._database.read() as connection:
            rows = (await connection.execute(genres.shown_libraries(library_ids(caller)))).all()
        views = (LibraryView(*row) for row in rows)
        return [view if caller.is_admin else view._replace(root=None, watch_reason=None) for view in views]

    async def artists(self, caller: Caller, libraries: Numbers = None) -> Sequence[ArtistView]:
        async with self._database.read() as connection:
            return await self._everyone(connection, sight(caller, libraries))

    async def artist(self, caller: Caller, artist_id: ArtistId) -> ArtistView:
        async with self._database.read() as connection:
            found: ArtistView = await one(connection, caller, ItemKind.ARTIST, artist_id)
        return found

    async def artist_albums(
        self, caller: Caller, artist_id: ArtistId, libraries: Numbers = None
    ) -> Sequence[AlbumView]:
        async with self._database.read() as connection:
            seen = sight(caller, libraries)
            prepared = lists.albums_of_artist(seen.scope)
            found = await prepared.columns(connection, seen.values | {"artist": artist_id})
            if not found:
                artist: ArtistView = await one(connection, caller, ItemKind.ARTIST, artist_id)
                found = await prepared.columns(connection, seen.values | {"artist": artist.id})
        return sorted(album_views(found), key=_by_age)

    async def albums(self, caller: Caller, query: AlbumQuery) -> Sequence[AlbumView]:
        given = _given(query) | {f"by_{query.sort}": True if query.sort in albums.TOUCHED else None}
        seen = sight(caller, query.libraries)
        wanted = listed(ItemKind.ALBUM, albums.ORDERS[query.sort], seen, given)
        async with self._database.read() as connection:
            pages = Pages(connection, caller, self._offsets, _album_key(query))
            way = pages.around if query.sort is AlbumSort.RANDOM else pages.at
            return album_views(await way(query.window, wanted))

    async def album(self, caller: Caller, album_id: AlbumId) -> AlbumView:
        async with self._database.read() as connection:
            found: AlbumView = await one(connection, caller, ItemKind.ALBUM, album_id)
        return found

    async def album_editions(self, caller: Caller, album_id: AlbumId) -> Sequence[AlbumView]:
        """Other releases of this album here, the first one first; at most 100."""
        async with self._database.read() as connection:
            album: AlbumView = await one(connection, caller, ItemKind.ALBUM, album_id)
            seen = sight(caller)
            found = await lists.editions(seen.scope).columns(connection, seen.values | {"album": album.id})
        return album_views(found)

    async def album_tracks(self, caller: Caller, album_id: AlbumId) -> Sequence[TrackView]:
        async with self._database.read() as connection:
            seen = sight(caller)
            prepared = lists.tracks_of_album(seen.scope)
            found = await prepared.columns(connection, seen.values | {"album": album_id})
            if not found:
                album: AlbumView = await one(connection, caller, ItemKind.ALBUM, album_id)
                found = await prepared.columns(connection, seen.values | {"album": album.id})
        return track_views(found)

    async def track(self, caller: Caller, track_id: TrackId) -> TrackView:
        async with self._database.read() as connection:
            found: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
        return found

    async def tracks(self, caller: Caller, track_ids: Sequence[TrackId]) -> Sequence[TrackView]:
        async with self._database.read() as connection:
            found = await some(connection, caller, ItemKind.TRACK, track_ids)
        return [found[id_] for id_ in track_ids if id_ in found]

    async def random_tracks(self, caller: Caller, query: RandomQuery) -> Sequence[TrackView]:
        wanted = _random(sight(caller, query.libraries), query)
        async with self._database.read() as connection:
            pages = Pages(connection, caller, self._offsets, "random tracks")
            return track_views(await pages.around(Window(query.limit), wanted))

    async def tracks_by_genre(
        self, caller: Caller, genre: str, window: Window, libraries: Numbers = None
    ) -> Sequence[TrackView]:
        key = fold(genre)
        seen = sight(caller, libraries)
        shape = Listing(ItemKind.TRACK, seen.scope, tracks.BY_GENRE, within_genre=True)
        wanted = Listed(shape, seen.values | {"genre": key})
        async with self._database.read() as connection:
            pages = Pages(connection, caller, self._offsets, ("genre", key, _hashable(libraries)))
            return track_views(await pages.at(window, wanted))

    async def genres(self, caller: Caller, libraries: Numbers = None) -> Sequence[GenreView]:
        async with self._database.read() as connection:
            rows = await connection.execute(genres.counted(library_ids(caller, libraries)))
        return [GenreView(id_, name, int(songs), int(found)) for id_, name, songs, found in rows]

    async def search(self, caller: Caller, query: SearchQuery) -> SearchResult:
        return await self._search(caller, query)

    async def changed_at(self, caller: Caller) -> datetime:
        """The first moment of 1970 for a caller without libraries."""
        async with self._database.read() as connection:
            found = await connection.scalar(genres.last_change(library_ids(caller)))
        return found or datetime.fromtimestamp(0, UTC)

    async def lyrics(self, caller: Caller, track_id: TrackId) -> Sequence[Lyrics]:
        async with self._database.read() as connection:
            track: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
            return await lyrics_of(connection, track.id)


def _random(seen: Sight, query: RandomQuery) -> Listed:
    """Tracks of a genre lie in a random order of their own."""
    years = {"random_from_year": query.from_year, "random_to_year": query.to_year}
    if query.genre is None:
        return listed(ItemKind.TRACK, tracks.RANDOM, seen, years)
    wanted = listed(ItemKind.TRACK, tracks.RANDOM_BY_GENRE, seen, years, within_genre=True)
    return wanted._replace(values=wanted.values | {"genre": fold(query.genre)})


def _given(query: AlbumQuery) -> dict[str, Any]:
    genres = None if query.genre is None else [fold(query.genre)]
    return {"genre": genres, "from_year": query.from_year, "to_year": query.to_year}


def _by_age(view: AlbumView) -> tuple[str, str, UUID]:
    """ISO dates of any precision sort as text; what has none comes last."""
    return view.original_date or view.date or str(view.year or "9999"), fold(view.sort_title), view.id


def _hashable(numbers: Numbers) -> Hashable:
    return None if numbers is None else tuple(sorted(numbers))


def _album_key(query: AlbumQuery) -> Hashable:
    return ("albums", query.sort, query.genre, query.from_year, query.to_year, _hashable(query.libraries))
