"""System and scanning."""

from mcma_plugins.values import ScanStatus
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint

EXTENSIONS = (
    ("apiKeyAuthentication", [1]),
    ("formPost", [1]),
    ("indexBasedQueue", [1]),
    ("songLyrics", [1]),
    ("transcodeOffset", [1]),
)
"""Only what works: clients change their behaviour on it."""


@endpoint("ping", since="1.0.0")
async def ping(call: Call) -> Node:
    return {}


@endpoint("getLicense", since="1.0.0")
async def get_license(call: Call) -> Node:
    return {"license": {"valid": True}}


@endpoint("getOpenSubsonicExtensions", since="opensubsonic", public=True)
async def get_extensions(call: Call) -> Node:
    return {"openSubsonicExtensions": [{"name": name, "versions": versions} for name, versions in EXTENSIONS]}


@endpoint("tokenInfo", since="apiKeyAuthentication")
async def token_info(call: Call) -> Node:
    return {"tokenInfo": {"username": call.caller.name}}


@endpoint("getScanStatus", since="1.15.0")
async def get_scan_status(call: Call) -> Node:
    return _scan_status(await call.services.scans.status(call.caller))


@endpoint("startScan", since="1.15.0")
async def start_scan(call: Call) -> Node:
    full = call.params.flag("fullScan", False)
    return _scan_status(await call.services.scans.start(call.caller, full=full))


def _scan_status(status: ScanStatus) -> Node:
    node: Node = {"scanning": status.scanning, "count": status.tracks}
    if status.last_scan_at is not None:
        node["lastScan"] = shapes.moment(status.last_scan_at)
    return {"scanStatus": node}
