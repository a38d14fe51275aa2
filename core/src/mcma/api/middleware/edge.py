"""The outermost layer: who and where, a correlation id, safe headers, one line in the log."""

import re
import secrets
import time
from typing import Final
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcma.api.middleware.proxies import TrustedProxies
from mcma.api.options import ApiOptions
from mcma_plugins.web import ADDRESS

_log = structlog.get_logger("mcma.access")
_GOOD_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_SHARE: Final = re.compile(r"(/share/+|/pictures/+)[^/]+", re.IGNORECASE)
_QUIET: Final = ("/health", "/health/ready")
SAFE: Final = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
"""Added where an answer does not have its own."""


class Edge:
    def __init__(self, app: ASGIApp, options: ApiOptions) -> None:
        self._app = app
        self._base, self._address = options.base_path, options.public_address
        self._proxies = TrustedProxies(options.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        self._proxies.apply(scope)
        self._place(scope)
        if scope["type"] == "http":
            await _Exchange(self._app, scope).run(receive, send)
        else:
            await self._app(scope, receive, send)

    def _place(self, scope: Scope) -> None:
        """Below `base_path`, left in the path by the proxy or taken off; itself it is the first page."""
        scope[ADDRESS] = self._address
        base, path = self._base, scope["path"]
        if base:
            scope["root_path"] = base
            inside = path.removeprefix(base) if path == base or path.startswith(f"{base}/") else path
            scope["path"] = base + (inside or "/")


class _Exchange:
    def __init__(self, app: ASGIApp, scope: Scope) -> None:
        self._app, self._scope, self._status = app, scope, 0
        self._started = time.perf_counter()
        said = Headers(scope=scope).get("x-request-id", "")
        self._id = said if _GOOD_ID.fullmatch(said) else secrets.token_hex(8)
        scope["mcma.request_id"] = self._id

    async def run(self, receive: Receive, send: Send) -> None:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                self._dress(message)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=self._id):
            try:
                await self._app(self._scope, receive, dressed)
            finally:
                self._note()

    def _dress(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers["x-request-id"] = self._id
        for name, value in SAFE.items():
            headers.setdefault(name, value)

    def _note(self) -> None:
        """Neither the query string nor a header: credentials travel in both."""
        path = _printable(self._scope)
        log = _log.debug if path in _QUIET else _log.info
        client = self._scope.get("client")
        log(
            "request",
            method=self._scope["method"],
            path=path,
            status=self._status,
            ms=round((time.perf_counter() - self._started) * 1000, 1),
            client=client[0] if client else None,
        )


def _printable(scope: Scope) -> str:
    """As it was sent, percent signs and all, so that no line of the log can be forged; without the token in
    the path of a share or a picture, which is all that it takes to open it."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    path = raw.partition(b"?")[0].decode("ascii", "backslashreplace")
    if _SHARE.search(scope["path"]):
        path = quote(_SHARE.sub(r"\1***", scope["path"]), safe="/*")
    return "".join(character if character.isprintable() else "?" for character in path[:300])
