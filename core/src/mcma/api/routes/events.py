"""What happens, as it happens: server-sent events."""

from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.events import EventStream
from mcma.api.openapi import area, told

router = area("/events", "jobs")
_CONTENT = {
    "text/event-stream": {
        "schema": {"type": "string"},
        "example": 'event: job\ndata: {"id":"019353a0-0000-7000-8000-00000000000b","state":"running"}\n\n',
    }
}


@router.get("", **told("Follow jobs", content=_CONTENT))
async def events(call: SignedIn) -> Response:
    """Each `job` event carries a job as `GET /jobs` shows it: my own, or all for administrators. It ends with
    the login or the server; a client that reads too slowly misses some, never the latest."""
    return EventStream(call).response()
