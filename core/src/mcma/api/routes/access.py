"""Who sees which library, for administrators."""

from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api.auth import Admin
from mcma.api.inputs import LARGEST_BATCH, Body, Id, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import nothing
from mcma.services.libraries.library_access import AccessView

router = area("/libraries/{library_id}/access", "libraries")


class Viewers(Body):
    model_config = body({"user_ids": ["019353a0-0000-7000-8000-000000000009"]})
    user_ids: list[UUID] = Field(max_length=LARGEST_BATCH)


@router.get("", **told("List who sees a library", "AccessList"))
async def list_access(call: Admin, library_id: Id) -> Response:
    """Administrators see all libraries, whether they are in this list or not."""
    return items(await call.services.library_access.list(call.caller, library_id), AccessView._asdict)


@router.put("", **told("Say who sees a library", "AccessList"))
async def set_access(call: Admin, library_id: Id, sent: Viewers) -> Response:
    """Exactly these."""
    found = await call.services.library_access.set(call.caller, library_id, sent.user_ids)
    return items(found, AccessView._asdict)


@router.put("/{user_id}", **told("Show a library to a user", status=204))
async def grant_access(call: Admin, library_id: Id, user_id: Id) -> Response:
    await call.services.library_access.grant(call.caller, library_id, user_id)
    return nothing()


@router.delete("/{user_id}", **told("Hide a library from a user", status=204))
async def withdraw_access(call: Admin, library_id: Id, user_id: Id) -> Response:
    """Nothing of theirs is lost: granted again, likes and plays are as they were."""
    await call.services.library_access.withdraw(call.caller, library_id, user_id)
    return nothing()
