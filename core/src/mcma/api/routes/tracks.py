"""Tracks: listed, shown, edited, played."""

from typing import Any

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import Id, Sort
from mcma.api.openapi import NOT_MODIFIED, area, binary, told
from mcma.api.respond import answer
from mcma.api.routes._edits import TrackEdit
from mcma.api.routes._filters import Download, PagingOf, TrackFilters, filters_of, listed
from mcma_plugins.ids import TrackId
from mcma_plugins.web import file_response

router = area("/tracks", "catalogue")
_FILE = binary("audio/*", "The file as it is.")
_STREAM: dict[str, Any] = told(
    "The original bytes of a track",
    content=_FILE,
    also={206: {"description": "A part of them.", "content": _FILE}, 304: NOT_MODIFIED},
    tags=["media"],
)


@router.get("", **told("List tracks", "TrackPage"))
async def list_tracks(
    call: SignedIn, filters: TrackFilters, paging: PagingOf, sort: Sort = "title"
) -> Response:
    """Sorted by title, album, artist, year, original_date, created, updated, duration, plays, last_played,
    rating, liked or random."""
    found = await call.services.browse.list_tracks(call.caller, filters_of(filters), paging.ask(sort))
    return listed(call.request, found, shapes.tracks)


@router.get("/{track_id}", **told("Show a track", "Track"))
async def get_track(call: SignedIn, track_id: Id) -> Response:
    return answer(shapes.track(await call.services.catalogue.track(call.caller, TrackId(track_id))))


@router.patch("/{track_id}", **told("Correct what a track's tags say", "Track"))
async def update_track(call: Admin, track_id: Id, sent: TrackEdit) -> Response:
    """What a person says wins over tags and is never overwritten. The answer is the track afterwards."""
    edited = await call.services.edits.edit_track(
        call.caller, TrackId(track_id), sent.values(), base_rev=sent.base_rev
    )
    return answer(shapes.track(edited))


@router.head("/{track_id}/stream", include_in_schema=False, name="head_stream")
@router.get("/{track_id}/stream", **_STREAM)
async def stream(
    call: SignedIn,
    track_id: Id,
    download: Download = False,
) -> Response:
    """Understands `Range`, `If-Range`, `If-None-Match` and `HEAD`; the ETag changes with the file."""
    found = await call.services.streaming.original(call.caller, TrackId(track_id))
    return file_response(
        call.request, path=found.path, size=found.size, etag=found.etag, content_type=found.content_type,
        last_modified=found.last_modified, headers={"cache-control": "private, max-age=3600"},
        filename=found.name if download else None, within=found.root,
    )  # fmt: skip
