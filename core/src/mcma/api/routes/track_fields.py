"""Who says what of a track, and whose it is."""

from starlette.responses import Response

from mcma.api.auth import Admin
from mcma.api.inputs import Id
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.routes._tracks import one_track
from mcma.api.shapes_fields import field
from mcma_plugins.ids import TrackId

router = area("/tracks/{track_id}", "catalogue")


@router.get("/fields", **told("Show who says what of a track", "FieldList"))
async def list_track_fields(call: Admin, track_id: Id) -> Response:
    """Every field with the value that counts, and all there are: of the file, of plugins, of people."""
    return items(await call.services.edits.fields(call.caller, TrackId(track_id)), field)


@router.put("/manual", **told("Take a track as one's own", "OneTrack"))
async def take_track(call: Admin, track_id: Id) -> Response:
    """It is `manual`: it stays as it is, whatever plugins find, until it is released."""
    return await one_track(call, await call.services.edits.take(call.caller, TrackId(track_id)))


@router.delete("/manual", **told("Release a track that was taken", "OneTrack"))
async def release_track(call: Admin, track_id: Id) -> Response:
    """Plugins say again what nobody has set; fields that people have set stay as they are."""
    return await one_track(call, await call.services.edits.release(call.caller, TrackId(track_id)))
