"""Artists."""

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import PAGE, Cursor, Id, Libraries, Limit, Sort, Words
from mcma.api.openapi import area, told
from mcma.api.paging import page
from mcma.api.respond import answer
from mcma.api.routes._filters import Liked
from mcma.services.browse import Filters
from mcma_plugins.ids import ArtistId

router = area("/artists", "catalogue")


@router.get("", **told("List artists", "ArtistPage"))
async def list_artists(
    call: SignedIn,
    q: Words = None,
    liked: Liked = None,
    libraries: Libraries = None,
    sort: Sort = "title",
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """Everybody who is credited anywhere. Sorted by title (the name), created, random, rating or plays."""
    filters = Filters(library_ids=libraries, liked=liked, q=q)
    found = await call.services.browse.list_artists(call.caller, filters, sort, cursor, limit)
    return page(call.request, shapes.artists(found.items), found.next_cursor)


@router.get("/{artist_id}", **told("Show an artist", "Artist"))
async def get_artist(call: SignedIn, artist_id: Id) -> Response:
    return answer(shapes.artist(await call.services.catalogue.artist(call.caller, ArtistId(artist_id))))


@router.get("/{artist_id}/albums", **told("List the albums of an artist", "AlbumPage"))
async def list_artist_albums(call: SignedIn, artist_id: Id) -> Response:
    """Oldest first, all on one page."""
    found = await call.services.catalogue.artist_albums(call.caller, ArtistId(artist_id))
    return page(call.request, shapes.albums(found), None)
