"""Streams of server-sent events (HTML Standard, section 9.2)."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Literal
from uuid import UUID

from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from mcma.api import shapes
from mcma.api.auth import Call, bearer_token
from mcma.api.respond import encoded
from mcma.domain.errors import McmaError, TooManyRequests
from mcma.services.job_events import Subscription
from mcma_plugins.values import JobView

MOST_PER_USER = 10
READY = b"retry: 3000\nevent: ready\ndata: {}\n\n"
ALIVE = b": alive\n\n"
_open: Counter[UUID] = Counter()


class _Stream(StreamingResponse):
    """Ends its generator at once when the client leaves, not when memory is tidied up."""

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(pieces, headers=headers, media_type="text/event-stream")
        self._pieces = pieces

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._pieces):
            await super().stream_response(send)


class EventStream:
    """One client's. It ends when the login does (seen at a heartbeat) and when the server stops."""

    def __init__(self, call: Call) -> None:
        self._call, self._options = call, call.api.options
        self._token, self._user = bearer_token(call.request), call.caller.user_id
        if _open[self._user] >= MOST_PER_USER:
            raise TooManyRequests("This user follows events from too many places.", retry_after=60)

    def response(self) -> Response:
        return _Stream(self._events())

    async def _events(self) -> AsyncGenerator[bytes, None]:
        _open[self._user] += 1
        closing = asyncio.ensure_future(self._options.closing.wait())
        try:
            with self._call.services.jobs.events.subscribe() as changes:
                yield READY
                async with aclosing(self._until(changes, closing)) as pieces:
                    async for piece in pieces:
                        yield piece
        finally:
            closing.cancel()
            _open[self._user] -= 1
            if not _open[self._user]:
                del _open[self._user]

    async def _until(
        self, changes: Subscription, closing: "asyncio.Task[Literal[True]]"
    ) -> AsyncGenerator[bytes, None]:
        clock, every = asyncio.get_running_loop().time, self._options.heartbeat_seconds
        beat = clock() + every
        following = asyncio.ensure_future(changes.__anext__())
        try:
            while not closing.done():
                await asyncio.wait(
                    (following, closing), timeout=max(0.0, beat - clock()), return_when="FIRST_COMPLETED"
                )
                if clock() >= beat:
                    if not await self._logged_in():
                        return
                    beat = clock() + every
                    yield ALIVE
                if following.done():
                    view = following.result()
                    following = asyncio.ensure_future(changes.__anext__())
                    if self._concerns(view):
                        yield b"event: job\ndata: " + encoded(shapes.job(view)) + b"\n\n"
        finally:
            following.cancel()

    def _concerns(self, view: JobView) -> bool:
        caller = self._call.caller
        return caller.is_admin or view.created_by == caller.user_id

    async def _logged_in(self) -> bool:
        try:
            caller = await self._call.services.logins.by_access_token(self._token)
        except McmaError:
            return False
        return caller.is_admin == self._call.caller.is_admin
