"""The first page: what this is, and where apps and people go on."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mcma.api.auth import api_of
from mcma.api.respond import answer
from mcma_plugins import Adapter
from mcma_plugins.web import LOGIN_HELP, server_address

_STYLE: Final = "body{font:16px/1.6 sans-serif;max-width:40em;margin:4em auto;padding:0 1em}"
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>mcma</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><h1>mcma {version}</h1><p>A music server: listen with an app, and log in there with an app password.</p>
<ul>{rows}</ul></body></html>
"""


def add_landing(app: FastAPI, adapters: Sequence[Adapter]) -> None:
    async def landing(request: Request) -> Response:
        api = api_of(request)
        address = server_address(request)
        root = request.scope.get("root_path", "")
        places = {
            "App passwords": f"{root}{LOGIN_HELP}",
            "API": f"{root}/api/docs",
            "OpenAPI": f"{root}/api/openapi.json",
            "Health": f"{root}/health",
        }
        doors = {one.title or one.mount: f"{address}{one.mount}" for one in adapters}
        if "text/html" not in request.headers.get("accept", ""):
            return answer(
                {"server": "mcma", "version": api.services.version, "links": places, "adapters": doors}
            )
        return _page(api.services.version, address, places, doors)

    app.add_route("/", landing, include_in_schema=False)


def _page(version: str, address: str, places: dict[str, str], doors: dict[str, str]) -> Response:
    rows = [
        f"<li>{escape(name)} apps: enter <code>{escape(address)}</code> as the server. "
        f"Programs ask <code>{escape(where)}</code>.</li>"
        for name, where in doors.items()
    ]
    rows += [f'<li><a href="{escape(where)}">{escape(name)}</a></li>' for name, where in places.items()]
    page = _PAGE.format(style=_STYLE, version=escape(version), rows="".join(rows))
    return HTMLResponse(page, headers={"content-security-policy": _POLICY})
