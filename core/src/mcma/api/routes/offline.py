"""What a device takes along, planned by the server."""

from uuid import UUID

from pydantic import Field, model_validator
from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.inputs import Body, body
from mcma.api.openapi import area, told
from mcma.api.respond import answer
from mcma.api.routes._wishes import FormatName
from mcma.api.shapes_offline import plan
from mcma.services.offline.pins import MOST_PINS, MOST_TRACKS, Pin, PinKind
from mcma.services.offline.plans import Ask

router = area("/offline", "sync")
_ALBUM = {"kind": "album", "id": "019353a0-0000-7000-8000-000000000003"}
_LARGEST = 2**53


class OfflinePin(Body):
    model_config = body(_ALBUM)
    kind: PinKind
    id: UUID | None = Field(default=None, description="Of all but likes.")

    @model_validator(mode="after")
    def _named(self) -> "OfflinePin":
        if (self.id is None) is not (self.kind is PinKind.LIKES):
            raise ValueError("likes have no id, all other pins have one")
        return self


class OfflineWish(Body):
    model_config = body(
        {"pins": [_ALBUM], "profile": "opus-128", "budget_bytes": 8_000_000_000, "start": True}
    )
    pins: list[OfflinePin] = Field(
        min_length=1, max_length=MOST_PINS, description="The most important first."
    )
    profile: FormatName | None = Field(
        default=None,
        description="Of `GET /profiles`, or `original`; left out: as the device says, else `original`.",
    )
    max_bit_rate: int | None = Field(default=None, ge=8, le=10_000, description="kbit/s, at most.")
    budget_bytes: int | None = Field(
        default=None, ge=0, le=_LARGEST, description="Room on the device, for all of it."
    )
    have: list[UUID] = Field(
        default=[],
        max_length=MOST_TRACKS,
        description="Ids of files that the device holds as they are planned here, or ETags.",
    )
    device_id: UUID | None = Field(default=None, description="That of the login by default.")
    start: bool = Field(
        default=False, description="Have made what is not there yet, and kept until it is fetched."
    )


@router.post("/plan", **told("Plan what to take along", "OfflinePlan"))
async def plan_offline(call: SignedIn, sent: OfflineWish) -> Response:
    """Files and sizes in the order in which to fetch them. The same question again goes on where it was: ask
    every `poll_after` seconds, with `have`, until nothing is open. 413 beyond 20,000 tracks."""
    pins = [Pin(one.kind, one.id) for one in sent.pins]
    ask = Ask(pins, sent.profile, sent.max_bit_rate, sent.budget_bytes, frozenset(sent.have), sent.device_id,
              sent.start)  # fmt: skip
    return answer(plan(await call.services.offline.plan(call.caller, ask), call.path))
