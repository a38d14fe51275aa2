"""Tags written into the files of managed libraries, looked at first, and taken back. For administrators."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes, shapes_tags
from mcma.api.auth import Admin, Call
from mcma.api.inputs import PAGE, Body, Cursor, Id, Limit, body
from mcma.api.openapi import area, told
from mcma.api.paging import last_id, packed, page
from mcma.api.respond import answer
from mcma.services.tagwriting import Picked
from mcma.services.tagwriting.listing import WriteFilter
from mcma_plugins.ids import JobId
from mcma_plugins.values import ItemKind

router = area("/tag-writes", "tags")
_ITEM = {"type": "album", "id": "01935b2e-7b4f-7cc2-8000-000000000001"}
_MOST_ITEMS = 500
_MOST_TRACKS = 100


class PickedItem(Body):
    model_config = body(_ITEM)
    type: Literal["track", "album", "artist", "library"] = Field(description="All tracks of it are meant.")
    id: UUID

    @property
    def picked(self) -> Picked:
        return Picked(None if self.type == "library" else ItemKind(self.type), self.id)


class TagWriteRequest(Body):
    model_config = body({"items": [_ITEM], "fields": ["title", "artists"]})
    items: list[PickedItem] = Field(min_length=1, max_length=_MOST_ITEMS)
    fields: list[Annotated[str, Field(max_length=50)]] | None = Field(
        default=None, max_length=50, description="Only these; without it all that MCMA_WRITE_TAGS allows."
    )

    @property
    def picked(self) -> list[Picked]:
        return [one.picked for one in self.items]


class TagPreviewRequest(TagWriteRequest):
    model_config = body({"items": [_ITEM], "fields": None})
    cursor: str | None = Field(default=None, max_length=200, description="`next` of the answer before.")
    limit: int = Field(default=PAGE, ge=1, le=_MOST_TRACKS, description="Tracks that are looked at.")


@router.get("", **told("List what was written", "TagWritePage"))
async def list_tag_writes(
    call: Admin,
    track_id: Annotated[UUID | None, Query(description="Only into files of this track.")] = None,
    run_id: Annotated[UUID | None, Query(description="Only by this job.")] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """File by file, the latest first; also what could not be written, and why."""
    found = await call.services.tag_writing.page(
        call.caller, WriteFilter(track_id, run_id), before=last_id(cursor), limit=limit
    )
    following = packed(str(found[-1].id)) if len(found) == limit else None
    return page(call.request, [shapes_tags.tag_write(one) for one in found], following)


@router.post("", **told("Write tags into files", "Job", 202))
async def write_tags(call: Admin, sent: TagWriteRequest) -> Response:
    """Into those that say one of the fields otherwise than the library does. Nothing is ever written unless
    it is asked for. 409: `tag_writing_off`, `field_off`, `not_managed`."""
    return await _started(call, await call.services.tag_writing.start(call.caller, sent.picked, sent.fields))


@router.post("/preview", **told("Show what would be written", "TagWritePreview"))
async def preview_tag_writes(call: Admin, sent: TagPreviewRequest) -> Response:
    """File by file and field by field, as far as the library knows the files; nothing is written."""
    after = last_id(sent.cursor)
    found = await call.services.tag_writing.preview(
        call.caller, sent.picked, sent.fields, after=after, limit=sent.limit
    )
    following = None if found.next is None else packed(str(found.next))
    return answer({"items": [shapes_tags.file_preview(one) for one in found.files], "next": following})


@router.get("/{write_id}", **told("Show what was written into a file", "TagWrite"))
async def get_tag_write(call: Admin, write_id: Id) -> Response:
    return answer(shapes_tags.tag_write(await call.services.tag_writing.get(call.caller, write_id)))


@router.post("/{write_id}/undo", **told("Make files what they were before", "Job", 202))
async def undo_tag_write(call: Admin, write_id: Id) -> Response:
    """Of one file, or with a `run_id` of all files of that job; byte for byte. A file that was written to
    since stays as it is. 409: `nothing_to_undo`."""
    return await _started(call, await call.services.tag_writing.undo(call.caller, write_id))


async def _started(call: Call, job_id: JobId) -> Response:
    job = (await call.services.jobs.show(call.caller, job_id)).view
    return answer(shapes.job(job), 202, {"location": call.path(f"/jobs/{job_id}")})
