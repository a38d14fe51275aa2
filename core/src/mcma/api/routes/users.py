"""Users, for administrators."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, Call, SignedIn
from mcma.api.inputs import Body, Email, Id, Name, Secret, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer, nothing
from mcma.api.routes.me import subsonic_password
from mcma_plugins import values
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller, Right

router = area("", "users")


class NewUser(Body):
    model_config = body({"name": "sam", "password": "violet anchor 42", "is_admin": False})
    name: Name
    password: Secret | None = Field(default=None, description="Left out: only app passwords work.")
    is_admin: bool = False
    rights: list[Right] | None = Field(default=None, max_length=20, description="All by default.")
    email: Email = ""
    libraries: list[UUID] | None = Field(None, max_length=1000, description="All by default.")


class UserChange(Body):
    """What is left out stays as it is."""

    model_config = body({"is_admin": True, "rights": ["download"], "disabled": False})
    name: Name | None = None
    is_admin: bool | None = None
    password: Secret | None = None
    disabled: bool | None = None
    rights: list[Right] | None = Field(default=None, max_length=20, description="Exactly these.")
    email: Email | None = Field(default=None, description="Empty: none.")
    libraries: list[UUID] | None = Field(default=None, max_length=1000)
    downloads_per_day: int | None = Field(
        default=None,
        ge=-1,
        le=1_000_000,
        description="Tracks from outside; 0: no limit, -1: as the server is set up.",
    )


@router.get("/users", **told("List the users", "UserList"))
async def list_users(call: Admin) -> Response:
    return items(await call.services.users.users(call.caller), shapes.user)


@router.post("/users", **told("Make a user", "UserDetail", 201))
async def create_user(call: Admin, sent: NewUser) -> Response:
    made = await call.services.users.create(
        call.caller, sent.name, sent.password, is_admin=sent.is_admin, rights=_exactly(sent.rights),
        email=sent.email, libraries=sent.libraries,
    )  # fmt: skip
    return await _user(call, made.id, 201, {"location": call.path(f"/users/{made.id}")})


@router.get("/users/{user_id}", **told("Show a user", "UserDetail"))
async def get_user(call: SignedIn, user_id: Id) -> Response:
    """Oneself, or anybody for administrators."""
    return await _user(call, user_id)


@router.patch("/users/{user_id}", **told("Change a user", "UserDetail"))
async def update_user(call: Admin, user_id: Id, sent: UserChange) -> Response:
    """All of it or nothing. Administrators have all rights, whatever is said here."""
    change = values.UserChange(
        sent.name, sent.password, sent.is_admin, _exactly(sent.rights), sent.email, sent.libraries,
        sent.disabled, sent.downloads_per_day,
    )  # fmt: skip
    await call.services.users.change(call.caller, user_id, change)
    return await _user(call, user_id)


@router.delete("/users/{user_id}", **told("Delete a user with all likes, plays and playlists", status=204))
async def delete_user(call: Admin, user_id: Id) -> Response:
    await call.services.users.delete(call.caller, user_id)
    return nothing()


@router.post(
    "/admin/users/{user_id}/subsonic-password",
    **told("Replace a user's password for Subsonic apps", "SubsonicPassword"),
)
async def rotate_subsonic_password(call: Admin, user_id: Id) -> Response:
    found = await call.services.users.get(call.caller, user_id)
    secret = await call.services.app_passwords.rotate_default(Caller(UserId(found.id), found.name))
    return subsonic_password(call, found.name, secret)


def _exactly(rights: Sequence[Right] | None) -> dict[Right, bool]:
    return {} if rights is None else {right: right in rights for right in Right}


async def _user(
    call: Call, user_id: UUID, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    users = call.services.users
    found = await users.get(call.caller, user_id)
    seen: Sequence[UUID] = await users.libraries(call.caller, user_id)
    return answer({**shapes.user(found), "libraries": seen}, status, headers)
