"""Playlists of sources outside: copied once, or followed."""

from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Body, Id, Name, body
from mcma.api.openapi import area, told
from mcma.api.respond import JSON, answer
from mcma.api.routes._playlists import playlist_answer
from mcma_plugins.ids import PlaylistId

router = area("/playlists", "playlists")
_THERE = {
    "description": "It is followed already, or being read: the playlist that there is.",
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/PlaylistLink"}}},
}


class LinkedPlaylist(Body):
    model_config = body({"url": "https://music.youtube.com/playlist?list=PL1234567890", "follow": True})
    url: Annotated[str, StringConstraints(min_length=1, max_length=2048)] = Field(
        description="Of a playlist or an album, as people copy it. A source has to know it; it is not opened."
    )
    follow: bool = Field(
        default=False, description="Its rows stay those of the origin; else it is copied once."
    )
    name: Name | None = Field(default=None, description="Else as it is called there.")
    public: bool = False


@router.post("/import/link", **told("Import a playlist of a source", "PlaylistLink", 201, also={200: _THERE}))
async def import_linked_playlist(call: SignedIn, sent: LinkedPlaylist) -> Response:
    """What it holds is read by a job, page by page, the first 10,000; what is not here waits as a claim."""
    made = await call.services.playlist_links.make(
        call.caller, sent.url, follow=sent.follow, name=sent.name, public=sent.public
    )
    shown = {"playlist": shapes.playlist(made.playlist), "job_id": made.job_id}
    where = {"location": call.path(f"/playlists/{made.playlist.id}")}
    return answer(shown, 201 if made.made else 200, where)


@router.post("/{playlist_id}/refresh", **told("Read the origin of a playlist again", "PlaylistRefresh", 202))
async def refresh_playlist(call: SignedIn, playlist_id: Id) -> Response:
    """Of one that follows, every day happens by itself; a copy that broke off goes on."""
    job_id = await call.services.playlist_links.refresh(call.caller, PlaylistId(playlist_id))
    return answer({"job_id": job_id}, 202, {"location": call.path(f"/jobs/{job_id}")})


@router.post("/{playlist_id}/unfollow", **told("Follow the origin no more", "Playlist"))
async def unfollow_playlist(call: SignedIn, playlist_id: Id) -> Response:
    """The rows stay as they are, and are mine to change."""
    found = await call.services.playlist_links.stop_following(call.caller, PlaylistId(playlist_id))
    return playlist_answer(found)
