"""Streams of server-sent events (HTML Standard, section 9.2)."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Any, Literal
from uuid import UUID

from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from mcma.api import shapes
from mcma.api.auth import Call, bearer_token
from mcma.api.respond import encoded
from mcma.domain.errors import McmaError, TooManyRequests
from mcma.services.job_events import Subscription
from mcma.services.sync.pokes import Following, Told
from mcma_plugins.values import JobView

MOST_PER_USER = 10
READY = b"retry: 3000\nevent: ready\ndata: {}\n\n"
ALIVE = b": alive\n\n"
KINDS = ("job", "poke", "playing")
_open: Counter[UUID] = Counter()


class PieceStream(StreamingResponse):
    """Ends its generator at once when the client leaves, not when memory is tidied up."""

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(pieces, headers=headers, media_type="text/event-stream")
        self._pieces = pieces

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._pieces):
            await super().stream_response(send)


class EventStream:
    """One client's. It ends when the login does (seen at a heartbeat), when the database is away, and when
    the server stops."""

    def __init__(self, call: Call) -> None:
        self._call, self._options = call, call.api.options
        self._token, self._user = bearer_token(call.request), call.caller.user_id
        if _open[self._user] >= MOST_PER_USER:
            raise TooManyRequests("This user follows events from too many places.", retry_after=60)

    def response(self) -> Response:
        return PieceStream(self._events())

    async def _events(self) -> AsyncGenerator[bytes, None]:
        _open[self._user] += 1
        services = self._call.services
        try:
            with services.jobs.events.subscribe() as changes:
                yield READY
                async with services.pokes.follow(self._call.caller) as following:
                    told = _Waiting(self._options.closing, changes, following)
                    async with aclosing(told), aclosing(self._until(told, following)) as pieces:
                        async for piece in pieces:
                            yield piece
        except McmaError:
            return  # the client comes again, and is told why then
        finally:
            _open[self._user] -= 1
            if not _open[self._user]:
                del _open[self._user]

    async def _until(self, told: "_Waiting", following: Following) -> AsyncGenerator[bytes, None]:
        clock, every = asyncio.get_running_loop().time, self._options.heartbeat_seconds
        beat = clock() + every
        while not told.closing.done():
            await told.wait(max(0.0, beat - clock()))
            if clock() >= beat:
                if not await self._logged_in():
                    return
                beat = clock() + every
                following.look_again()
                yield ALIVE
            if (view := told.job()) is not None and self._concerns(view):
                yield event("job", shapes.job(view))
            if (news := await told.news()) is not None:
                for piece in _pieces(news):
                    yield piece

    def _concerns(self, view: JobView) -> bool:
        caller = self._call.caller
        return caller.is_admin or view.created_by == caller.user_id

    async def _logged_in(self) -> bool:
        try:
            caller = await self._call.services.logins.by_access_token(self._token)
        except McmaError:
            return False
        return caller.is_admin == self._call.caller.is_admin


class _Waiting:
    """For whatever comes first. Nothing that came is lost while something else is sent."""

    def __init__(self, closing: asyncio.Event, jobs: Subscription, following: Following) -> None:
        self.closing: asyncio.Task[Literal[True]] = asyncio.ensure_future(closing.wait())
        self._next_job: Callable[[], Any] = jobs.__anext__
        self._following = following
        self._job: asyncio.Task[JobView] = asyncio.ensure_future(self._next_job())
        self._news: asyncio.Task[None] = asyncio.ensure_future(following.waiting())

    async def wait(self, seconds: float) -> None:
        waiting = (self.closing, self._job, self._news)
        await asyncio.wait(waiting, timeout=seconds, return_when="FIRST_COMPLETED")

    def job(self) -> JobView | None:
        if not self._job.done():
            return None
        done, self._job = self._job, asyncio.ensure_future(self._next_job())
        return done.result()

    async def news(self) -> Told | None:
        if not self._news.done():
            return None
        told = await self._following.take()
        self._news = asyncio.ensure_future(self._following.waiting())
        return told

    async def aclose(self) -> None:
        tasks: list[asyncio.Task[Any]] = [self.closing, self._job, self._news]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _pieces(told: Told) -> Iterable[bytes]:
    for poke in told.pokes:
        yield event("poke", {"scope": str(poke.scope), "head": poke.head})
    if told.playing is not None:
        yield event("playing", {"items": [shapes.now_playing(one) for one in told.playing]})


def event(kind: str, data: Any) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + encoded(data) + b"\n\n"


async def until_closing(
    pieces: AsyncGenerator[bytes, None], closing: asyncio.Event
) -> AsyncGenerator[bytes, None]:
    """They end when the server stops."""
    stop = asyncio.ensure_future(closing.wait())
    piece: asyncio.Future[bytes] | None = None
    try:
        while True:
            piece = asyncio.ensure_future(anext(pieces))
            await asyncio.wait({stop, piece}, return_when="FIRST_COMPLETED")
            if not piece.done():
                return
            yield piece.result()
    except StopAsyncIteration:
        return
    finally:
        waiting = [one for one in (stop, piece) if one is not None]
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await pieces.aclose()
