"""Bookmarks: where to go on in a track."""

from typing import Annotated

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Body, Count, Id, LongText, Moment, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer, nothing
from mcma_plugins.ids import TrackId

router = area("/bookmarks", "listening")


class NewBookmark(Body):
    model_config = body({"position_ms": 95_000, "comment": "the solo"})
    position_ms: Count
    comment: LongText | None = None
    at: Moment | None = Field(
        default=None, description="When it was set, for what is sent later; now by default."
    )


@router.get("", **told("List my bookmarks", "BookmarkList"))
async def list_bookmarks(call: SignedIn) -> Response:
    """The latest change first, 1,000 at most."""
    return items(await call.services.bookmarks.bookmarks(call.caller), shapes.bookmark)


@router.get("/{track_id}", **told("Show my bookmark in a track", "Bookmark"))
async def get_bookmark(call: SignedIn, track_id: Id) -> Response:
    return answer(shapes.bookmark(await call.services.bookmarks.bookmark(call.caller, TrackId(track_id))))


@router.put("/{track_id}", **told("Set my bookmark in a track", "Bookmark"))
async def set_bookmark(call: SignedIn, track_id: Id, sent: NewBookmark) -> Response:
    """The latest `at` decides; the answer is what is there afterwards."""
    made = await call.services.bookmarks.save(
        call.caller, TrackId(track_id), sent.position_ms, sent.comment, sent.at
    )
    return answer(shapes.bookmark(made))


@router.delete("/{track_id}", **told("Remove my bookmark in a track", status=204))
async def remove_bookmark(
    call: SignedIn,
    track_id: Id,
    at: Annotated[Moment | None, Query(description="When it was removed; now by default.")] = None,
) -> Response:
    """Without a bookmark nothing happens."""
    await call.services.bookmarks.remove(call.caller, TrackId(track_id), at)
    return nothing()
