"""Tracks: listed, shown, edited, played."""

from typing import Any

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import Id, Sort
from mcma.api.openapi import NOT_MODIFIED, area, binary, told
from mcma.api.routes._edits import TrackEdit
from mcma.api.routes._filters import Download, PagingOf, TrackFilters, filters_of, listed
from mcma.api.routes._tracks import one_track
from mcma.api.routes._wishes import BitRate, Channels, DecisionParams, Estimate, Format, Offset, SampleRate
from mcma_plugins.ids import TrackId
from mcma_plugins.streams import StreamWish
from mcma_plugins.web import served_response

router = area("/tracks", "catalogue")
_FILE = binary("audio/*", "The file, or what was made of it.")
_STREAM: dict[str, Any] = told(
    "The bytes of a track, as they are or as they are wished for",
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


@router.get("/{track_id}", **told("Show a track", "OneTrack"))
async def get_track(call: SignedIn, track_id: Id) -> Response:
    return await one_track(call, await call.services.catalogue.track(call.caller, TrackId(track_id)))


@router.patch("/{track_id}", **told("Correct what a track's tags say", "OneTrack"))
async def update_track(call: Admin, track_id: Id, sent: TrackEdit) -> Response:
    """What a person says wins over tags and plugins and is never overwritten. The track is `manual` from then
    on, unless `only_fields` is set. The answer is the track afterwards."""
    edited = await call.services.edits.edit_track(
        call.caller, TrackId(track_id), sent.values(), base_rev=sent.base_rev, only_fields=sent.only_fields
    )
    return await one_track(call, edited)


@router.head("/{track_id}/stream", include_in_schema=False, name="head_stream")
@router.get("/{track_id}/stream", **_STREAM)
async def stream(
    call: SignedIn,
    track_id: Id,
    format_: Format = None,
    bit_rate: BitRate = None,
    sample_rate: SampleRate = None,
    channels: Channels = None,
    offset: Offset = 0,
    decision: DecisionParams = None,
    estimate_length: Estimate = False,
    download: Download = False,
) -> Response:
    """The original, unless something else is wished for and the original is not that already. Files
    understand `Range`, `If-Range`, `If-None-Match` and `HEAD`, and their ETag changes with the bytes; what is
    made while it is listened to has neither length nor ranges. `X-Mcma-Stream`: what is served and why."""
    track, offset_ms, start = TrackId(track_id), round(offset * 1000), call.request.method != "HEAD"
    if decision is not None:
        served = await call.services.decisions.serve(
            call.caller, track, decision, offset_ms=offset_ms, start=start, keep=download
        )
    else:
        wish = StreamWish(format_, bit_rate, sample_rate, channels, offset_ms)
        served = await call.services.streaming.serve(call.caller, track, wish, start=start, keep=download)
    return await served_response(
        call.request, served, headers={"cache-control": "private, max-age=3600"}, save=download,
        estimate=estimate_length,
    )  # fmt: skip
