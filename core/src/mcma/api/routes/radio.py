"""Radio: endless lists around something."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import INT4, Body, Cursor, Id, Name, body
from mcma.api.openapi import area, told
from mcma.api.paging import packed, unpacked
from mcma.api.respond import answer
from mcma_plugins.suggestions import RadioAbout, RadioPage
from mcma_plugins.values import ItemKind, ItemRef

router = area("/radio", "listening")
LARGEST = 100
Limit = Annotated[int, Query(ge=1, le=LARGEST, description="Tracks per page.")]


class RadioItem(Body):
    model_config = body({"kind": "album", "id": "019353a0-0000-7000-8000-000000000003"})
    kind: Literal["track", "album", "artist", "playlist"]
    id: UUID


class NewRadio(Body):
    """About these items and this genre; without either, about what I like and play."""

    model_config = body(
        {"items": [{"kind": "artist", "id": "019353a0-0000-7000-8000-000000000002"}], "limit": 20}
    )
    items: list[RadioItem] = Field(default=[], max_length=50)
    genre: Name | None = None
    limit: int = Field(default=20, ge=1, le=LARGEST, description="Tracks of the first page.")
    seed: int | None = Field(
        default=None, ge=0, le=INT4, description="The same one begins the same radio; any by default."
    )


@router.post("", **told("Begin a radio", "Radio", 201))
async def start_radio(call: SignedIn, sent: NewRadio) -> Response:
    """With its first page. What I gave one star, and what I heard within three hours, is left out."""
    items = tuple(ItemRef(ItemKind(one.kind), one.id) for one in sent.items)
    about = RadioAbout(items, sent.genre)
    made = await call.services.radio.start(call.caller, about, sent.limit, seed=sent.seed)
    return answer(_page(made), 201, {"location": call.path(f"/radio/{made.id}")})


@router.get("/{radio_id}", **told("More of a radio", "Radio"))
async def continue_radio(call: SignedIn, radio_id: Id, cursor: Cursor = None, limit: Limit = 20) -> Response:
    """From its beginning without a cursor. No track comes twice; a page that is asked for again is the same.
    `next` is null once every track was given."""
    [after] = (0,) if cursor is None else unpacked(cursor, int)
    if not 0 <= after <= INT4:
        after = INT4
    return answer(_page(await call.services.radio.next(call.caller, radio_id, after, limit)))


def _page(found: RadioPage) -> shapes.Shape:
    following = None if found.next is None else packed(found.next)
    return shapes.radio(found, following)
