"""Likes: an append-only log; what it comes to is shown with every item."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import LARGEST_BATCH, Body, Id, Libraries, Moment, body
from mcma.api.openapi import area, told
from mcma.api.respond import answer, nothing
from mcma.api.routes._items import Kind, Likeable, known
from mcma.api.routes._libraries import numbers_of
from mcma.services.listening.recording import Event

router = area("/likes", "listening")
SOURCE = "native"
_EVENT = {
    "id": "019353a0-0000-7000-8000-00000000000d", "kind": "track",
    "item_id": "019353a0-0000-7000-8000-000000000004", "liked": True, "at": "2026-11-20T18:30:00Z",
}  # fmt: skip


class LikeEvent(Body):
    model_config = body(_EVENT)
    id: UUID = Field(description="Made by the client; sending an event again changes nothing.")
    kind: Likeable
    item_id: UUID
    liked: bool
    at: Moment


class LikeEvents(Body):
    model_config = body({"events": [_EVENT]})
    events: list[LikeEvent] = Field(max_length=LARGEST_BATCH)


@router.get("", **told("List what I like", "Found"))
async def list_likes(call: SignedIn, libraries: Libraries = None) -> Response:
    """The latest first. For pages of them: `GET /tracks?liked=true`."""
    found = await call.services.listening.starred(call.caller, await numbers_of(call, libraries))
    return answer(
        {
            "artists": shapes.artists(found.artists),
            "albums": shapes.albums(found.albums),
            "tracks": shapes.tracks(found.tracks),
        }
    )


@router.post("", **told("Report likes made elsewhere or offline", "EventResults"))
async def report_likes(call: SignedIn, sent: LikeEvents) -> Response:
    """In any order: the latest `at` decides. Times that lie ahead are taken as now."""
    now = datetime.now(UTC)
    events = [
        Event(one.id, one.kind.ref(one.item_id), int(one.liked), min(one.at, now), one.at, SOURCE)
        for one in sent.events
    ]
    statuses = await call.services.listening.record_likes(call.caller, events) if events else {}
    return answer({"items": [{"id": id_, "status": status} for id_, status in statuses.items()]})


@router.put("/{kind}/{item_id}", **told("Like", status=204))
async def like(call: SignedIn, kind: Kind, item_id: Id) -> Response:
    """Again changes nothing: the first time stays."""
    await call.services.listening.like(call.caller, [await known(call, kind, item_id)], True)
    return nothing()


@router.delete("/{kind}/{item_id}", **told("Take a like back", status=204))
async def unlike(call: SignedIn, kind: Kind, item_id: Id) -> Response:
    await call.services.listening.like(call.caller, [await known(call, kind, item_id)], False)
    return nothing()
