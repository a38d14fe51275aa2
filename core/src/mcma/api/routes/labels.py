"""Record labels."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import PAGE, Cursor, Id, Libraries, Limit, Sort, Words
from mcma.api.openapi import area, told
from mcma.api.paging import page
from mcma.api.respond import answer
from mcma.api.routes._filters import AlbumFilters, PagingOf, filters_of, listed
from mcma.api.routes._libraries import numbers_of
from mcma.api.routes._names import named

router = area("/labels", "catalogue")
LabelSort = Annotated[
    Literal["name", "-name", "albums", "-albums"], Query(description="Sorted by; `-` is the other direction.")
]


@router.get("", **told("List labels", "LabelPage"))
async def list_labels(
    call: SignedIn,
    q: Words = None,
    libraries: Libraries = None,
    sort: LabelSort = "name",
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """With the number of their albums."""
    every = await call.services.labels.list(call.caller, await numbers_of(call, libraries))
    shown, more = named(every, q, sort, cursor, limit)
    return page(call.request, [shapes.label(one) for one in shown], more)


@router.get("/{label_id}", **told("Show a label", "Label"))
async def get_label(call: SignedIn, label_id: Id) -> Response:
    return answer(shapes.label(await call.services.labels.get(call.caller, label_id)))


@router.get("/{label_id}/albums", **told("List the albums of a label", "AlbumPage"))
async def list_label_albums(
    call: SignedIn, label_id: Id, filters: AlbumFilters, paging: PagingOf, sort: Sort = "title"
) -> Response:
    """Filtered and sorted as `GET /albums`."""
    label_id = (await call.services.labels.get(call.caller, label_id)).id
    found = await call.services.browse.list_albums(
        call.caller, filters_of(filters, label_id=label_id), paging.ask(sort)
    )
    return listed(call.request, found, shapes.albums)
