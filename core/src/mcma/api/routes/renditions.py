"""Formats, and renditions made in advance."""

from datetime import timedelta

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Body, Id, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer
from mcma.api.routes._wishes import FormatName
from mcma.domain.profiles import PROFILES
from mcma_plugins.ids import TrackId
from mcma_plugins.streams import StreamWish

router = area("", "media")


class RenditionWish(Body):
    model_config = body({"format": "opus-128", "keep_days": 30})
    format: FormatName
    bitrate: int | None = Field(default=None, ge=8, le=10_000, description="kbit/s, at most.")
    sample_rate: int | None = Field(default=None, ge=8000, le=192_000, description="Hz, at most.")
    channels: int | None = Field(default=None, ge=1, le=8, description="At most.")
    keep_days: int = Field(default=30, ge=1, le=3650, description="Days it is kept, used or not.")


@router.get("/profiles", **told("List the formats that music can be turned into", "ProfileList"))
async def list_profiles(call: SignedIn) -> Response:
    """What `format` of a stream may name."""
    return items(list(PROFILES.values()), shapes.profile)


@router.get("/tracks/{track_id}/renditions", **told("List what was made of a track", "RenditionList"))
async def list_renditions(call: SignedIn, track_id: Id) -> Response:
    found = await call.services.renditions.advance.of_track(call.caller, TrackId(track_id))
    return items(found, shapes.rendition)


@router.post("/tracks/{track_id}/renditions", **told("Have a rendition made and kept", "Rendition", 202))
async def request_rendition(call: SignedIn, track_id: Id, sent: RenditionWish) -> Response:
    """A job makes it; until `pinned_until` it is not evicted. Asking again gives the same one."""
    wish = StreamWish(sent.format, sent.bitrate, sent.sample_rate, sent.channels)
    keep = timedelta(days=sent.keep_days)
    made = await call.services.renditions.advance.request(call.caller, TrackId(track_id), wish, keep)
    return answer(shapes.rendition(made), 202)
