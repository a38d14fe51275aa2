"""Running foreign code under a time limit, without letting it take the host down.

What no limit can stop: code that blocks the event loop inside a coroutine (the loop runs nothing else
meanwhile), `os._exit`, native code that crashes, and threads or tasks the plugin starts by itself.
"""

import asyncio
import contextvars
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

import structlog

from mcma.host.states import HostError

_log = structlog.get_logger(__name__)

T = TypeVar("T")

GRACE = 1.0
_abandoned: set[asyncio.Task[Any]] = set()


class TookTooLong(HostError):
    """The time limit was reached."""


class Outcome(NamedTuple, Generic[T]):
    value: T | None
    error: BaseException | None
    seconds: float


def in_thread(work: Callable[[], T], limit: float) -> T:
    """Run in a daemon thread, so that what never returns is left behind. Raises whatever `work` raises."""
    outcome: list[Outcome[T]] = []
    context = contextvars.copy_context()

    def run() -> None:
        try:
            outcome.append(Outcome(context.run(work), None, 0.0))
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who decides
            outcome.append(Outcome(None, error, 0.0))

    thread = threading.Thread(target=run, daemon=True, name="mcma-plugin")
    thread.start()
    thread.join(limit)
    if not outcome:
        raise TookTooLong(f"no answer within {limit:g} s")
    if (error := outcome[0].error) is not None:
        raise error
    return outcome[0].value  # type: ignore[return-value]


async def outcome_of(work: Callable[[], Awaitable[T]], limit: float, what: str = "") -> Outcome[T]:
    """Await in a task of its own. Everything but KeyboardInterrupt becomes `error`; only the cancellation of
    the caller is raised, not one the foreign code made up."""
    begun = time.monotonic()
    task = asyncio.create_task(contained(work))
    try:
        with watchdog(what, limit):
            await asyncio.wait({task}, timeout=limit)
    except asyncio.CancelledError:
        abandon(task)
        raise
    seconds = time.monotonic() - begun
    if task.cancelled():  # it cancelled itself
        return Outcome(None, asyncio.CancelledError(), seconds)
    if task.done():
        return task.result()._replace(seconds=seconds)
    abandon(task)
    await asyncio.wait({task}, timeout=min(GRACE, limit))
    return Outcome(None, TookTooLong(f"no answer within {limit:g} s"), seconds)


@contextmanager
def watchdog(what: str, limit: float) -> Iterator[None]:
    """Nothing can end code that blocks the loop, but a thread can say whose it is while everything stands."""
    timer = threading.Timer(
        limit + GRACE, _log.error, ("plugin_blocks_the_server",), {"what": what, "seconds": limit + GRACE}
    )
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


async def contained(work: Callable[[], Awaitable[T]]) -> Outcome[T]:
    # SystemExit must not end a task with an exception: asyncio raises it again out of the whole loop.
    try:
        return Outcome(await work(), None, 0.0)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001
        return Outcome(None, error, 0.0)


def abandon(task: asyncio.Task[Any]) -> None:
    """Cancel it; if it does not listen, keep it referenced, as asyncio asks for."""
    task.cancel()
    _abandoned.add(task)
    task.add_done_callback(_abandoned.discard)
