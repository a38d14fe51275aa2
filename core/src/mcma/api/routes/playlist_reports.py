"""What became of the lines of a playlist that came from elsewhere."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import PAGE, Cursor, Id, Limit
from mcma.api.openapi import area, told
from mcma.api.paging import last_place, packed, page
from mcma_plugins.ids import PlaylistId

router = area("/playlists", "playlists")


@router.get("/{playlist_id}/report", **told("Report what was found for the lines", "MatchReport"))
async def get_match_report(
    call: SignedIn,
    playlist_id: Id,
    state: Annotated[
        Literal["matched", "review", "missing"] | None, Query(description="Only these rows.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """Of rows that were made from what somebody says (a file, another service), in the order of the
    playlist: which track was found, how, how surely, and what speaks for it."""
    found = await call.services.match_reports.report(
        call.caller, PlaylistId(playlist_id), state, last_place(cursor), limit
    )
    more = None if found.next is None else packed(found.next[0], str(found.next[1]))
    rows = [shapes.match_report_row(one) for one in found.items]
    return page(call.request, rows, more, **found.counts._asdict())
