"""Form bodies: application/x-www-form-urlencoded and multipart/form-data (extension formPost)."""

from collections.abc import AsyncGenerator

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Message, Receive

from mcma_subsonic.errors import Code, SubsonicError, invalid
from mcma_subsonic.params import MAX_FIELDS, Item, parse_urlencoded
from mcma_subsonic.settings import MAX_BODY


async def form_items(headers: Headers, data: bytes) -> list[Item]:
    """The fields of a form; of anything else there are none."""
    kind = headers.get("content-type", "application/x-www-form-urlencoded").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _multipart(headers, data)
    return parse_urlencoded(data) if kind == "application/x-www-form-urlencoded" else []


async def read_body(headers: Headers, receive: Receive) -> bytes:
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > MAX_BODY:
        raise _too_large()
    parts, size = [], 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > MAX_BODY:
            raise _too_large()
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large() -> SubsonicError:
    return SubsonicError(
        Code.GENERIC,
        f"The request is larger than {MAX_BODY // 1024 // 1024} MB.",
        http_status=413,
        headers={"connection": "close"},
    )


async def _multipart(headers: Headers, data: bytes) -> list[Item]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield data
        yield b""

    # The parser drops the connection between a field and a file; calls of this API carry no files.
    parser = MultiPartParser(headers, stream(), max_files=0, max_fields=MAX_FIELDS, max_part_size=MAX_BODY)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, LookupError):
        raise invalid("The multipart form cannot be read.") from None
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
