"""System and scanning."""

from collections.abc import Callable
from typing import NamedTuple

from mcma_plugins.services import Services
from mcma_plugins.values import ScanStatus
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint


class Extension(NamedTuple):
    name: str
    versions: tuple[int, ...]
    notes: str
    """What it brings here, for docs/opensubsonic.md."""
    offered: Callable[[Services], bool] = lambda services: True


EXTENSIONS = (
    Extension(
        "apiKeyAuthentication", (1,), "An app password is an API key; `tokenInfo` says whose. Errors 42 to 44"
    ),
    Extension("formPost", (1,), "Parameters in the body of a POST, urlencoded or multipart, up to 10 MB"),
    Extension("indexBasedQueue", (1,), "The same queue as getPlayQueue, with a place instead of an id"),
    Extension("playbackReport", (1,), "A timeline in getNowPlaying, and plays that come of it"),
    Extension(
        "songLyrics",
        (1, 2),
        "Plain and synced lyrics, with times of words where there are any; of tags and of `.lrc`, `.elrc` "
        "and `.ttml` files beside the music",
    ),
    Extension(
        "sonicSimilarity",
        (1,),
        "By sound alone; only while a plugin runs that compares sound",
        offered=lambda services: services.sonic.available,
    ),
    Extension("topSongsByArtistId", (1,), "`id` of getTopSongs"),
    Extension("transcodeOffset", (1,), "`timeOffset` of stream, in seconds"),
    Extension("transcoding", (1,), "Players say what they can play; `transcodeParams` are good for two days"),
)
"""Only what works: clients change their behaviour on it. Sorted by name."""


@endpoint("ping", since="1.0.0")
async def ping(call: Call) -> Node:
    return {}


@endpoint("getLicense", since="1.0.0")
async def get_license(call: Call) -> Node:
    return {"license": {"valid": True}}


@endpoint(
    "getOpenSubsonicExtensions",
    since="opensubsonic",
    public=True,
    notes="Public: credentials are ignored",
)
async def get_extensions(call: Call) -> Node:
    offered = [each for each in EXTENSIONS if each.offered(call.services)]
    return {"openSubsonicExtensions": [{"name": each.name, "versions": each.versions} for each in offered]}


@endpoint("tokenInfo", since="apiKeyAuthentication")
async def token_info(call: Call) -> Node:
    return {"tokenInfo": {"username": call.caller.name}}


@endpoint("getScanStatus", since="1.15.0")
async def get_scan_status(call: Call) -> Node:
    return _scan_status(await call.services.scans.status(call.caller))


@endpoint("startScan", since="1.15.0", notes="Returns at once; error 50 for who may not")
async def start_scan(call: Call) -> Node:
    full = call.params.flag("fullScan", False)
    return _scan_status(await call.services.scans.start(call.caller, full=full))


def _scan_status(status: ScanStatus) -> Node:
    node: Node = {"scanning": status.scanning, "count": status.tracks}
    if status.last_scan_at is not None:
        node["lastScan"] = shapes.moment(status.last_scan_at)
    return {"scanStatus": node}
