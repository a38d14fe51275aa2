"""The files of tracks: described, and byte by byte."""

from typing import Any

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Id
from mcma.api.openapi import NOT_MODIFIED, area, binary, told
from mcma.api.paging import items
from mcma.api.respond import answer
from mcma.api.routes._filters import Download
from mcma_plugins.ids import TrackId
from mcma_plugins.web import file_response

router = area("", "media")
_FILE = binary("audio/*", "The file as it is.")
_CONTENT: dict[str, Any] = told(
    "The bytes of a file",
    content=_FILE,
    also={206: {"description": "A part of them.", "content": _FILE}, 304: NOT_MODIFIED},
)
_KEPT = {"cache-control": "private, max-age=31536000, immutable"}


@router.get("/tracks/{track_id}/files", **told("List the files of a track", "FileList"))
async def list_track_files(call: SignedIn, track_id: Id) -> Response:
    """The one that is played comes first. Paths are shown to administrators."""
    return items(await call.services.files.of_track(call.caller, TrackId(track_id)), shapes.file)


@router.get("/files/{file_id}", **told("Show a file", "File"))
async def get_file(call: SignedIn, file_id: Id) -> Response:
    """410 for one that has changed, with `replaced_by`: other bytes are another file."""
    return answer(shapes.file(await call.services.files.get(call.caller, file_id)))


@router.head("/files/{file_id}/content", include_in_schema=False, name="head_file_content")
@router.get("/files/{file_id}/content", **_CONTENT)
async def get_file_content(call: SignedIn, file_id: Id, download: Download = False) -> Response:
    """They never change: the ETag is the file's id. Understands `Range`, `If-Range` and `HEAD`."""
    found = await call.services.files.content(call.caller, file_id)
    return file_response(
        call.request, path=found.path, size=found.size, etag=found.etag, content_type=found.content_type,
        last_modified=found.last_modified, headers=_KEPT, filename=found.name if download else None,
        within=found.root,
    )  # fmt: skip
