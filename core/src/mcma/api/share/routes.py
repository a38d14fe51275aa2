"""Addresses below `/share/{token}`: the page, its data, sound and pictures."""

import asyncio
from typing import Final
from uuid import UUID

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mcma.api.auth import api_of
from mcma.api.respond import answer
from mcma.api.share.data import data_of
from mcma.api.share.page import POLICY, lost_page, share_page
from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.shares.opened import OpenShares
from mcma_plugins.values import CoverImage
from mcma_plugins.web import served_response, server_address

_HIDDEN: Final = {"x-robots-tag": "noindex, nofollow", "referrer-policy": "no-referrer"}
_PAGE: Final = {
    **_HIDDEN, "content-security-policy": POLICY, "cache-control": "private, no-cache", "vary": "Accept",
}  # fmt: skip
_SOUND: Final = {**_HIDDEN, "cache-control": "private, max-age=3600"}
_JSON: Final = ".json"
SIZES: Final = (120, 300, 600, 1200)
"""Of pictures, in pixels: strangers do not get to fill the cache with every size there is."""


def add_share_pages(app: FastAPI) -> None:
    app.router.routes.extend(
        Route(f"/share/{path}", endpoint, methods=["GET"], include_in_schema=False)
        for path, endpoint in (
            ("{token}", _share), ("{token}/cover", _cover), ("{token}/cover/{track_id}", _cover),
            ("{token}/tracks/{track_id}", _stream), ("{token}/tracks/{track_id}/download", _download),
        )
    )  # fmt: skip


def _shares(request: Request) -> OpenShares:
    return api_of(request).services.open_shares


async def _share(request: Request) -> Response:
    """HTML, or JSON for `.json` and for whoever prefers it. Looking (HEAD) is no visit."""
    token: str = request.path_params["token"]
    plain = token.endswith(_JSON) or _prefers_json(request)
    token = token.removesuffix(_JSON)
    try:
        found = await _shares(request).opened(token, visit=request.method != "HEAD")
    except NotFound:
        if plain:
            raise
        return HTMLResponse(lost_page(), 404, _PAGE | {"cache-control": "no-store"})
    place = f"{server_address(request)}/share/{token}"
    if plain:
        return answer(data_of(found, place), headers=_PAGE)
    page = await asyncio.to_thread(share_page, found, place, token)
    return HTMLResponse(page, headers=_PAGE)


async def _stream(request: Request) -> Response:
    """As browsers play it: the original, or MP3; `format=mp3` for a browser that does not after all."""
    wanted = request.query_params.get("format")
    if wanted not in (None, "mp3"):
        raise InvalidInput("format: mp3, or none.", code="invalid_field")
    served = await _shares(request).stream(
        request.path_params["token"], _id(request), compatible=wanted is not None,
        start=request.method != "HEAD",
    )  # fmt: skip
    return await served_response(request, served, headers=_SOUND)


async def _download(request: Request) -> Response:
    served = await _shares(request).original(request.path_params["token"], _id(request))
    return await served_response(request, served, headers=_SOUND, save=True)


async def _cover(request: Request) -> Response:
    track = _id(request) if "track_id" in request.path_params else None
    image = await _shares(request).cover(request.path_params["token"], track, _size(request))
    headers = {**_HIDDEN, **_kept(image)}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    headers["content-length"] = str(len(image.data))
    return Response(b"" if request.method == "HEAD" else image.data, 200, headers, image.content_type)


def _kept(image: CoverImage) -> dict[str, str]:
    kept = "no-store" if image.placeholder else "private, max-age=86400"
    return {"etag": f'"{image.etag}"', "cache-control": kept}


def _id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["track_id"])
    except ValueError:
        raise NotFound("There is no such track in this share.") from None


def _size(request: Request) -> int:
    """The next one there is."""
    text = request.query_params.get("size", "600")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 600
    return next((size for size in SIZES if size >= asked), SIZES[-1])


def _prefers_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted
