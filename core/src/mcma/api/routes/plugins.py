"""The plugins that are installed, and how they are."""

from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.openapi import area, told
from mcma.api.respond import answer

router = area("/plugins", "server")
_FOR_ALL = ("name", "state", "degraded", "version", "summary", "abilities")


@router.get("", **told("List the plugins", "PluginList"))
async def list_plugins(call: SignedIn) -> Response:
    """With the reason when one does not run. Administrators see everything about them."""
    found = await call.api.host.shown()
    if not call.caller.is_admin:
        found = [{name: one[name] for name in _FOR_ALL} for one in found]
    return answer({"items": found})
