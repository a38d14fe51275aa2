"""Search. Offline apps copy the library by searching for nothing, so that has to list everything."""

from mcma_plugins.values import SearchQuery, SearchResult, Window
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.params import MAX_INTEGER, Params

MAX_RESULTS = 10_000
"""Per kind. Far above what apps ask for: one that gets less than it asked for believes it has everything."""


@endpoint(
    "search3",
    since="1.8.0",
    notes='An empty query and `""` list everything, in a stable order; at most 10,000 of a kind at once',
)
async def search3(call: Call) -> Node:
    found = await _search(call)
    artists, albums = shapes.artists(found.artists), shapes.albums(found.albums)
    return {"searchResult3": {"artist": artists, "album": albums, "song": shapes.songs(found.tracks)}}


@endpoint("search2", since="1.4.0", notes="As search3, albums as folders")
async def search2(call: Call) -> Node:
    found = await _search(call)
    artists = [shapes.artist_entry(view) for view in found.artists]
    albums = [shapes.album_folder(view) for view in found.albums]
    return {"searchResult2": {"artist": artists, "album": albums, "song": shapes.songs(found.tracks)}}


@endpoint("search", since="1.0.0", notes="Deprecated since 1.4.0. Finds songs")
async def search(call: Call) -> Node:
    """Deprecated since 1.4.0: songs only, whichever of its fields is filled."""
    params, nothing = call.params, Window(0)
    filled = (params.maybe(name) for name in ("any", "title", "album", "artist"))
    text, libraries = next(filter(None, filled), ""), await call.libraries()
    query = SearchQuery(text, nothing, nothing, _page(params), libraries)
    found = await call.services.catalogue.search(call.caller, query)
    offset, matches = query.tracks.offset, shapes.songs(found.tracks)
    return {"searchResult": {"offset": offset, "totalHits": offset + len(matches), "match": matches}}


async def _search(call: Call) -> SearchResult:
    query = SearchQuery(
        query_text(call.params.maybe("query") or ""),
        artists=_window(call.params, "artist"),
        albums=_window(call.params, "album"),
        tracks=_window(call.params, "song"),
        libraries=await call.libraries(),
    )
    return await call.services.catalogue.search(call.caller, query)


def query_text(text: str) -> str:
    """Two quote characters are how apps write an empty query; a star at the end is Lucene's, not ours."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return text.strip().rstrip("*").strip()


def _window(params: Params, kind: str) -> Window:
    return _page(params, f"{kind}Count", f"{kind}Offset")


def _page(params: Params, count: str = "count", offset: str = "offset") -> Window:
    return Window(params.clamped(count, 20, 0, MAX_RESULTS), params.clamped(offset, 0, 0, MAX_INTEGER))
