"""Bytes: songs and pictures."""

from starlette.responses import Response

from mcma_plugins.ids import TrackId
from mcma_plugins.values import CoverImage, ItemKind, ItemRef
from mcma_plugins.web import file_response
from mcma_subsonic import ids
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import not_found

MAX_PICTURE = 4096
"""Longest side in pixels."""


@endpoint("stream", since="1.0.0", media=True)
async def stream(call: Call) -> Response:
    """The original, whatever `format` and `maxBitRate` say: nothing is transcoded yet. Counts no play."""
    return await _file(call, save=False)


@endpoint("download", since="1.0.0", media=True)
async def download(call: Call) -> Response:
    return await _file(call, save=True)


async def _file(call: Call, *, save: bool) -> Response:
    id_ = TrackId(call.params.item("id", ItemKind.TRACK).id)
    found = await call.services.streaming.original(call.caller, id_)
    return file_response(
        call.request,
        path=found.path,
        size=found.size,
        etag=found.etag,
        content_type=found.content_type,
        last_modified=found.last_modified,
        headers={"cache-control": "private, no-cache", "x-content-type-options": "nosniff"},
        filename=found.name if save else None,
        within=found.root,
    )


@endpoint("getCoverArt", since="1.0.0", media=True)
async def get_cover_art(call: Call) -> Response:
    """Takes ids of covers and of everything that can have one."""
    size = call.params.maybe_integer("size", 0)
    item = _pictured(call.params.text("id"))
    wanted = None if not size else min(size, MAX_PICTURE)
    return _picture(call, await call.services.streaming.cover(call.caller, item, wanted))


def _pictured(text: str) -> ItemRef:
    if (item := ids.parse_cover(text)) is None:
        raise not_found("The picture")
    return item


def _picture(call: Call, cover: CoverImage) -> Response:
    etag = f'"{cover.etag}"'
    headers = {
        # Something better may turn up any minute.
        "cache-control": "no-store" if cover.placeholder else "private, max-age=86400",
        "etag": etag,
        "x-content-type-options": "nosniff",
    }
    if _matches(call.request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    response = Response(cover.data, headers=headers, media_type=cover.content_type)
    if call.request.method == "HEAD":
        response.body = b""
    return response


def _matches(header: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2)."""
    return header.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in header.split(","))


@endpoint("getAvatar", since="1.8.0")
async def get_avatar(call: Call) -> Node:
    call.params.text("username")
    raise not_found("The avatar")
