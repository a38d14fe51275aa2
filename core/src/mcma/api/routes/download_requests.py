"""What people ask to have. Files to take away are elsewhere (`downloads.py`)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import PAGE, Body, Cursor, Id, Limit, Text, body
from mcma.api.openapi import area, told
from mcma.api.paging import last_id, packed, page
from mcma.api.respond import JSON, answer, nothing
from mcma.services.claims.said import SaidRecording
from mcma.services.wanted.fields import Note, SourceKey, SourceName, ThingKind
from mcma.services.wanted.placing import Wish
from mcma_plugins.jobs import Priority

router = area("/downloads", "wanted")
_THERE = {
    "description": "It is here, or asked for already.",
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/DownloadAnswer"}}},
}


class NewDownloadRequest(Body):
    """`source` and `source_id`, or `claim`, or all of them."""

    model_config = body({"claim": {"title": "Sinnerman", "artists": ["Nina Simone"]}, "note": "The long one"})
    id: UUID | None = Field(default=None, description="Made by the client, so that it may ask again.")
    kind: ThingKind = Field(default="track", description="What `source_id` names; a claim is of a track.")
    source: SourceName | None = None
    source_id: SourceKey | None = None
    claim: SaidRecording | None = None
    note: Note | None = Field(default=None, description="For whoever decides.")
    later: bool = Field(default=False, description="Nobody waits for it: after all that somebody waits for.")


class Rejection(Body):
    model_config = body({"reason": "We have it on vinyl"})
    reason: Note | None = Field(default=None, description="For whoever asked.")


@router.get("", **told("List what was asked for", "DownloadRequestPage"))
async def list_download_requests(
    call: SignedIn,
    state: Annotated[Text | None, Query(description="One of the states of a request.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """My own, for administrators everybody's; the latest first."""
    found = await call.services.download_requests.page(call.caller, last_id(cursor), limit, state=state)
    following = None if found.next is None else packed(str(found.next))
    return page(call.request, [shapes.download_request(one) for one in found.items], following)


@router.post("", **told("Ask for a recording", "DownloadAnswer", 201, also={200: _THERE}))
async def request_download(call: SignedIn, sent: NewDownloadRequest) -> Response:
    """200 for what is here or asked for already: by id, by (source, source_id), or by what it is."""
    wanted = None if sent.claim is None else sent.claim.wanted()
    priority = Priority.BULK if sent.later else Priority.NORMAL
    wish = Wish(sent.source, sent.source_id, wanted, sent.note, sent.kind, priority)
    made = await call.services.download_requests.ask(call.caller, wish, sent.id)
    headers = {} if made.id is None else {"location": call.path(f"/downloads/{made.id}")}
    return answer(shapes.download_answer(made), 201 if made.made else 200, headers)


@router.get("/{request_id}", **told("Show what was asked for", "DownloadRequest"))
async def get_download_request(call: SignedIn, request_id: Id) -> Response:
    found = await call.services.download_requests.show(call.caller, request_id)
    return answer(shapes.download_request(found))


@router.delete("/{request_id}", **told("Ask for it no more, and forget it", status=204))
async def remove_download_request(call: SignedIn, request_id: Id) -> Response:
    """The last one who wants it stops it."""
    await call.services.download_requests.remove(call.caller, request_id)
    return nothing()


@router.post("/{request_id}/cancel", **told("Ask for it no more", "DownloadRequest"))
async def cancel_download_request(call: SignedIn, request_id: Id) -> Response:
    """The last one who wants it stops it. It can be tried again."""
    return answer(
        shapes.download_request(await call.services.download_requests.cancel(call.caller, request_id))
    )


@router.post("/{request_id}/retry", **told("Try again", "DownloadRequest"))
async def retry_download_request(call: SignedIn, request_id: Id) -> Response:
    """What failed or was cancelled, or waits for a source: now, and not when its time has come."""
    return answer(
        shapes.download_request(await call.services.download_requests.retry(call.caller, request_id))
    )


@router.post("/{request_id}/approve", **told("Allow what waits for it", "DownloadRequest"))
async def approve_download_request(call: Admin, request_id: Id) -> Response:
    """Also what was refused before."""
    return answer(
        shapes.download_request(await call.services.download_requests.approve(call.caller, request_id))
    )


@router.post("/{request_id}/reject", **told("Refuse what waits for it", "DownloadRequest"))
async def reject_download_request(call: Admin, request_id: Id, sent: Rejection) -> Response:
    requests = call.services.download_requests
    return answer(shapes.download_request(await requests.reject(call.caller, request_id, sent.reason)))
