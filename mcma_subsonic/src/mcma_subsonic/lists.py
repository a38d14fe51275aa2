"""Lists of albums and songs."""

from collections.abc import Sequence

from mcma_plugins.values import AlbumQuery, AlbumSort, AlbumView, RandomQuery, Starred, Window
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import invalid
from mcma_subsonic.params import MAX_INTEGER, Params

MAX_PAGE = 500
"""OpenSubsonic: the most that getAlbumList, getRandomSongs and getSongsByGenre give."""

_SORTS = {
    "random": AlbumSort.RANDOM,
    "newest": AlbumSort.NEWEST,
    "highest": AlbumSort.RATING,
    "frequent": AlbumSort.FREQUENT,
    "recent": AlbumSort.RECENT,
    "starred": AlbumSort.LIKED,
    "alphabeticalByName": AlbumSort.NAME,
    "alphabeticalByArtist": AlbumSort.ARTIST,
    "byGenre": AlbumSort.NAME,
    "byYear": AlbumSort.YEAR,
}
_YEAR = 9999


@endpoint("getAlbumList", since="1.2.0", notes="As getAlbumList2, albums as folders")
async def get_album_list(call: Call) -> Node:
    return {"albumList": {"album": [shapes.album_folder(view) for view in await _albums(call)]}}


@endpoint(
    "getAlbumList2",
    since="1.8.0",
    notes="All ten types; `byYear` from a later to an earlier year is latest first; at most 500 at once",
)
async def get_album_list2(call: Call) -> Node:
    return {"albumList2": {"album": shapes.albums(await _albums(call))}}


async def _albums(call: Call) -> Sequence[AlbumView]:
    return await call.services.catalogue.albums(call.caller, _query(call.params, await call.libraries()))


def _query(params: Params, libraries: Sequence[int] | None) -> AlbumQuery:
    kind = params.text("type")
    if kind not in _SORTS:
        raise invalid(f"Unknown list type; known are {', '.join(sorted(_SORTS))}.")
    window = _window(params, "size")
    if kind == "byYear":
        return _by_year(params, window, libraries)
    genre = params.text("genre") if kind == "byGenre" else None
    return AlbumQuery(_SORTS[kind], window, genre=genre, libraries=libraries)


def _by_year(params: Params, window: Window, libraries: Sequence[int] | None) -> AlbumQuery:
    """From a later to an earlier year means latest first."""
    first, last = params.integer("fromYear", 0, _YEAR), params.integer("toYear", 0, _YEAR)
    sort = AlbumSort.YEAR if first <= last else AlbumSort.YEAR_DESC
    low, high = sorted((first, last))
    return AlbumQuery(sort, window, from_year=low, to_year=high, libraries=libraries)


def _window(params: Params, size: str) -> Window:
    return Window(params.clamped(size, 10, 0, MAX_PAGE), params.clamped("offset", 0, 0, MAX_INTEGER))


@endpoint("getRandomSongs", since="1.2.0", notes="At most 500 at once")
async def get_random_songs(call: Call) -> Node:
    query = RandomQuery(
        limit=call.params.clamped("size", 10, 0, MAX_PAGE),
        genre=call.params.maybe("genre") or None,
        from_year=call.params.maybe_integer("fromYear", 0, _YEAR),
        to_year=call.params.maybe_integer("toYear", 0, _YEAR),
        libraries=await call.libraries(),
    )
    return {
        "randomSongs": {"song": shapes.songs(await call.services.catalogue.random_tracks(call.caller, query))}
    }


@endpoint("getSongsByGenre", since="1.9.0", notes="At most 500 at once")
async def get_songs_by_genre(call: Call) -> Node:
    genre, window = call.params.text("genre"), _window(call.params, "count")
    libraries = await call.libraries()
    tracks = await call.services.catalogue.tracks_by_genre(call.caller, genre, window, libraries)
    return {"songsByGenre": {"song": shapes.songs(tracks)}}


@endpoint("getStarred", since="1.8.0", notes="As getStarred2, albums as folders")
async def get_starred(call: Call) -> Node:
    found = await _starred(call)
    artists = [shapes.artist_entry(view) for view in found.artists]
    albums = [shapes.album_folder(view) for view in found.albums]
    return {"starred": {"artist": artists, "album": albums, "song": shapes.songs(found.tracks)}}


@endpoint("getStarred2", since="1.8.0")
async def get_starred2(call: Call) -> Node:
    found = await _starred(call)
    artists, albums = shapes.artists(found.artists), shapes.albums(found.albums)
    return {"starred2": {"artist": artists, "album": albums, "song": shapes.songs(found.tracks)}}


async def _starred(call: Call) -> Starred:
    return await call.services.listening.starred(call.caller, await call.libraries())
