"""What is like something else, and what is heard most."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import LARGEST_PAGE, Id
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer
from mcma.services.radio.sonic import LONGEST_PATH
from mcma_plugins.ids import ArtistId, TrackId
from mcma_plugins.values import ItemKind, ItemRef

router = area("", "catalogue")
Count = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many at most.")]


@router.get("/tracks/{track_id}/similar", **told("Tracks like a track", "SuggestedTracks"))
async def list_similar_tracks(call: SignedIn, track_id: Id, limit: Count = 50) -> Response:
    """The best first, with the reasons for each; an artist at most three times among ten."""
    item = ItemRef(ItemKind.TRACK, track_id)
    return answer(shapes.suggested(await call.services.similar.similar_tracks(call.caller, item, limit)))


@router.get("/tracks/{track_id}/sounding-like", **told("Tracks that sound like a track", "SonicTracks"))
async def list_sounding_like(call: SignedIn, track_id: Id, limit: Count = 10) -> Response:
    """The most alike first. 409 `no_sound_comparison` where no plugin compares sound."""
    return answer(
        shapes.sonic(await call.services.sonic.sounding_like(call.caller, TrackId(track_id), limit))
    )


@router.get("/tracks/{track_id}/path", **told("Songs that lead from a track to another", "SonicTracks"))
async def get_path(
    call: SignedIn,
    track_id: Id,
    to: Annotated[UUID, Query(description="The track where it ends.")],
    limit: Annotated[int, Query(ge=1, le=LONGEST_PATH, description="How many songs at most.")] = 25,
) -> Response:
    """By how they sound, both included; `likeness` is that to the first, -1 where it is too far away to tell.
    409 `no_sound_comparison` where no plugin compares sound."""
    found = await call.services.sonic.path(call.caller, TrackId(track_id), TrackId(to), limit)
    return answer(shapes.sonic(found))


@router.get("/artists/{artist_id}/similar", **told("Artists like an artist", "SuggestedArtists"))
async def list_similar_artists(call: SignedIn, artist_id: Id, limit: Count = 20) -> Response:
    """Those whose tracks are like this artist's, with the reasons."""
    found = await call.services.similar.similar_artists(call.caller, ArtistId(artist_id), limit)
    return answer(shapes.suggested_artists(found))


@router.get("/artists/{artist_id}/top", **told("The tracks of an artist that are heard most", "TrackList"))
async def list_top_tracks(call: SignedIn, artist_id: Id, limit: Count = 20) -> Response:
    """Played most by everybody here, then liked by most, then played most by me; the rest from all over."""
    found = await call.services.similar.top_tracks(call.caller, ArtistId(artist_id), limit)
    return items(found, shapes.track)
