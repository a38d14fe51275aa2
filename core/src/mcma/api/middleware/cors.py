"""Web players elsewhere (Fetch standard, CORS protocol). No cookies are involved."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_EXPOSED: Final = (
    "Accept-Ranges", "Content-Disposition", "Content-Length", "Content-Range", "ETag", "Link", "Location",
    "Retry-After", "X-Mcma-Stream", "X-Request-Id",
)  # fmt: skip
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class ApiCors:
    """For the native API alone, media too: adapters have settings of their own.

    A page on the internet may use a server at home that names its origin (Private Network Access).
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], base_path: str) -> None:
        self._app = app
        self._below = f"{base_path}/api/"
        self._open = CORSMiddleware(
            app, allow_origins=origins, allow_methods=_METHODS, allow_headers=["*"],
            expose_headers=_EXPOSED, max_age=86_400, allow_private_network=True,
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["type"] == "http" and scope["path"].startswith(self._below)
        await (self._open if inside else self._app)(scope, receive, send)
