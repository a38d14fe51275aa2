"""Getting what a playlist waits for."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Cursor, Id
from mcma.api.openapi import area, told
from mcma.api.paging import last_place, packed
from mcma.api.respond import answer
from mcma_plugins.ids import PlaylistId

router = area("/playlists", "playlists")


@router.post("/{playlist_id}/missing/request", **told("Ask for all that is missing", "MissingAnswer"))
async def request_missing(
    call: SignedIn,
    playlist_id: Id,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows to look at.")] = 200,
) -> Response:
    """From the source that a row is from, if that can get it, else by what is said of it. What is here or
    asked for already is not asked for again. With `next`, ask again with it as the `cursor`."""
    found = await call.services.missing_requests.ask(
        call.caller, PlaylistId(playlist_id), last_place(cursor), limit
    )
    more = None if found.next is None else packed(found.next[0], str(found.next[1]))
    return answer(shapes.missing(found, more))
