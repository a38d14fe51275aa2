"""What sounds alike (extension sonicSimilarity): only where a plugin compares sound."""

from mcma_plugins.ids import TrackId
from mcma_plugins.suggestions import SonicTracks
from mcma_plugins.values import ItemKind
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint

MOST = 500
LONGEST_PATH = 100


@endpoint(
    "getSonicSimilarTracks",
    since="sonicSimilarity",
    notes="Error 0 while no plugin runs that compares sound",
)
async def get_sonic_similar_tracks(call: Call) -> Node:
    id_ = TrackId(call.params.item("id", ItemKind.TRACK).id)
    count = call.params.clamped("count", 10, 0, MOST)
    return _matches(await call.services.sonic.sounding_like(call.caller, id_, count))


@endpoint(
    "findSonicPath",
    since="sonicSimilarity",
    notes="Both ends included; between two songs goes the one most like both, and so on in each half. "
    "`similarity` is -1 where a song is too far from the start to tell. Error 0 without a plugin",
)
async def find_sonic_path(call: Call) -> Node:
    start, end = (TrackId(call.params.item(name, ItemKind.TRACK).id) for name in ("startSongId", "endSongId"))
    count = call.params.clamped("count", 25, 1, LONGEST_PATH)
    return _matches(await call.services.sonic.path(call.caller, start, end, count))


def _matches(found: SonicTracks) -> Node:
    return {
        "sonicMatch": [{"entry": shapes.song(one.track), "similarity": one.likeness} for one in found.items]
    }
