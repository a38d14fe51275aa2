"""Music handed in: a file becomes a track. And taken out again."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import Id, Text
from mcma.api.openapi import FILE_FORM, area, told
from mcma.api.respond import JSON, answer, nothing
from mcma.api.uploads import body_of
from mcma_plugins.ids import TrackId

router = area("/tracks", "uploads")
_FILE = {"schema": {"type": "string", "format": "binary"}}
_THERE = {
    "description": "These bytes were there before: the track they are.",
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/Upload"}}},
}
_BODY = {
    "required": True,
    "content": {"audio/*": _FILE, "application/octet-stream": _FILE, **FILE_FORM},
}


@router.post(
    "",
    **told("Upload a file", "Upload", 201, also={200: _THERE}, openapi_extra={"requestBody": _BODY}),
)
async def upload_track(
    call: SignedIn,
    name: Annotated[Text | None, Query(description="What the file is called, without a form.")] = None,
) -> Response:
    """A track at once, named after the file; the job reads its tags and puts it in its place. A file that
    turns out to be no music fails the job, and the track is gone again; one whose sound is there already
    becomes that track, to which the id then leads."""
    made = await call.services.uploads.receive(call.caller, body_of(call.request, name))
    track = shapes.track(await call.services.catalogue.track(call.caller, made.track_id))
    job = None if made.job_id is None else str(made.job_id)
    where = {"location": call.path(f"/tracks/{made.track_id}")}
    return answer({"track": track, "job_id": job}, 200 if job is None else 201, where)


@router.delete("/{track_id}", **told("Remove a track of a managed library, with its files", status=204))
async def remove_track(call: Admin, track_id: Id) -> Response:
    """For good. Files of library folders are never touched: 409."""
    await call.services.removal.remove_track(call.caller, TrackId(track_id))
    return nothing()
