"""Users: shown as their roles, made and changed by administrators.

The password of createUser, updateUser and changePassword is the account's, which opens the native API and
never this one: whoever is made here logs in there, and makes an app password for the app.
"""

from collections.abc import Sequence

from mcma_plugins.ids import LibraryId
from mcma_plugins.values import Right, UserChange, UserView
from mcma_subsonic import shapes
from mcma_subsonic.auth import password_of
from mcma_subsonic.call import Call, Node, endpoint

_RIGHTS = {
    "downloadRole": Right.DOWNLOAD,
    "uploadRole": Right.UPLOAD,
    "shareRole": Right.SHARE,
}
_ALWAYS = {
    "scrobblingEnabled": True,
    "maxBitRate": 0,
    "settingsRole": True,
    "playlistRole": True,
    "commentRole": True,
    "streamRole": True,
    "podcastRole": False,
    "jukeboxRole": False,
    "videoConversionRole": False,
}
"""What nobody can be kept from, or nobody can do here. Sent by a client, these are accepted and without
effect, as is `ldapAuthenticated`."""


@endpoint("getUser", since="1.3.0", notes="Oneself; an administrator sees everybody")
async def get_user(call: Call) -> Node:
    name = call.params.maybe("username") or call.caller.name
    [user] = await _shown(call, [await call.services.users.user(call.caller, name)])
    return {"user": user}


@endpoint("getUsers", since="1.8.0", notes="For administrators")
async def get_users(call: Call) -> Node:
    return {"users": {"user": await _shown(call, await call.services.users.users(call.caller))}}


@endpoint(
    "createUser",
    since="1.1.0",
    notes="For administrators; makes none of them (50). The password is the account's, which opens no app",
)
async def create_user(call: Call) -> Node:
    """Roles that are not named are off, as the specification has it; folders that are not named are all."""
    params = call.params
    await call.services.users.create(
        call.caller,
        params.text("username"),
        password_of(params, "password"),
        is_admin=params.flag("adminRole", False),
        rights={right: params.flag(role, False) for role, right in _RIGHTS.items()},
        email=params.text("email"),
        libraries=await _folders(call),
    )
    return {}


@endpoint(
    "updateUser",
    since="1.10.1",
    notes="For administrators; nobody becomes one by it, and none is changed by it (50)",
)
async def update_user(call: Call) -> Node:
    """What is not named stays."""
    params, users = call.params, call.services.users
    asked = {right: params.maybe_flag(role) for role, right in _RIGHTS.items()}
    change = UserChange(
        password=password_of(params, "password") if params.raw("password") else None,
        is_admin=params.maybe_flag("adminRole"),
        rights={right: given for right, given in asked.items() if given is not None},
        email=params.maybe("email"),
        libraries=await _folders(call),
    )
    view = await users.user(call.caller, params.text("username"))
    await users.change(call.caller, view.id, change)
    return {}


@endpoint("deleteUser", since="1.3.0", notes="For administrators; deletes none of them (50)")
async def delete_user(call: Call) -> Node:
    users = call.services.users
    view = await users.user(call.caller, call.params.text("username"))
    await users.delete(call.caller, view.id)
    return {}


@endpoint(
    "changePassword",
    since="1.1.0",
    notes="For administrators, of users who are none. One's own is changed at the server: an app password "
    "must not become the account (50)",
)
async def change_password(call: Call) -> Node:
    """For administrators, of users who are none.

    One's own is refused, also to an administrator. The protocol asks for no old password, so whoever read an
    app password, out of an app's settings or a proxy's log, could make the account their own with it and keep
    it when the app password is revoked. For the same reason it reaches no other administrator.
    """
    view = await call.services.users.user(call.caller, call.params.text("username"))
    await call.services.users.set_password(call.caller, view.id, password_of(call.params, "password"))
    return {}


async def _folders(call: Call) -> Sequence[LibraryId] | None:
    """`musicFolderId`, once for each; None when there is none or it means all."""
    numbers = await call.libraries()
    if numbers is None:
        return None
    known = await call.services.catalogue.libraries(call.caller)
    return [one.id for one in known if one.number in numbers]


async def _shown(call: Call, views: Sequence[UserView]) -> list[Node]:
    folders = await call.services.users.folders(call.caller, views)
    return [_user(view, folders[view.id]) for view in views]


def _user(view: UserView, folders: Sequence[int]) -> Node:
    node: Node = {"username": view.name, **_ALWAYS}
    node |= {"adminRole": view.is_admin, "coverArtRole": view.is_admin}
    node |= {role: right in view.rights for role, right in _RIGHTS.items()}
    if view.email is not None:
        node["email"] = view.email
    if view.avatar_changed_at is not None:
        node["avatarLastChanged"] = shapes.moment(view.avatar_changed_at)
    node["folder"] = list(folders)
    return node
