"""The files of tracks: described, and byte by byte."""

from typing import Any

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Call, SignedIn
from mcma.api.inputs import Id, PlainName
from mcma.api.openapi import NOT_MODIFIED, area, binary, told
from mcma.api.paging import items
from mcma.api.respond import answer
from mcma.api.routes._filters import Download
from mcma_plugins.ids import TrackId
from mcma_plugins.values import StreamFile
from mcma_plugins.web import file_response

router = area("", "media")
_FILE = binary("audio/*", "The file as it is.")
_ALSO = {206: {"description": "A part of them.", "content": _FILE}, 304: NOT_MODIFIED}
_CONTENT: dict[str, Any] = told("The bytes of a file", content=_FILE, also=_ALSO)
_RENDITION: dict[str, Any] = told("The bytes of a file in another format", content=_FILE, also=_ALSO)
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
    """They never change: the ETag is the file's id. Understands `Range`, `If-Range` and `HEAD`. 410 where the
    file was written to since, with `replaced_by` once the library has been scanned."""
    found = await call.services.files.content(call.caller, file_id)
    return _sent(call, found, _KEPT, download=download, immutable=True)


@router.head("/files/{file_id}/renditions/{profile}", include_in_schema=False, name="head_file_rendition")
@router.get("/files/{file_id}/renditions/{profile}", **_RENDITION)
async def get_file_rendition(
    call: SignedIn, file_id: Id, profile: PlainName, download: Download = False
) -> Response:
    """A finished rendition, with an ETag of its own: one that is made anew has another, so `If-Range` never
    puts two together. The file as it is for `original`, and where it is that already. 503 `rendition_pending`
    and `Retry-After` while a job makes it; 415 `rendition_failed` or `cannot_transcode`; 410 as for files."""
    start = call.request.method != "HEAD"
    found = await call.services.file_renditions.get(call.caller, file_id, profile, start=start)
    assert isinstance(found.source, StreamFile)
    same = found.source.etag == str(file_id)
    told_how = _KEPT | {"x-mcma-stream": found.told}
    return _sent(call, found.source, told_how, download=download, immutable=same)


def _sent(
    call: Call, found: StreamFile, headers: dict[str, str], *, download: bool, immutable: bool = False
) -> Response:
    return file_response(
        call.request, path=found.path, size=found.size, etag=found.etag, content_type=found.content_type,
        last_modified=found.last_modified, headers=headers, filename=found.name if download else None,
        within=found.root, immutable=immutable,
    )  # fmt: skip
