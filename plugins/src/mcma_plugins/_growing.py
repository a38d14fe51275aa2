"""The bytes of a file that is still being written, as an answer."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mcma_plugins.errors import Unavailable
from mcma_plugins.streams import Growing

FILLER: Final = bytes(16 * 1024)


class GrowingResponse(Response):
    """Sent as it comes. With `length` exactly so many bytes are sent: the rest is cut or filled with zeros,
    which players skip. What comes to nothing in the middle cuts the connection: an answer that only ended
    would look whole."""

    def __init__(self, growing: Growing, length: int | None, headers: Mapping[str, str]) -> None:
        sized = {} if length is None else {"content-length": str(length)}
        super().__init__(None, 200, {**headers, **sized})
        if length is None:
            del self.headers["content-length"]
        self._growing, self._length = growing, length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        failed: Unavailable | None = None
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(until_disconnected, receive, group.cancel_scope)
                try:
                    await self._send(send)
                except Unavailable as error:
                    failed = error
                group.cancel_scope.cancel()
        finally:
            self._growing.close()
        if failed is not None:
            raise failed

    async def _send(self, send: Send) -> None:
        started = False
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                if not started:
                    started = True
                    await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        if not started:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        left = self._length
        async with aclosing(self._growing.chunks()) as chunks:
            async for chunk in chunks:
                if left is None:
                    yield chunk
                    continue
                yield chunk[:left]
                left -= min(left, len(chunk))
                if not left:
                    return
        while left:
            yield FILLER[:left]
            left -= min(left, len(FILLER))


async def until_disconnected(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
