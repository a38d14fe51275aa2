"""`/help/app-passwords`: what an app password is, and a form that makes one. Apps lead here after a failed
login.

Public, and by itself: nothing is loaded from elsewhere, and the script talks to this server's API alone.
"""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mcma_plugins import Adapter
from mcma_plugins.web import LOGIN_HELP, server_address

_FOLDER: Final = files("mcma.api") / "pages"
_PAGE, _STYLE, _SCRIPT = (
    (_FOLDER / f"app_passwords.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
)


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


_POLICY: Final = (
    f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {"content-security-policy": _POLICY, "cache-control": "no-store"}


def add_help(app: FastAPI, adapters: Sequence[Adapter]) -> None:
    doors = ", ".join(one.title or one.mount for one in adapters)

    async def app_passwords(request: Request) -> Response:
        values = {
            "style": _STYLE,
            "script": _SCRIPT,
            "server": escape(server_address(request)),
            "root": escape(request.scope.get("root_path", "")),
            "doors": escape(doors or "music apps"),
        }
        page = _PAGE
        for name, value in values.items():
            page = page.replace(f"{{{{{name}}}}}", value)
        return HTMLResponse(page, headers=_HEADERS)

    app.add_route(LOGIN_HELP, app_passwords, include_in_schema=False)
