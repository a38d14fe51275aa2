"""What is answered about one track."""

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Call
from mcma.api.respond import answer
from mcma_plugins.values import TrackView


async def one_track(call: Call, track: TrackView) -> Response:
    """With who says its fields, which pages of many leave out."""
    return answer({**shapes.track(track), "provenance": await call.services.edits.origins(track)})
