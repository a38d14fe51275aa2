"""What to go on with: bookmarks, and the play queue that all Subsonic clients of a user share."""

from uuid import UUID

from mcma_plugins.ids import TrackId
from mcma_plugins.values import BookmarkView, ItemKind, QueueView
from mcma_subsonic import ids, shapes
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import invalid, missing
from mcma_subsonic.params import Params

_MAX_POSITION = 2**53 - 1
_MAX_INDEX = 1_000_000
_NEVER = "1970-01-01T00:00:00.000Z"
_NO_TRACK = TrackId(UUID(int=0))


@endpoint("getBookmarks", since="1.9.0")
async def get_bookmarks(call: Call) -> Node:
    views = await call.services.bookmarks.bookmarks(call.caller)
    return {"bookmarks": {"bookmark": [_bookmark(call, view) for view in views]}}


@endpoint("createBookmark", since="1.9.0")
async def create_bookmark(call: Call) -> Node:
    params = call.params
    track = _track(params)
    position = params.integer("position", 0, _MAX_POSITION)
    await call.services.bookmarks.save(call.caller, track, position, params.maybe("comment"))
    return {}


@endpoint("deleteBookmark", since="1.9.0")
async def delete_bookmark(call: Call) -> Node:
    await call.services.bookmarks.remove(call.caller, _track(call.params))
    return {}


@endpoint("savePlayQueue", since="1.12.0", notes="Without `id` the queue is cleared")
async def save_play_queue(call: Call) -> Node:
    """`current` is an id; of a song that is in the queue twice it means the first. Some clients leave it out:
    then it is the first song."""
    songs, current = call.params.texts("id"), call.params.maybe("current")
    if songs and current and current not in songs:
        raise invalid("Parameter 'current' must be one of the ids.")
    return await _save(call, songs.index(current) if songs and current else 0)


@endpoint("savePlayQueueByIndex", since="indexBasedQueue", notes="Without `id` the queue is cleared")
async def save_play_queue_by_index(call: Call) -> Node:
    songs = call.params.texts("id")
    if not songs:
        return await _save(call, 0)
    if call.params.maybe_integer("currentIndex") is None:
        raise missing("currentIndex")
    return await _save(call, call.params.integer("currentIndex", 0, len(songs) - 1))


@endpoint("getPlayQueue", since="1.12.0")
async def get_play_queue(call: Call) -> Node:
    found, node = await _queue(call)
    if found is not None and found.current is not None:
        node["current"] = ids.track_id(found.tracks[found.current].id)
    return {"playQueue": node}


@endpoint("getPlayQueueByIndex", since="indexBasedQueue")
async def get_play_queue_by_index(call: Call) -> Node:
    found, node = await _queue(call)
    if found is not None and found.current is not None:
        node["currentIndex"] = found.current
    return {"playQueueByIndex": node}


def _track(params: Params) -> TrackId:
    return TrackId(params.item("id", ItemKind.TRACK).id)


def _bookmark(call: Call, view: BookmarkView) -> Node:
    node: Node = {
        "position": view.position_ms,
        "username": call.caller.name,
        "created": shapes.moment(view.created_at),
        "changed": shapes.moment(view.changed_at),
        "entry": shapes.song(view.track),
    }
    return node if view.comment is None else {**node, "comment": view.comment}


async def _save(call: Call, current: int) -> Node:
    """Ids that cannot exist count as songs that are gone, so that an index stays right."""
    tracks = [_known(text) for text in call.params.texts("id")]
    position = call.params.maybe_integer("position", 0, _MAX_POSITION)
    await call.services.queues.save(call.caller, tracks, current=current, position_ms=position or 0)
    return {}


def _known(text: str) -> TrackId:
    item = ids.parse(text)
    return TrackId(item.id) if item is not None and item.kind is ItemKind.TRACK else _NO_TRACK


async def _queue(call: Call) -> tuple[QueueView | None, Node]:
    """An empty queue still needs an owner and a time: strict clients fail without."""
    found = await call.services.queues.queue(call.caller)
    if found is None:
        client = call.caller.client
        return None, {"username": call.caller.name, "changed": _NEVER, "changedBy": client, "entry": []}
    return found, {
        "username": call.caller.name,
        "changed": shapes.moment(found.changed_at),
        "changedBy": found.changed_by,
        "position": found.position_ms,
        "entry": shapes.songs(found.tracks),
    }
