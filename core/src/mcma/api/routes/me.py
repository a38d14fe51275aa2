"""Oneself: who one is, one's password, and the one for Subsonic apps."""

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Call, SignedIn
from mcma.api.inputs import Body, Secret, body
from mcma.api.openapi import area, told
from mcma.api.respond import NOT_KEPT, answer, nothing

router = area("/users/me", "me")


class PasswordChange(Body):
    model_config = body({"old": "violet anchor 42", "new": "amber harbour 17"})
    old: Secret
    new: Secret


@router.get("", **told("Who am I", "UserDetail"))
async def get_me(call: SignedIn) -> Response:
    users, mine = call.services.users, call.caller.user_id
    found = await users.get(call.caller, mine)
    return answer({**shapes.user(found), "libraries": await users.libraries(call.caller, mine)})


@router.put("/password", **told("Change my password", status=204))
async def change_my_password(call: SignedIn, sent: PasswordChange) -> Response:
    """Ends all of my logins; app passwords stay."""
    await call.services.users.set_password(call.caller, call.caller.user_id, sent.new, old=sent.old)
    return nothing()


@router.get("/subsonic-password", **told("Show my password for Subsonic apps", "SubsonicPassword"))
async def get_my_subsonic_password(call: SignedIn) -> Response:
    """The app password named `default`, made on first use; the same until it is rotated."""
    secret = await call.services.app_passwords.reveal_default(call.caller)
    return subsonic_password(call, call.caller.name, secret)


@router.post("/subsonic-password", **told("Replace my password for Subsonic apps", "SubsonicPassword"))
async def rotate_my_subsonic_password(call: SignedIn) -> Response:
    """Apps that use the old one have to be told the new one."""
    secret = await call.services.app_passwords.rotate_default(call.caller)
    return subsonic_password(call, call.caller.name, secret)


def subsonic_password(call: Call, username: str, secret: str) -> Response:
    content = {
        "username": username, "password": secret, "name": "default", "server": call.api.options.public_address
    }  # fmt: skip
    return answer(content, headers=NOT_KEPT)
