"""Play queues: one per device, and one that apps without a device share."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Call, SignedIn
from mcma.api.inputs import LARGEST_BATCH, Body, Count, Moment, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer
from mcma.domain.errors import NotFound
from mcma_plugins.ids import DeviceId, TrackId

router = area("/queue", "listening")
Device = Annotated[
    UUID | None,
    Query(description="Of one of my devices; that of this login, or the shared one, by default."),
]
Shared = Annotated[bool, Query(description="The queue that apps without a device share.")]


class NewQueue(Body):
    model_config = body(
        {"track_ids": ["019353a0-0000-7000-8000-000000000004"], "current_index": 0, "position_ms": 61_000}
    )
    track_ids: list[UUID] = Field(max_length=10 * LARGEST_BATCH)
    current_index: Count | None = Field(default=None, description="In `track_ids`; the first by default.")
    position_ms: Count = 0
    at: Moment | None = Field(
        default=None, description="When it was like this, for what is sent later; now by default."
    )


@router.get("", **told("Show a play queue", "Queue"))
async def get_queue(call: SignedIn, device_id: Device = None, shared: Shared = False) -> Response:
    """404 before the first save. Tracks that are gone are left out."""
    found = await call.services.queues.queue(call.caller, _device(call, device_id, shared))
    if found is None:
        raise NotFound("There is no such queue yet.")
    return answer(shapes.queue(found))


@router.put("", **told("Save a play queue", "Queue"))
async def save_queue(
    call: SignedIn, sent: NewQueue, device_id: Device = None, shared: Shared = False
) -> Response:
    """The latest `at` decides; the answer is what is there afterwards. Unknown tracks are skipped."""
    made = await call.services.queues.save(
        call.caller, [TrackId(one) for one in sent.track_ids], current=sent.current_index,
        position_ms=sent.position_ms, device_id=_device(call, device_id, shared), at=sent.at,
    )  # fmt: skip
    return answer(shapes.queue(made))


@router.get("/all", **told("List my play queues", "QueueList"))
async def list_queues(call: SignedIn) -> Response:
    """Of all my devices, the latest first."""
    return items(await call.services.queues.queues(call.caller), shapes.queue_summary)


def _device(call: Call, asked: UUID | None, shared: bool) -> DeviceId | None:
    if shared:
        return None
    return call.caller.device_id if asked is None else DeviceId(asked)
