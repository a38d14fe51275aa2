"""Search over the library."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Libraries, Limit, Text
from mcma.api.openapi import area, told
from mcma.api.respond import answer
from mcma.api.routes._libraries import numbers_of
from mcma_plugins.values import ItemKind, SearchQuery, Window

router = area("/search", "catalogue")
Offset = Annotated[int, Query(ge=0, le=10_000, description="How many of each kind to leave out.")]
Asked = Annotated[Text, Query(description="Beginnings of words; all have to be there. Or a MusicBrainz id.")]
Kinds = Annotated[
    list[ItemKind] | None,
    Query(alias="kind", max_length=10, description="Only these: track, album, artist."),
]


@router.get("", **told("Search for artists, albums and tracks", "Found"))
async def search(
    call: SignedIn,
    q: Asked,
    kinds: Kinds = None,
    libraries: Libraries = None,
    offset: Offset = 0,
    limit: Limit = 20,
) -> Response:
    """The best first; `limit` counts for each kind."""

    def window(kind: ItemKind) -> Window:
        return Window(limit if kinds is None or kind in kinds else 0, offset)

    query = SearchQuery(
        q, window(ItemKind.ARTIST), window(ItemKind.ALBUM), window(ItemKind.TRACK),
        await numbers_of(call, libraries),
    )  # fmt: skip
    found = await call.services.catalogue.search(call.caller, query)
    return answer(
        {
            "artists": shapes.artists(found.artists),
            "albums": shapes.albums(found.albums),
            "tracks": shapes.tracks(found.tracks),
        }
    )
