"""Large JSON answers, made a fifth as large for clients that say they can read it."""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 4096
"""Bytes; below that it saves nothing worth the time."""
LEVEL = 1
"""Level 6 takes three times as long to save another fifth."""


class Compression:
    """Only whole JSON bodies of the native API: audio is compressed already, events must not wait, and
    adapters do as they like."""

    def __init__(self, app: ASGIApp, below: str) -> None:
        self._app, self._below = app, below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = (
            scope["type"] == "http"
            and scope["path"].startswith(self._below)
            and "gzip" in Headers(scope=scope).get("accept-encoding", "")
        )
        await self._app(scope, receive, _Sending(send) if wanted else send)


class _Sending:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_large_json(message):
            self._held = message
            return
        if self._held is not None:
            message = self._squeeze(self._held, message)
            await self._send(self._held)
            self._held = None
        await self._send(message)

    def _squeeze(self, head: Message, message: Message) -> Message:
        headers = MutableHeaders(scope=head)
        headers.add_vary_header("Accept-Encoding")
        if message.get("more_body", False):
            return message
        body = gzip.compress(message["body"], LEVEL, mtime=0)
        headers["content-encoding"], headers["content-length"] = "gzip", str(len(body))
        return {**message, "body": body}


def _is_large_json(message: Message) -> bool:
    headers = Headers(scope=message)
    length = headers.get("content-length", "0")
    return headers.get("content-type") == "application/json" and int(length) >= SMALLEST
