"""One rendition while it is made: who listens to it, how far it is, how it ended; and the making itself."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from mcma.domain.errors import McmaError, OutOfSpace
from mcma.domain.profiles import Target
from mcma.media import encoding
from mcma.store.queries.renditions import Maker
from mcma_plugins.ids import ShareId, UserId
from mcma_plugins.jobs import JobContext
from mcma_plugins.process import Child, Finished, ProcessFailed, SaidTooMuch, TookTooLong, running

FIRST = 2048
"""Bytes after which somebody may begin to listen: by then a program that cannot do it has said so."""
STALLED = 30.0
"""Seconds without a new byte after which a program has hung."""
_LOOK_FIRST, _LOOK = 0.005, 0.1


class CannotMake(McmaError):
    """The file cannot be turned into that. It is remembered, so that not everybody tries."""

    code = "transcode_failed"


@dataclass(frozen=True, slots=True)
class Order:
    """What to make of what."""

    program: Path
    source: bytes
    container: str
    duration_ms: int
    target: Target
    words: encoding.Words
    into: Path
    kept: Path
    """Where it goes once it is whole."""
    live: bool
    """Made for somebody who listens, and as long as somebody does."""

    @property
    def command(self) -> list[str | bytes | Path]:
        return list(
            encoding.command(
                self.program, self.source, self.container, self.target, self.into, self.words,
                duration_ms=self.duration_ms, live=self.live,
            )
        )  # fmt: skip


@dataclass(eq=False)
class Making:
    """One that is being made by a job of this process."""

    id: UUID
    maker: Maker
    user_id: UserId
    order: Order
    began: asyncio.Event = field(default_factory=asyncio.Event)
    """Enough is there to listen to, or it is over."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    error: McmaError | None = None
    size: int | None = None
    """When it is over and came to something."""
    listeners: int = 0
    share_id: ShareId | None = None
    """Begun by somebody who opened this share."""

    @property
    def whose(self) -> UUID:
        return self.share_id or self.user_id

    def end(self, size: int | None = None, error: McmaError | None = None) -> None:
        self.size, self.error = size, error
        self.began.set()
        self.over.set()

    @property
    def is_idle(self) -> bool:
        return self.order.live and not self.listeners and not self.over.is_set()

    @property
    def suffix(self) -> str:
        return self.order.target.codec.suffix


async def make(order: Order, job: JobContext, begun: Callable[[], None]) -> None:
    """Writes `order.into`. Raises `CannotMake`, `OutOfSpace`, `ProcessFailed`; leaves no program behind."""
    limits = encoding.limits(order.target, order.duration_ms, live=order.live)
    try:
        async with running(order.command, limits) as child:
            done = await _watched(child, order, job, begun)
    except (SaidTooMuch, TookTooLong) as error:
        raise CannotMake(error.message) from error
    _verify(done, order)


async def _watched(child: Child, order: Order, job: JobContext, begun: Callable[[], None]) -> Finished:
    ending = asyncio.ensure_future(child.wait())
    try:
        await _look_after(ending, order, job, begun)
        return ending.result()
    finally:
        ending.cancel()
        with suppress(asyncio.CancelledError, ProcessFailed):
            await ending


async def _look_after(
    ending: "asyncio.Future[Finished]", order: Order, job: JobContext, begun: Callable[[], None]
) -> None:
    """Until it ends. A program that writes nothing any more is as good as dead."""
    size, grew, pause = 0, time.monotonic(), _LOOK_FIRST
    expected = order.target.bytes_of(order.duration_ms)
    while not (await asyncio.wait({ending}, timeout=pause))[0]:
        now = _size(order.into)
        if now >= FIRST and pause == _LOOK_FIRST:
            begun()
            pause = _LOOK
        if now != size:
            size, grew = now, time.monotonic()
            if pause == _LOOK:  # before, somebody waits, and this writes
                await job.progress(now, max(expected, now))
        elif time.monotonic() - grew > STALLED:
            raise CannotMake(f"ffmpeg wrote nothing for {STALLED:g} s.")


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - called two hundred times a second
    except OSError:
        return 0


def _verify(done: Finished, order: Order) -> None:
    size = _size(order.into)
    if "No space left" in done.errors:
        raise OutOfSpace("The disk that holds the data folder is full.")
    if not done.ok:
        raise CannotMake(f"ffmpeg could not do it: {done.last_line}")
    if not size:
        raise CannotMake("ffmpeg wrote nothing.")
    if size >= encoding.largest(order.target, order.duration_ms):
        raise CannotMake("It became larger than it can be.")
