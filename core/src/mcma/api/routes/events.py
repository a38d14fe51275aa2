"""What happens, as it happens: server-sent events."""

from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.events import EventStream
from mcma.api.openapi import area, told

router = area("/events", "jobs")
_CONTENT = {
    "text/event-stream": {
        "schema": {"type": "string"},
        "example": 'event: poke\ndata: {"scope":"me","head":184240}\n\n',
    }
}


@router.get("", **told("Follow what happens", content=_CONTENT))
async def events(call: SignedIn) -> Response:
    """`poke`: there are changes in a scope of mine, up to `head`; one for each scope at the beginning.
    `playing`: what `GET /now-playing` lists, at the beginning and when it changes. `job`: a job as `GET
    /jobs` shows it, my own, or all for administrators. It ends with the login or the server; a client that
    reads too slowly misses some, never the latest."""
    return EventStream(call).response()
