"""Shares: links for people without an account."""

from datetime import datetime
from uuid import UUID

from mcma_plugins.ids import ShareId
from mcma_plugins.values import Shared
from mcma_plugins.web import server_address
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import not_found
from mcma_subsonic.params import Params

_MARK = "sh-"


@endpoint(
    "getShares",
    since="1.6.0",
    notes="The caller's own, for administrators all: the latest 200, with the first 100 songs of each.",
)
async def get_shares(call: Call) -> Node:
    """Those that the caller may manage, the latest 200, each with its first songs."""
    return _told(call, *await call.services.shares.shares(call.caller))


@endpoint(
    "createShare",
    since="1.6.0",
    notes="`id` of songs, albums, artists and playlists, which stay live. What one cannot see is skipped.",
)
async def create_share(call: Call) -> Node:
    """Songs, albums, artists and playlists, in the order of their ids."""
    params = call.params
    params.text("id")
    items = params.known_items("id")
    if not items:
        raise not_found("The item")
    made = await call.services.shares.create(
        call.caller, items, description=params.maybe("description"), expires_at=_expiry(params)
    )
    return _told(call, await call.services.shares.share(call.caller, made.id))


@endpoint("updateShare", since="1.6.0", notes="`expires=0`: it never ends.")
async def update_share(call: Call) -> Node:
    """`expires` of 0 takes the end away."""
    params = call.params
    expires = _expiry(params)
    await call.services.shares.update(
        call.caller,
        _id(params),
        description=params.maybe("description"),
        expires_at=expires,
        endless=expires is None and bool(params.maybe("expires")),
    )
    return {}


@endpoint("deleteShare", since="1.6.0")
async def delete_share(call: Call) -> Node:
    await call.services.shares.delete(call.caller, _id(call.params))
    return {}


def _id(params: Params) -> ShareId:
    text = params.text("id")
    try:
        return ShareId(UUID(text.removeprefix(_MARK)))
    except ValueError:
        raise not_found("The share") from None


def _expiry(params: Params) -> datetime | None:
    """Milliseconds; 0 and nothing are no time."""
    return params.millis("expires")[0] if params.maybe_integer("expires") else None


def _told(call: Call, *found: Shared) -> Node:
    address = server_address(call.request)
    return {"shares": {"share": [_share(one, address) for one in found]}}


def _share(found: Shared, address: str) -> Node:
    view = found.share
    node: Node = {
        "id": f"{_MARK}{view.id}",
        "url": f"{address}{view.path}" if view.path else "",
        "description": view.description or "",
        "username": view.owner,
        "created": shapes.moment(view.created_at),
        "visitCount": view.visits,
        "entry": shapes.songs(found.tracks),
    }
    if view.expires_at is not None:
        node["expires"] = shapes.moment(view.expires_at)
    if view.last_visited_at is not None:
        node["lastVisited"] = shapes.moment(view.last_visited_at)
    return node
