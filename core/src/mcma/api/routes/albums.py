"""Albums."""

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import PAGE, Cursor, Id, Libraries, Limit, Sort, Words
from mcma.api.openapi import area, told
from mcma.api.paging import items, page
from mcma.api.respond import answer
from mcma.api.routes._filters import FromYear, Genre, Liked, OfArtist, ToYear
from mcma.services.browse import Filters
from mcma_plugins.ids import AlbumId

router = area("/albums", "catalogue")


@router.get("", **told("List albums", "AlbumPage"))
async def list_albums(
    call: SignedIn,
    q: Words = None,
    artist_id: OfArtist = None,
    genre: Genre = None,
    from_year: FromYear = None,
    to_year: ToYear = None,
    liked: Liked = None,
    libraries: Libraries = None,
    sort: Sort = "title",
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """Sorted by title, artist, year, duration, created, random, rating or plays."""
    filters = Filters(
        library_ids=libraries, artist_id=artist_id, genre=genre, from_year=from_year, to_year=to_year,
        liked=liked, q=q,
    )  # fmt: skip
    found = await call.services.browse.list_albums(call.caller, filters, sort, cursor, limit)
    return page(call.request, shapes.albums(found.items), found.next_cursor)


@router.get("/{album_id}", **told("Show an album", "Album"))
async def get_album(call: SignedIn, album_id: Id) -> Response:
    return answer(shapes.album(await call.services.catalogue.album(call.caller, AlbumId(album_id))))


@router.get("/{album_id}/tracks", **told("List the tracks of an album", "TrackList"))
async def list_album_tracks(call: SignedIn, album_id: Id) -> Response:
    """By disc and number."""
    return items(await call.services.catalogue.album_tracks(call.caller, AlbumId(album_id)), shapes.track)
