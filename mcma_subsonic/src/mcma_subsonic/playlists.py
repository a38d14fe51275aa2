"""Playlists."""

from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.values import ItemKind, PlaylistView
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import Code, SubsonicError
from mcma_subsonic.params import Params

_MAX_INDEX = 1_000_000


@endpoint(
    "getPlaylists",
    since="1.0.0",
    notes="Own and public ones; `username` is for administrators: the public ones of that user",
)
async def get_playlists(call: Call) -> Node:
    """`username` is for admins who look at somebody else's; with one's own name it changes nothing."""
    owner = call.params.maybe("username") or None
    if owner is not None:
        found = await call.services.users.user(call.caller, owner)  # unless it is for the caller to know
        owner = None if found.id == call.caller.user_id else found.name
    views = await call.services.playlists.playlists(call.caller, owner)
    return {"playlists": {"playlist": [_shown(call, view) for view in views]}}


@endpoint(
    "getPlaylist",
    since="1.0.0",
    notes="Rows that still wait for their song are left out, of counts and indexes as well",
)
async def get_playlist(call: Call) -> Node:
    view = await call.services.playlists.playlist(call.caller, _playlist_id(call.params, "id"))
    return await _with_entries(call, view)


@endpoint("createPlaylist", since="1.2.0", notes="With `playlistId` the songs of that playlist are replaced")
async def create_playlist(call: Call) -> Node:
    """With `playlistId` the songs of that playlist are replaced."""
    tracks = _tracks(call.params, "songId")
    service = call.services.playlists
    if not call.params.maybe("playlistId"):
        return await _with_entries(call, await service.create(call.caller, call.params.text("name"), tracks))
    id_ = await _writable(call, "playlistId")
    view = await service.replace(call.caller, id_, tracks, name=call.params.maybe("name") or None)
    return await _with_entries(call, view)


@endpoint(
    "updatePlaylist",
    since="1.8.0",
    notes="Songs are removed first, by their places before the call, then added. Smart ones are read-only",
)
async def update_playlist(call: Call) -> Node:
    params = call.params
    await call.services.playlists.edit(
        call.caller,
        await _writable(call, "playlistId"),
        name=params.maybe("name") or None,
        comment=params.maybe("comment"),
        public=params.maybe_flag("public"),
        add=_tracks(params, "songIdToAdd"),
        remove_at=params.integers("songIndexToRemove", 0, _MAX_INDEX),
    )
    return {}


@endpoint("deletePlaylist", since="1.2.0")
async def delete_playlist(call: Call) -> Node:
    await call.services.playlists.delete(call.caller, await _writable(call, "id"))
    return {}


def _playlist_id(params: Params, name: str) -> PlaylistId:
    return PlaylistId(params.item(name, ItemKind.PLAYLIST).id)


async def _writable(call: Call, name: str) -> PlaylistId:
    """What `readonly` says holds for everything: apps show no button that would be refused."""
    view = await call.services.playlists.playlist(call.caller, _playlist_id(call.params, name))
    if view.smart:
        raise SubsonicError(Code.FORBIDDEN, "A smart playlist fills itself. Change its rules in mcma.")
    if view.follows:
        raise SubsonicError(Code.FORBIDDEN, "It follows a playlist elsewhere. Copy it to change it.")
    return view.id


def _tracks(params: Params, name: str) -> list[TrackId]:
    return [TrackId(item.id) for item in params.items(name, ItemKind.TRACK)]


def _shown(call: Call, view: PlaylistView) -> Node:
    return shapes.playlist(view, own=view.owner_id == call.caller.user_id or call.caller.is_admin)


async def _with_entries(call: Call, view: PlaylistView) -> Node:
    """Rows that still wait for a track are left out; the services do not count them either."""
    rows = await call.services.playlists.entries(call.caller, view.id)
    tracks = [row.track for row in rows if row.track is not None]
    return {"playlist": _shown(call, view) | {"songCount": len(tracks), "entry": shapes.songs(tracks)}}
