"""The rows of playlists. Each has an id of its own, so that two devices can move different ones at once."""

from typing import Literal
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import LARGEST_BATCH, Body, Count, Id, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer
from mcma.api.routes.playlists import Rev
from mcma_plugins.ids import PlaylistId, PlaylistItemId, TrackId

router = area("/playlists/{playlist_id}/items", "playlists")
_TRACK = "019353a0-0000-7000-8000-000000000004"
_ITEM = "019353a0-0000-7000-8000-00000000000e"


class NewItems(Body):
    model_config = body({"track_ids": [_TRACK], "place": "end"})
    track_ids: list[UUID] = Field(max_length=LARGEST_BATCH)
    place: Literal["start", "end"] = "end"
    after: UUID | None = Field(default=None, description="A row to put them behind; goes before `place`.")
    rev: Count | None = None


class AllItems(Body):
    model_config = body({"track_ids": [_TRACK]})
    track_ids: list[UUID] = Field(max_length=10 * LARGEST_BATCH)
    rev: Count | None = None


class Move(Body):
    model_config = body({"after": _ITEM})
    after: UUID | None = Field(default=None, description="A row to put it behind; the front by default.")
    rev: Count | None = None


class Removal(Body):
    model_config = body({"item_ids": [_ITEM]})
    item_ids: list[UUID] = Field(max_length=10 * LARGEST_BATCH)
    rev: Count | None = None


@router.get("", **told("List the rows of a playlist", "PlaylistItems"))
async def list_playlist_items(call: SignedIn, playlist_id: Id) -> Response:
    found = await call.services.playlists.entries(call.caller, PlaylistId(playlist_id))
    return items(found, shapes.playlist_item)


@router.post("", **told("Add tracks to a playlist", "Playlist"))
async def add_playlist_items(call: SignedIn, playlist_id: Id, sent: NewItems) -> Response:
    playlists, id_ = call.services.playlists, PlaylistId(playlist_id)
    tracks = [TrackId(one) for one in sent.track_ids]
    if sent.after is None and sent.place == "end":
        made = await playlists.edit(call.caller, id_, add=tracks, expected_rev=sent.rev)
    else:
        after = None if sent.after is None else PlaylistItemId(sent.after)
        made = await playlists.add(call.caller, id_, tracks, after=after, expected_rev=sent.rev)
    return answer(shapes.playlist(made))


@router.put("", **told("Set the tracks of a playlist", "Playlist"))
async def replace_playlist_items(call: SignedIn, playlist_id: Id, sent: AllItems) -> Response:
    """Rows of tracks that stay are kept, as are rows that wait for a track."""
    tracks = [TrackId(one) for one in sent.track_ids]
    made = await call.services.playlists.replace(
        call.caller, PlaylistId(playlist_id), tracks, expected_rev=sent.rev
    )
    return answer(shapes.playlist(made))


@router.post("/{item_id}/move", **told("Move a row of a playlist", "Playlist"))
async def move_playlist_item(call: SignedIn, playlist_id: Id, item_id: Id, sent: Move) -> Response:
    made = await call.services.playlists.move(
        call.caller, PlaylistId(playlist_id), PlaylistItemId(item_id),
        after=None if sent.after is None else PlaylistItemId(sent.after), expected_rev=sent.rev,
    )  # fmt: skip
    return answer(shapes.playlist(made))


@router.post("/remove", **told("Remove rows from a playlist", "Playlist"))
async def remove_playlist_items(call: SignedIn, playlist_id: Id, sent: Removal) -> Response:
    """Rows that are gone already are skipped."""
    gone = [PlaylistItemId(one) for one in sent.item_ids]
    made = await call.services.playlists.remove(
        call.caller, PlaylistId(playlist_id), gone, expected_rev=sent.rev
    )
    return answer(shapes.playlist(made))


@router.delete("/{item_id}", **told("Remove a row from a playlist", "Playlist"))
async def remove_playlist_item(call: SignedIn, playlist_id: Id, item_id: Id, rev: Rev = None) -> Response:
    made = await call.services.playlists.remove(
        call.caller, PlaylistId(playlist_id), [PlaylistItemId(item_id)], expected_rev=rev
    )
    return answer(shapes.playlist(made))
