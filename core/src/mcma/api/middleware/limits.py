"""Bodies are small and arrive in time."""

import asyncio
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcma.api.errors import of_error
from mcma.api.options import ApiOptions
from mcma.services.people.avatars import LARGEST as LARGEST_AVATAR
from mcma.services.playlists.playlist_files import LARGEST as LARGEST_PLAYLIST
from mcma_plugins import Adapter

SLOWEST = 1024
"""Bytes a second that a body must come to, once it has taken three times as long as a pause may last: who
sends one now and then holds a connection and a turn for nothing."""


class BodyLimits:
    """Counts what really arrives (413), and does not wait for a client that stops in the middle or trickles
    (408)."""

    def __init__(self, app: ASGIApp, options: ApiOptions, adapters: Sequence[Adapter] = ()) -> None:
        self._app, self._patience = app, options.read_seconds
        self._most = options.max_body_bytes
        api = f"{options.base_path}/api/v1"
        self._uploads = {
            ("POST", f"{api}/tracks"): options.max_upload_bytes,
            ("PUT", f"{api}/users/me/avatar"): max(options.max_body_bytes, LARGEST_AVATAR),
            ("POST", f"{api}/playlists/import"): max(options.max_body_bytes, LARGEST_PLAYLIST),
        }
        self._adapters = {
            f"{options.base_path}{one.mount}/": one.max_body_bytes for one in adapters if one.max_body_bytes
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else {}
        length = headers.get("content-length")
        if not (length or headers.get("transfer-encoding")):
            await self._app(scope, receive, send)
            return
        most, refused_by_adapter = self._most_of(scope)
        if length and not refused_by_adapter and _exceeds(length, most):
            await of_error(scope, _too_large(most))(scope, receive, send)
        else:
            await self._app(scope, self._counting(receive, most), send)

    def _most_of(self, scope: Scope) -> tuple[int, bool]:
        """Bytes; and whether an adapter says so, who then refuses what is declared to be larger."""
        path: str = scope.get("path", "")
        for mount, most in self._adapters.items():
            if path.startswith(mount):
                return most, True
        return self._uploads.get((scope.get("method", ""), path), self._most), False

    def _counting(self, receive: Receive, most: int) -> Receive:
        read, complete = 0, False
        clock = asyncio.get_running_loop().time
        began = clock()

        async def counted() -> Message:
            nonlocal read, complete
            if complete:  # what comes now is the client leaving, which may take as long as it likes
                return await receive()
            message = await self._in_time(receive)
            read += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if read > most:
                raise _too_large(most)
            taken = clock() - began
            if not complete and taken > 3 * self._patience and read < taken * SLOWEST:
                raise _too_slow()
            return message

        return counted

    async def _in_time(self, receive: Receive) -> Message:
        try:
            async with asyncio.timeout(self._patience):
                return await receive()
        except TimeoutError:
            raise _too_slow() from None


def _exceeds(length: str, most: int) -> bool:
    """So does what is no number."""
    return not length.isascii() or not length.isdigit() or int(length[:20]) > most


def _too_slow() -> HTTPException:
    return HTTPException(408, "The rest of the request did not arrive in time.")


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"A request's body may have {most} bytes at most.", {"connection": "close"})
