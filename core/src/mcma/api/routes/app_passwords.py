"""App passwords: one per device."""

from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.inputs import Body, Id, Name, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import NOT_KEPT, answer, nothing
from mcma.services.people.app_passwords import AppPasswordView

router = area("/users/me/app-passwords", "me")


class NewDevice(Body):
    model_config = body({"name": "phone"})
    name: Name
    device_id: UUID | None = Field(default=None, description="A device of mine that it ends with.")


@router.get("", **told("List my app passwords", "AppPasswordList"))
async def list_app_passwords(call: SignedIn) -> Response:
    return items(await call.services.app_passwords.list(call.caller), AppPasswordView._asdict)


@router.post("", **told("Make an app password", "NewAppPassword", 201))
async def create_app_password(call: SignedIn, sent: NewDevice) -> Response:
    """It is shown this once."""
    made = await call.services.app_passwords.create(call.caller, sent.name, sent.device_id)
    headers = {"location": call.path(f"/users/me/app-passwords/{made.view.id}"), **NOT_KEPT}
    return answer({**made.view._asdict(), "password": made.secret}, 201, headers)


@router.delete("/{app_password_id}", **told("Revoke an app password", status=204))
async def revoke_app_password(call: SignedIn, app_password_id: Id) -> Response:
    await call.services.app_passwords.revoke(call.caller, app_password_id)
    return nothing()
