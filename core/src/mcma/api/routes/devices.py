"""Devices: what people listen with, and what ends with each."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Call, SignedIn
from mcma.api.inputs import Body, Document, Id, Name, Text, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer, nothing
from mcma.services.people.devices import DeviceFacts, DeviceView

router = area("/devices", "me")
_PROFILE = {"codecs": ["flac", "opus", "mp3"], "max_bit_rate_kbps": 320}
Owner = Annotated[UUID | None, Query(description="Those of this user, for administrators.")]
Revoked = Annotated[bool, Query(description="Those that were revoked, too.")]


class NewDevice(Body):
    model_config = body({"name": "Kitchen radio", "client": "Web player", "profile": _PROFILE})
    name: Name
    client: Text | None = Field(default=None, description="The program; as at the login by default.")
    profile: Document | None = Field(default=None, description="What it can play, in its own words.")

    def facts(self) -> DeviceFacts:
        return DeviceFacts(self.name, self.client, self.profile)


class DeviceChange(Body):
    """What is left out stays as it is."""

    model_config = body({"name": "Living room"})
    name: Name | None = None
    profile: Document | None = None


@router.get("", **told("List my devices", "DeviceList"))
async def list_devices(call: SignedIn, user_id: Owner = None, revoked: Revoked = False) -> Response:
    found = await call.services.devices.list(call.caller, user_id, revoked=revoked)
    return items(found, lambda one: _shape(call, one))


@router.post("", **told("Register a device", "Device", 201))
async def create_device(call: SignedIn, sent: NewDevice) -> Response:
    """With an id of the server's. A login that names a device does it by itself."""
    made = await call.services.devices.register(call.caller, None, sent.facts())
    return answer(_shape(call, made), 201, {"location": call.path(f"/devices/{made.id}")})


@router.put("/{device_id}", **told("Register a device under an id of its own", "Device"))
async def put_device(call: SignedIn, device_id: Id, sent: NewDevice) -> Response:
    """Again updates it. 409 for an id that was revoked."""
    return answer(_shape(call, await call.services.devices.register(call.caller, device_id, sent.facts())))


@router.get("/{device_id}", **told("Show a device", "Device"))
async def get_device(call: SignedIn, device_id: Id) -> Response:
    """My own, or anybody's for administrators."""
    return answer(_shape(call, await call.services.devices.get(call.caller, device_id)))


@router.patch("/{device_id}", **told("Change a device", "Device"))
async def update_device(call: SignedIn, device_id: Id, sent: DeviceChange) -> Response:
    facts = DeviceFacts(sent.name, None, sent.profile)
    return answer(_shape(call, await call.services.devices.update(call.caller, device_id, facts)))


@router.delete("/{device_id}", **told("Revoke a device", status=204))
async def revoke_device(call: SignedIn, device_id: Id) -> Response:
    """Its logins and app passwords end at once: 401 `device_revoked`. Its id is never good again."""
    await call.services.devices.revoke(call.caller, device_id)
    return nothing()


def _shape(call: Call, one: DeviceView) -> shapes.Shape:
    return {**one._asdict(), "current": one.id == call.caller.device_id}
