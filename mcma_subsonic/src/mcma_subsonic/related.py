"""What is known around an artist, an album or a song: from this library alone, nothing is asked outside.

Always "ok", also when nothing is known: web players load a page's calls together and show nothing when one
fails.
"""

from collections.abc import Sequence
from random import randrange

from mcma_plugins.abouts import About
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.values import ArtistView, Credit, ItemKind, ItemRef, SearchQuery, TrackView, Window
from mcma_plugins.web import server_address
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint

MOST = 500
_FEW = Window(20)
_SIMILAR = (ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST)


_TEXTS = (
    "Texts are what people or plugins have put in; pictures open without a login, for a week. Nothing is "
    "asked outside, so there is no `lastFmUrl`"
)


@endpoint("getArtistInfo", since="1.11.0", notes=f"Also by the id of a song or an album. {_TEXTS}")
async def get_artist_info(call: Call) -> Node:
    node, similar = await _artist_info(call)
    return {"artistInfo": node | {"similarArtist": [shapes.artist_entry(view) for view in similar]}}


@endpoint("getArtistInfo2", since="1.11.0", notes="As getArtistInfo")
async def get_artist_info2(call: Call) -> Node:
    node, similar = await _artist_info(call)
    return {"artistInfo2": node | {"similarArtist": shapes.artists(similar)}}


async def _artist_info(call: Call) -> tuple[Node, list[ArtistView]]:
    """Similar artists are always present ones, so `includeNotPresent` has nothing to add."""
    count = call.params.clamped("count", 20, 0, MOST)
    call.params.flag("includeNotPresent", False)
    item = await _artist_of(call, call.params.item("id"))
    if item is None:
        return {}, []
    node = _told(call, await call.services.about.about(call.caller, item), "biography")
    if not count:
        return node, []
    found = await call.services.similar.similar_artists(call.caller, ArtistId(item.id), count)
    return node, [one.artist for one in found.items]


async def _artist_of(call: Call, item: ItemRef) -> ItemRef | None:
    """Apps that browse folders send the id of whatever they show."""
    if item.kind is ItemKind.ARTIST:
        return item
    credits: Sequence[Credit] = ()
    if item.kind is ItemKind.ALBUM:
        credits = (await call.services.catalogue.album(call.caller, AlbumId(item.id))).artists
    elif item.kind is ItemKind.TRACK:
        credits = (await call.services.catalogue.track(call.caller, TrackId(item.id))).artists
    return ItemRef(ItemKind.ARTIST, credits[0].artist_id) if credits else None


@endpoint("getAlbumInfo", since="1.14.0", notes=f"Also by the id of a song. {_TEXTS}")
@endpoint("getAlbumInfo2", since="1.14.0", notes="As getAlbumInfo; the key is `albumInfo` as well")
async def get_album_info(call: Call) -> Node:
    item: ItemRef | None = call.params.item("id")
    if item is not None and item.kind is ItemKind.TRACK:
        album = (await call.services.catalogue.track(call.caller, TrackId(item.id))).album_id
        item = None if album is None else ItemRef(ItemKind.ALBUM, album)
    if item is None or item.kind is not ItemKind.ALBUM:
        return {"albumInfo": {}}
    return {"albumInfo": _told(call, await call.services.about.about(call.caller, item), "notes")}


def _told(call: Call, about: About, key: str) -> Node:
    address = server_address(call.request)
    node: Node = {f"{size}ImageUrl": address + path for size, path in about.pictures._asdict().items()}
    if about.told is not None:
        node[key] = about.told.text
    if about.mbid is not None:
        node["musicBrainzId"] = str(about.mbid)
    return node


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
