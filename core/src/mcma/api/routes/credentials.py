"""What a source needs to be let in: handed over, and taken away again."""

from starlette.responses import Response

from mcma.api.auth import Admin
from mcma.api.inputs import SourceName
from mcma.api.openapi import FILE_FORM, area, told
from mcma.api.respond import nothing
from mcma.api.uploads import content_of

router = area("/sources", "sources")
_FILE = {"schema": {"type": "string", "format": "binary"}}
_BODY = {"required": True, "content": {"text/plain": _FILE, "application/octet-stream": _FILE, **FILE_FORM}}


@router.put(
    "/{source}/credential",
    **told("Hand a source its credential", status=204, openapi_extra={"requestBody": _BODY}),
)
async def set_source_credential(call: Admin, source: SourceName) -> Response:
    """A file of cookies or a token, as the source wants it, of at most 1 MB. It is kept where only the server
    can read it, and never shown again; the health of the source says how old it is."""
    await call.services.credentials.set(call.caller, source, await content_of(call.request))
    return nothing()


@router.delete("/{source}/credential", **told("Take the credential of a source away", status=204))
async def remove_source_credential(call: Admin, source: SourceName) -> Response:
    await call.services.credentials.remove(call.caller, source)
    return nothing()
