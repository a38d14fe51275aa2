"""Artists."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Id, Sort
from mcma.api.openapi import area, told
from mcma.api.paging import page
from mcma.api.respond import answer
from mcma.api.routes._filters import ArtistFilters, PagingOf, Roles, filters_of, listed
from mcma.services.catalogue.filters import Filters
from mcma_plugins.ids import ArtistId

router = area("/artists", "catalogue")
Elsewhere = Annotated[
    bool, Query(description="Albums of others on which the artist is heard, instead of their own.")
]


@router.get("", **told("List artists", "ArtistPage"))
async def list_artists(
    call: SignedIn, filters: ArtistFilters, paging: PagingOf, sort: Sort = "title"
) -> Response:
    """Everybody who is credited anywhere; `role=album_artist` for those with albums of their own. Sorted by
    title (the name), created, updated, plays, last_played, rating, liked or random."""
    found = await call.services.browse.list_artists(call.caller, filters_of(filters), paging.ask(sort))
    return listed(call.request, found, shapes.artists)


@router.get("/{artist_id}", **told("Show an artist", "Artist"))
async def get_artist(call: SignedIn, artist_id: Id) -> Response:
    return answer(shapes.artist(await call.services.catalogue.artist(call.caller, ArtistId(artist_id))))


@router.get("/{artist_id}/albums", **told("List the albums of an artist", "AlbumPage"))
async def list_artist_albums(
    call: SignedIn,
    artist_id: Id,
    paging: PagingOf,
    roles: Roles = None,
    appears_on: Elsewhere = False,
    sort: Sort = "year",
) -> Response:
    """Their own: oldest first, all on one page. With `appears_on` or a `role` in pages, and sorted."""
    catalogue, caller = call.services.catalogue, call.caller
    if not appears_on and roles is None:
        return page(
            call.request, shapes.albums(await catalogue.artist_albums(caller, ArtistId(artist_id))), None
        )
    artist = (await catalogue.artist(caller, ArtistId(artist_id))).id
    filters = Filters(appears_on=artist) if appears_on else Filters(artist_ids=[artist], roles=roles)
    return listed(
        call.request,
        await call.services.browse.list_albums(caller, filters, paging.ask(sort)),
        shapes.albums,
    )


@router.get("/{artist_id}/tracks", **told("List the tracks of an artist", "TrackPage"))
async def list_artist_tracks(
    call: SignedIn, artist_id: Id, paging: PagingOf, roles: Roles = None, sort: Sort = "album"
) -> Response:
    """In any role, or in those that are named."""
    artist = (await call.services.catalogue.artist(call.caller, ArtistId(artist_id))).id
    filters = Filters(artist_ids=[artist], roles=roles)
    found = await call.services.browse.list_tracks(call.caller, filters, paging.ask(sort))
    return listed(call.request, found, shapes.tracks)
