"""Albums."""

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Id, Sort
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer
from mcma.api.routes._filters import AlbumFilters, PagingOf, filters_of, listed
from mcma_plugins.ids import AlbumId

router = area("/albums", "catalogue")


@router.get("", **told("List albums", "AlbumPage"))
async def list_albums(
    call: SignedIn, filters: AlbumFilters, paging: PagingOf, sort: Sort = "title"
) -> Response:
    """Sorted by title, artist, year, original_date, created, updated, duration, plays, last_played, rating,
    liked or random."""
    found = await call.services.browse.list_albums(call.caller, filters_of(filters), paging.ask(sort))
    return listed(call.request, found, shapes.albums)


@router.get("/{album_id}", **told("Show an album", "Album"))
async def get_album(call: SignedIn, album_id: Id) -> Response:
    return answer(shapes.album(await call.services.catalogue.album(call.caller, AlbumId(album_id))))


@router.get("/{album_id}/editions", **told("List other releases of an album", "AlbumList"))
async def list_album_editions(call: SignedIn, album_id: Id) -> Response:
    """Those that are here, the oldest first: of the same release group, or of the same artist and title."""
    found = await call.services.catalogue.album_editions(call.caller, AlbumId(album_id))
    return items(found, shapes.album)


@router.get("/{album_id}/tracks", **told("List the tracks of an album", "TrackList"))
async def list_album_tracks(call: SignedIn, album_id: Id) -> Response:
    """By disc and number."""
    return items(await call.services.catalogue.album_tracks(call.caller, AlbumId(album_id)), shapes.track)
