"""Ratings."""

from pydantic import Field
from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.inputs import Body, Id, Rating, body
from mcma.api.openapi import area, told
from mcma.api.respond import nothing
from mcma.api.routes._items import Kind

router = area("/ratings", "listening")


class NewRating(Body):
    model_config = body({"rating": 4})
    rating: Rating = Field(description="1 to 5; 0 removes.")


@router.put("/{kind}/{item_id}", **told("Rate", status=204))
async def rate(call: SignedIn, kind: Kind, item_id: Id, sent: NewRating) -> Response:
    await call.services.listening.rate(call.caller, kind.ref(item_id), sent.rating)
    return nothing()


@router.delete("/{kind}/{item_id}", **told("Remove a rating", status=204))
async def unrate(call: SignedIn, kind: Kind, item_id: Id) -> Response:
    await call.services.listening.rate(call.caller, kind.ref(item_id), 0)
    return nothing()
