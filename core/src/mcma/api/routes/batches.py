"""Many items by their ids in one request."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Call, SignedIn
from mcma.api.inputs import LARGEST_BATCH, Body, body
from mcma.api.openapi import area, told
from mcma.api.respond import answer
from mcma_plugins.values import ItemKind

router = area("", "catalogue")


class Wanted(Body):
    model_config = body({"ids": ["019353a0-0000-7000-8000-000000000004"]})
    ids: list[UUID] = Field(max_length=LARGEST_BATCH)


@router.post("/tracks/batch", **told("Show many tracks", "TrackBatch"))
async def batch_tracks(call: SignedIn, sent: Wanted) -> Response:
    """In the order asked for. `missing` are those that are not there, or not mine; `replaced` leads from the
    ids of merged ones to those of the items that stand for them."""
    return await _read(call, ItemKind.TRACK, sent, shapes.track)


@router.post("/albums/batch", **told("Show many albums", "AlbumBatch"))
async def batch_albums(call: SignedIn, sent: Wanted) -> Response:
    """As for tracks."""
    return await _read(call, ItemKind.ALBUM, sent, shapes.album)


@router.post("/artists/batch", **told("Show many artists", "ArtistBatch"))
async def batch_artists(call: SignedIn, sent: Wanted) -> Response:
    """As for tracks."""
    return await _read(call, ItemKind.ARTIST, sent, shapes.artist)


@router.post("/playlists/batch", **told("Show many playlists", "PlaylistBatch"))
async def batch_playlists(call: SignedIn, sent: Wanted) -> Response:
    """As for tracks."""
    return await _read(call, ItemKind.PLAYLIST, sent, shapes.playlist)


async def _read(call: Call, kind: ItemKind, sent: Wanted, shape: Callable[[Any], Any]) -> Response:
    found = await call.services.batches.read(call.caller, kind, sent.ids)
    replaced = {str(old): new for old, new in found.replaced.items()}
    return answer(
        {"items": [shape(one) for one in found.items], "missing": found.missing, "replaced": replaced}
    )
