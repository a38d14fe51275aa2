"""Pictures of people."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from starlette.responses import Response

from mcma.api.auth import Call, SignedIn
from mcma.api.inputs import Storable
from mcma.api.openapi import FILE_FORM, NOT_MODIFIED, area, binary, told
from mcma.api.respond import nothing
from mcma.api.routes.covers import pictured
from mcma.api.uploads import content_of
from mcma_plugins.values import CoverImage

router = area("/users", "me")
_IMAGE = {"schema": {"type": "string", "format": "binary"}}
_BODY = {"required": True, "content": {"image/*": _IMAGE, **FILE_FORM}}
_AVATAR: dict[str, Any] = told(
    "The picture of a user", content=binary("image/jpeg", "The picture."), also={304: NOT_MODIFIED}
)
User = Annotated[str, Path(max_length=64, description="Id or name, or `me`."), Storable]


@router.put("/me/avatar", **told("Set my picture", status=204, openapi_extra={"requestBody": _BODY}))
async def set_my_avatar(call: SignedIn) -> Response:
    """JPEG, PNG, WebP or GIF, up to 10 MB and 25 megapixels. Kept is its middle, as a square of at most 512
    pixels without place, time and whatever else was in the file."""
    await call.services.avatars.put(call.caller, await content_of(call.request))
    return nothing()


@router.delete("/me/avatar", **told("Remove my picture", status=204))
async def remove_my_avatar(call: SignedIn) -> Response:
    await call.services.avatars.remove(call.caller)
    return nothing()


@router.head("/{user}/avatar", include_in_schema=False, name="head_avatar")
@router.get("/{user}/avatar", **_AVATAR)
async def get_avatar(call: SignedIn, user: User) -> Response:
    """Of anybody. Who has none gets initials, the same for the same name."""
    return pictured(call.request, await _found(call, user), "private, no-cache")


async def _found(call: Call, user: str) -> CoverImage:
    avatars = call.services.avatars
    if user == "me":
        return await avatars.of(call.caller, call.caller.user_id)
    try:
        return await avatars.of(call.caller, UUID(user))
    except ValueError:
        return await avatars.avatar(call.caller, user)
