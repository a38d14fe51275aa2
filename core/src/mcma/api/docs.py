"""The API's description, and a page to read and try it: Swagger UI from a package, no outside assets."""

from collections.abc import Callable
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from mcma.api.respond import JSON, encoded

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI draws its icons from data: addresses and sets styles; no script is written into the page."""
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>mcma API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{root}/api/docs/assets/swagger-ui.css">
<link rel="icon" href="{root}/api/docs/assets/favicon.png"></head>
<body><div id="swagger-ui" data-document="{root}/api/openapi.json"></div>
<script src="{root}/api/docs/assets/swagger-ui-bundle.js"></script>
<script src="{root}/api/docs/start.js"></script></body></html>
"""
_START: Final = """"use strict";
const place = document.getElementById("swagger-ui");
window.ui = SwaggerUIBundle({
  url: place.dataset.document, domNode: place, deepLinking: true, persistAuthorization: false,
  validatorUrl: null, presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout",
});
"""


def add_docs(app: FastAPI, document: Callable[[], dict[str, Any]]) -> None:
    kept: list[bytes] = []

    async def openapi(request: Request) -> Response:
        if not kept:
            kept.append(encoded(document()))
        return Response(kept[0], media_type=JSON, headers={"cache-control": "no-cache"})

    async def page(request: Request) -> Response:
        root = escape(request.scope.get("root_path", ""), quote=True)
        return HTMLResponse(_PAGE.format(root=root), headers={"content-security-policy": _POLICY})

    async def start(request: Request) -> Response:
        return Response(_START, media_type="text/javascript")

    for path, endpoint in (("/openapi.json", openapi), ("/docs", page), ("/docs/start.js", start)):
        app.add_route(f"/api{path}", endpoint, include_in_schema=False)
    app.mount("/api/docs/assets", StaticFiles(directory=_assets()), name="docs-assets")


def _assets() -> Path:
    spec = find_spec("fastapi_offline")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "static"
