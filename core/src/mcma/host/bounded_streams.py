"""Foreign async generators: every piece under a time limit, and closed for certain."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

from mcma.host.bounded import GRACE, Outcome, TookTooLong, abandon, contained, watchdog
from mcma.host.states import HostError

T = TypeVar("T")


class CancelledItself(HostError):
    """A generator ended by what only its host may end it with."""


async def pieces_of(
    work: Callable[[], AsyncGenerator[T, None]], each: float, what: str = ""
) -> AsyncGenerator[T, None]:
    """Raises what the generator raised, `TookTooLong` when a piece takes longer than `each` seconds, and
    `CancelledItself`: `CancelledError` and `GeneratorExit` are the caller's own alone.

    One task runs all of it: what a generator opens in one task (a cancel scope, a group of tasks) it must
    close in the same. When the caller leaves, that task is cancelled, which closes the generator.
    """
    ready: asyncio.Queue[T] = asyncio.Queue(1)

    async def run() -> None:
        async with aclosing(work()) as pieces:
            async for piece in pieces:
                await ready.put(piece)

    task = asyncio.create_task(contained(run))
    try:
        while await _ready(task, ready, each, what):
            yield ready.get_nowait()
    finally:
        if not task.done():
            abandon(task)
            await asyncio.wait({task}, timeout=GRACE)


async def _ready(task: asyncio.Task[Outcome[None]], ready: asyncio.Queue[T], each: float, what: str) -> bool:
    """Whether there is a piece; not when that was all."""
    if not ready.empty():
        return True
    waiting = asyncio.ensure_future(_filled(ready))
    try:
        with watchdog(what, each):
            await asyncio.wait({task, waiting}, timeout=each, return_when="FIRST_COMPLETED")
    finally:
        waiting.cancel()
    if not ready.empty():
        return True
    if not task.done():
        raise TookTooLong(f"no answer within {each:g} s")
    error = asyncio.CancelledError() if task.cancelled() else task.result().error
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        raise CancelledItself(type(error).__name__)
    if error is not None:
        raise error
    return False


async def _filled(ready: asyncio.Queue[T]) -> None:
    """Looks without taking, so that nothing is lost when the time is over at the same moment."""
    ready.put_nowait(await ready.get())
