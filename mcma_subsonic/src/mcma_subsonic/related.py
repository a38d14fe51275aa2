"""What is known around an artist, an album or a song: from this library alone, nothing is asked outside.

Always "ok", also when nothing is known: web players load a page's calls together and show nothing when one
fails.
"""

from random import randrange

from mcma_plugins.ids import AlbumId, ArtistId
from mcma_plugins.values import ArtistView, ItemKind, SearchQuery, TrackView, Window
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint

MOST = 500
_FEW = Window(20)
_SIMILAR = (ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST)


@endpoint(
    "getArtistInfo",
    since="1.11.0",
    notes="From this library alone; empty when nothing is known, never an error",
)
async def get_artist_info(call: Call) -> Node:
    node, similar = await _artist_info(call)
    return {"artistInfo": node | {"similarArtist": [shapes.artist_entry(view) for view in similar]}}


@endpoint(
    "getArtistInfo2",
    since="1.11.0",
    notes="From this library alone; empty when nothing is known, never an error",
)
async def get_artist_info2(call: Call) -> Node:
    node, similar = await _artist_info(call)
    return {"artistInfo2": node | {"similarArtist": shapes.artists(similar)}}


async def _artist_info(call: Call) -> tuple[Node, list[ArtistView]]:
    """Similar artists are always present ones, so `includeNotPresent` has nothing to add."""
    count = call.params.clamped("count", 20, 0, MOST)
    item = call.params.item("id")
    if item.kind is not ItemKind.ARTIST:
        return {}, []
    id_ = ArtistId(item.id)
    view = await call.services.catalogue.artist(call.caller, id_)
    found = await call.services.similar.similar_artists(call.caller, id_, count) if count else None
    similar = [one.artist for one in found.items] if found else []
    return ({"musicBrainzId": str(view.mbid)} if view.mbid else {}), similar


@endpoint("getAlbumInfo", since="1.14.0", notes="Empty when nothing is known, never an error")
@endpoint(
    "getAlbumInfo2",
    since="1.14.0",
    notes="Empty when nothing is known, never an error; the key is `albumInfo` as well",
)
async def get_album_info(call: Call) -> Node:
    """The key is albumInfo for both."""
    item = call.params.item("id")
    if item.kind is not ItemKind.ALBUM:
        return {"albumInfo": {}}
    view = await call.services.catalogue.album(call.caller, AlbumId(item.id))
    return {"albumInfo": {"musicBrainzId": str(view.mbid)} if view.mbid else {}}


@endpoint(
    "getSimilarSongs",
    since="1.11.0",
    notes="From this library alone; takes songs, albums and artists",
)
async def get_similar_songs(call: Call) -> Node:
    return {"similarSongs": {"song": shapes.songs(await _similar(call))}}


@endpoint(
    "getSimilarSongs2",
    since="1.11.0",
    notes="From this library alone; takes songs, albums and artists",
)
async def get_similar_songs2(call: Call) -> Node:
    return {"similarSongs2": {"song": shapes.songs(await _similar(call))}}


async def _similar(call: Call) -> list[TrackView]:
    """What the specification calls a random collection: another one each time. Apps send ids of songs,
    albums and artists to both calls."""
    item = call.params.item("id")
    count = call.params.clamped("count", 50, 0, MOST)
    if item.kind not in _SIMILAR or not count:
        return []
    shuffle = randrange(2**32)  # noqa: S311
    found = await call.services.similar.similar_tracks(call.caller, item, count, shuffle=shuffle)
    return [one.track for one in found.items]


@endpoint(
    "getTopSongs",
    since="1.13.0",
    notes="From this library alone: what is heard most here. By `id` or `artist`; an unknown name has none",
)
async def get_top_songs(call: Call) -> Node:
    count = call.params.clamped("count", 50, 0, MOST)
    artist = await _top_artist(call)
    if artist is None or not count:
        return {"topSongs": {"song": []}}
    found = await call.services.similar.top_tracks(call.caller, artist, count)
    return {"topSongs": {"song": shapes.songs(found)}}


async def _top_artist(call: Call) -> ArtistId | None:
    """The id goes first (extension topSongsByArtistId)."""
    if call.params.maybe("id"):
        return ArtistId(call.params.item("id", ItemKind.ARTIST).id)
    found = await _named(call, (call.params.maybe("artist") or "").strip())
    return None if found is None else found.id


async def _named(call: Call, name: str) -> ArtistView | None:
    """The artist of this name, whatever its case."""
    if not name:
        return None
    nothing = Window(0)
    query = SearchQuery(name, _FEW, nothing, nothing)
    found = (await call.services.catalogue.search(call.caller, query)).artists
    return next((view for view in found if view.name.casefold() == name.casefold()), None)
