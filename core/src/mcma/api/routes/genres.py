"""Genres."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import PAGE, Cursor, Libraries, Limit, Words
from mcma.api.openapi import area, told
from mcma.api.paging import page
from mcma.api.routes._libraries import numbers_of
from mcma.api.routes._names import named

router = area("/genres", "catalogue")
GenreSort = Literal["name", "-name", "songs", "-songs", "albums", "-albums"]
Sort = Annotated[GenreSort, Query(description="Sorted by; `-` is the other direction.")]


@router.get("", **told("List genres", "GenrePage"))
async def list_genres(
    call: SignedIn,
    q: Words = None,
    libraries: Libraries = None,
    sort: Sort = "name",
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """With the number of their songs and albums."""
    every = await call.services.catalogue.genres(call.caller, await numbers_of(call, libraries))
    listed, more = named(every, q, sort, cursor, limit)
    return page(call.request, [shapes.genre(one) for one in listed], more)
