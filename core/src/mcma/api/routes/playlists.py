"""Playlists."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import LARGEST_BATCH, Body, Count, Id, LongText, Name, Text, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer, nothing
from mcma_plugins.ids import PlaylistId, TrackId

router = area("/playlists", "playlists")
Rev = Annotated[
    Count | None, Query(description="The `rev` that was seen; another one in the server is a 409.")
]


class NewPlaylist(Body):
    model_config = body({"name": "Sunday", "comment": "Slow ones", "public": False, "track_ids": []})
    name: Name
    comment: LongText | None = None
    public: bool = False
    track_ids: list[UUID] = Field(default=[], max_length=LARGEST_BATCH)


class PlaylistChange(Body):
    """What is left out stays as it is."""

    model_config = body({"name": "Sunday morning", "public": True, "rev": 4})
    name: Name | None = None
    comment: LongText | None = None
    public: bool | None = None
    rev: Count | None = Field(
        None, description="The `rev` that was seen; another one in the server is a 409."
    )


@router.get("", **told("List playlists", "PlaylistList"))
async def list_playlists(
    call: SignedIn, owner: Annotated[Text | None, Query(description="Only those of this user.")] = None
) -> Response:
    """My own, and those that others share."""
    return items(await call.services.playlists.playlists(call.caller, owner), shapes.playlist)


@router.post("", **told("Make a playlist", "Playlist", 201))
async def create_playlist(call: SignedIn, sent: NewPlaylist) -> Response:
    """Tracks that I cannot see are skipped."""
    playlists = call.services.playlists
    made = await playlists.create(
        call.caller, sent.name, [TrackId(one) for one in sent.track_ids], sent.comment
    )
    if sent.public:
        made = await playlists.edit(call.caller, made.id, public=True)
    return answer(shapes.playlist(made), 201, {"location": call.path(f"/playlists/{made.id}")})


@router.get("/{playlist_id}", **told("Show a playlist", "Playlist"))
async def get_playlist(call: SignedIn, playlist_id: Id) -> Response:
    found = await call.services.playlists.playlist(call.caller, PlaylistId(playlist_id))
    return answer(shapes.playlist(found))


@router.patch("/{playlist_id}", **told("Change a playlist", "Playlist"))
async def update_playlist(call: SignedIn, playlist_id: Id, sent: PlaylistChange) -> Response:
    found = await call.services.playlists.edit(
        call.caller, PlaylistId(playlist_id), name=sent.name, comment=sent.comment, public=sent.public,
        expected_rev=sent.rev,
    )  # fmt: skip
    return answer(shapes.playlist(found))


@router.delete("/{playlist_id}", **told("Delete a playlist", status=204))
async def delete_playlist(call: SignedIn, playlist_id: Id, rev: Rev = None) -> Response:
    await call.services.playlists.delete(call.caller, PlaylistId(playlist_id), expected_rev=rev)
    return nothing()
