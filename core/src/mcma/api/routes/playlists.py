"""Playlists."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import LARGEST_BATCH, Body, Id, LongText, Name, Text, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import nothing
from mcma.api.routes._playlists import IfMatch, Rev, SeenRev, playlist_answer, seen
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.values import ItemKind, ItemRef

router = area("/playlists", "playlists")
_COPY = {"name": "Sunday, again"}


class NewPlaylist(Body):
    model_config = body({"name": "Sunday", "comment": "Slow ones", "public": False, "track_ids": []})
    name: Name
    comment: LongText | None = None
    public: bool = False
    track_ids: list[UUID] = Field(default=[], max_length=LARGEST_BATCH)


class CoverOf(Body):
    model_config = body({"kind": "album", "id": "019353a0-0000-7000-8000-000000000003"})
    kind: ItemKind
    id: UUID


class PlaylistChange(Body):
    """What is left out stays as it is."""

    model_config = body({"name": "Sunday morning", "public": True, "rev": 4})
    name: Name | None = None
    comment: LongText | None = None
    public: bool | None = None
    cover: CoverOf | None = Field(
        None, description="What to take the picture of; the playlist itself: of its first track again."
    )
    rev: SeenRev = None


class Copy(Body):
    model_config = body(_COPY)
    name: Name | None = Field(None, description="The same by default.")


@router.get("", **told("List playlists", "PlaylistList"))
async def list_playlists(
    call: SignedIn,
    owner: Annotated[Text | None, Query(description="Only those of this user.")] = None,
    deleted: Annotated[bool, Query(description="Instead those of mine that can still be restored.")] = False,
) -> Response:
    """My own, and those that others share; songs that I may not see are not counted."""
    found = await call.services.playlists.playlists(call.caller, owner, deleted=deleted)
    return items(found, shapes.playlist)


@router.post("", **told("Make a playlist", "Playlist", 201))
async def create_playlist(call: SignedIn, sent: NewPlaylist) -> Response:
    """Tracks that I cannot see are skipped."""
    tracks = [TrackId(one) for one in sent.track_ids]
    made = await call.services.playlists.create(
        call.caller, sent.name, tracks, sent.comment, public=sent.public
    )
    return playlist_answer(made, 201, location=call.path(f"/playlists/{made.id}"))


@router.get("/{playlist_id}", **told("Show a playlist", "Playlist"))
async def get_playlist(call: SignedIn, playlist_id: Id) -> Response:
    return playlist_answer(await call.services.playlists.playlist(call.caller, PlaylistId(playlist_id)))


@router.patch("/{playlist_id}", **told("Change a playlist", "Playlist"))
async def update_playlist(
    call: SignedIn, playlist_id: Id, sent: PlaylistChange, if_match: IfMatch = None
) -> Response:
    found = await call.services.playlists.edit(
        call.caller, PlaylistId(playlist_id), name=sent.name, comment=sent.comment, public=sent.public,
        cover=None if sent.cover is None else ItemRef(sent.cover.kind, sent.cover.id),
        expected_rev=seen(sent.rev, if_match),
    )  # fmt: skip
    return playlist_answer(found)


@router.delete("/{playlist_id}", **told("Delete a playlist", status=204))
async def delete_playlist(
    call: SignedIn, playlist_id: Id, rev: Rev = None, if_match: IfMatch = None
) -> Response:
    """It can be restored for 30 days."""
    await call.services.playlists.delete(
        call.caller, PlaylistId(playlist_id), expected_rev=seen(rev, if_match)
    )
    return nothing()


@router.post("/{playlist_id}/restore", **told("Take the deletion of a playlist back", "Playlist"))
async def restore_playlist(call: SignedIn, playlist_id: Id) -> Response:
    """One of mine, as it was."""
    return playlist_answer(await call.services.playlists.restore(call.caller, PlaylistId(playlist_id)))


@router.post("/{playlist_id}/duplicate", **told("Copy a playlist", "Playlist", 201))
async def duplicate_playlist(call: SignedIn, playlist_id: Id, sent: Copy) -> Response:
    """What I see of it, as a private playlist of mine."""
    made = await call.services.playlists.duplicate(call.caller, PlaylistId(playlist_id), sent.name)
    return playlist_answer(made, 201, location=call.path(f"/playlists/{made.id}"))
