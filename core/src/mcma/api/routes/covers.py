"""Pictures of tracks, albums, artists and playlists."""

from typing import Annotated, Any

from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from mcma.api.auth import SignedIn
from mcma.api.inputs import Id, Size
from mcma.api.openapi import NOT_MODIFIED, area, binary, told
from mcma.api.routes._items import Plural
from mcma_plugins.values import CoverImage, ItemRef

router = area("", "media")


class Kinds(Plural):
    """The word in the address."""

    TRACKS = "tracks"
    ALBUMS = "albums"
    ARTISTS = "artists"
    PLAYLISTS = "playlists"


Word = Annotated[Kinds, Path(description="tracks, albums, artists or playlists.")]
_COVER: dict[str, Any] = told(
    "The picture of an item", content=binary("image/*", "The picture."), also={304: NOT_MODIFIED}
)


@router.head("/{kinds}/{item_id}/cover", include_in_schema=False, name="head_cover")
@router.get("/{kinds}/{item_id}/cover", **_COVER)
async def cover(call: SignedIn, kinds: Word, item_id: Id, size: Size = None) -> Response:
    """In its original size, or scaled to `size`. What has no picture gets a generated one, not to be kept."""
    image = await call.services.streaming.cover(call.caller, ItemRef(kinds.kind, item_id), size)
    return pictured(call.request, image)


def pictured(request: Request, image: CoverImage, caching: str | None = None) -> Response:
    headers = {"etag": f'"{image.etag}"', "cache-control": caching or _caching(image)}
    if _is_known(request, headers["etag"]):
        return Response(None, 304, headers)
    shown = b"" if request.method == "HEAD" else image.data
    length = {"content-length": str(len(image.data))}
    return Response(shown, 200, headers | length, image.content_type)


def _caching(image: CoverImage) -> str:
    return "no-store" if image.placeholder else f"private, max-age={image.kept_seconds}"


def _is_known(request: Request, etag: str) -> bool:
    """If-None-Match, compared weakly (RFC 9110 section 13.1.2)."""
    listed = ",".join(request.headers.getlist("if-none-match")).split(",")
    return any(one.strip().removeprefix("W/") in (etag, "*") for one in listed)
