"""Bytes: songs and pictures."""

from starlette.responses import Response

from mcma_plugins.ids import TrackId
from mcma_plugins.streams import StreamWish
from mcma_plugins.values import CoverImage, ItemKind, ItemRef
from mcma_plugins.web import archive_response, served_response
from mcma_subsonic import ids
from mcma_subsonic.call import Call, endpoint
from mcma_subsonic.errors import not_found

MAX_PICTURE = 4096
"""Longest side in pixels."""
LARGEST_RATE = 10_000
LONGEST = 86_400
MEDIA_HEADERS = {"cache-control": "private, no-cache", "x-content-type-options": "nosniff"}


@endpoint(
    "stream",
    since="1.0.0",
    media=True,
    notes="Counts no play. Nothing is transcoded unless `format`, `maxBitRate` or `timeOffset` asks for it",
)
async def stream(call: Call) -> Response:
    """Counts no play. Nothing is transcoded unless it is asked for: `format`, `maxBitRate` (0: no limit) and
    `timeOffset` are wishes, and what cannot be done is answered with the original."""
    id_ = TrackId(call.params.item("id", ItemKind.TRACK).id)
    start = call.request.method != "HEAD"
    served = await call.services.streaming.serve(call.caller, id_, _wish(call), start=start)
    estimate = call.params.flag("estimateContentLength", False)
    return await served_response(call.request, served, headers=MEDIA_HEADERS, estimate=estimate)


@endpoint(
    "download",
    since="1.0.0",
    media=True,
    notes="A song as it is, with ranges. An album, artist or playlist as a ZIP file of known length",
)
async def download(call: Call) -> Response:
    item = call.params.item("id")
    if item.kind is not ItemKind.TRACK:
        archive = await call.services.downloads.archive(call.caller, item)
        return archive_response(call.request, archive, headers=MEDIA_HEADERS)
    served = await call.services.streaming.serve(call.caller, TrackId(item.id), StreamWish(), keep=True)
    return await served_response(call.request, served, headers=MEDIA_HEADERS, save=True)


def _wish(call: Call) -> StreamWish:
    """Clients send any number for "no limit"; what no codec reaches is none."""
    most = call.params.maybe_integer("maxBitRate", 0) or None
    offset = call.params.maybe_integer("timeOffset", 0) or 0
    return StreamWish(
        format=call.params.maybe("format") or None,
        bit_rate_kbps=None if most is None or most > LARGEST_RATE else most,
        offset_ms=min(offset, LONGEST) * 1000,
    )


@endpoint(
    "getCoverArt",
    since="1.0.0",
    media=True,
    notes="Also takes ids of songs, albums, artists and playlists (up to four albums of it as a square); "
    "a placeholder where there is no picture",
)
async def get_cover_art(call: Call) -> Response:
    """Takes ids of covers and of everything that can have one."""
    size = call.params.maybe_integer("size", 0)
    item = _pictured(call.params.text("id"))
    wanted = None if not size else min(size, MAX_PICTURE)
    cover = await call.services.streaming.cover(call.caller, item, wanted)
    # Something better than a placeholder may turn up any minute.
    return _picture(
        call, cover, "no-store" if cover.placeholder else f"private, max-age={cover.kept_seconds}"
    )


def _pictured(text: str) -> ItemRef:
    if (item := ids.parse_cover(text)) is None:
        raise not_found("The picture")
    return item


def _picture(call: Call, cover: CoverImage, caching: str) -> Response:
    etag = f'"{cover.etag}"'
    headers = {
        "cache-control": caching,
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


@endpoint("getAvatar", since="1.8.0", media=True, notes="Of anybody; initials for who has not set a picture")
async def get_avatar(call: Call) -> Response:
    found = await call.services.avatars.avatar(call.caller, call.params.text("username"))
    return _picture(call, found, "private, no-cache")
