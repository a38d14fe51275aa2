"""Users as their roles. Accounts are managed elsewhere: the account password never opens this API."""

from mcma_plugins.values import UserView
from mcma_subsonic.call import Call, Node, endpoint

_ROLES = {
    "settingsRole": False,
    "downloadRole": True,
    "uploadRole": False,
    "playlistRole": True,
    "coverArtRole": False,
    "commentRole": False,
    "podcastRole": False,
    "streamRole": True,
    "jukeboxRole": False,
    "shareRole": True,
    "videoConversionRole": False,
}


@endpoint("getUser", since="1.3.0", notes="Oneself; an administrator sees everybody")
async def get_user(call: Call) -> Node:
    name = call.params.maybe("username") or call.caller.name
    return {"user": await _user(call, await call.services.users.user(call.caller, name))}


@endpoint("getUsers", since="1.8.0")
async def get_users(call: Call) -> Node:
    return {
        "users": {"user": [await _user(call, view) for view in await call.services.users.users(call.caller)]}
    }


async def _user(call: Call, view: UserView) -> Node:
    node: Node = {"username": view.name, "scrobblingEnabled": True, "adminRole": view.is_admin, **_ROLES}
    if view.id == call.caller.user_id:  # the services do not tell what others may see
        node["folder"] = [library.number for library in await call.services.catalogue.libraries(call.caller)]
    return node
