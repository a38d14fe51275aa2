"""Browsing by folders: a tree made of artists, their albums and those albums' songs.

Real folders are not shown: apps key what they keep on these ids, and folders move.
"""

import re

from mcma_plugins.ids import AlbumId, ArtistId
from mcma_plugins.values import ItemKind, ItemRef
from mcma_subsonic import ids, shapes
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import not_found
from mcma_subsonic.indexes import grouped

_LIBRARY = re.compile(r"[0-9]{1,9}", re.ASCII)


@endpoint(
    "getIndexes",
    since="1.0.0",
    notes="A tree of artists, albums and songs: real folders are not shown. `ifModifiedSince` works",
)
async def get_indexes(call: Call) -> Node:
    """With `ifModifiedSince` of the last change or later there is no `index` at all, so that the client keeps
    what it has."""
    changed = int((await call.services.catalogue.changed_at(call.caller)).timestamp() * 1000)
    node: Node = {"ignoredArticles": call.settings.ignored_articles, "lastModified": changed}
    known = call.params.maybe_integer("ifModifiedSince")
    if known is None or known < changed:
        node |= {"shortcut": [], "child": [], "index": await _index(call)}
    return {"indexes": node}


async def _index(call: Call) -> list[Node]:
    views = await call.services.catalogue.artists(call.caller, await call.libraries())
    groups = grouped(views, call.settings.ignored_articles.split())
    return [
        {"name": name, "artist": [shapes.artist_entry(view) for view in members]} for name, members in groups
    ]


@endpoint("getMusicDirectory", since="1.0.0", notes="Takes music folders, artists and albums")
async def get_music_directory(call: Call) -> Node:
    text = call.params.text("id")
    if _LIBRARY.fullmatch(text):
        return {"directory": await _library(call, int(text))}
    item = ids.parse(text)
    if item is None or item.kind not in _READERS:
        raise not_found("The folder")
    return {"directory": await _READERS[item.kind](call, item)}


async def _library(call: Call, number: int) -> Node:
    for library in await call.services.catalogue.libraries(call.caller):
        if library.number == number:
            artists = await call.services.catalogue.artists(call.caller, [number])
            children = [shapes.artist_folder(view) for view in artists]
            return {"id": str(number), "name": library.name, "child": children}
    raise not_found("The music folder")


async def _artist(call: Call, item: ItemRef) -> Node:
    view = await call.services.catalogue.artist(call.caller, ArtistId(item.id))
    albums = await call.services.catalogue.artist_albums(call.caller, view.id)
    return shapes.artist_entry(view) | {"child": [shapes.album_folder(each) for each in albums]}


async def _album(call: Call, item: ItemRef) -> Node:
    view = await call.services.catalogue.album(call.caller, AlbumId(item.id))
    tracks = await call.services.catalogue.album_tracks(call.caller, view.id)
    shown = shapes.album_folder(view)
    keys = ("id", "parent", "name", "starred", "userRating", "playCount", "coverArt")
    return {key: shown[key] for key in keys if key in shown} | {"child": shapes.songs(tracks)}


_READERS = {ItemKind.ARTIST: _artist, ItemKind.ALBUM: _album}
