"""Looking at the database again and again, for as long as somebody waits for news: one look for all of them.

Other processes write as well, so there is nobody in this one who could tell of all of it. Of what this one
writes itself it can: then the next look is `soon`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from mcma.domain.errors import McmaError

_log = structlog.get_logger(__name__)


APART = 0.1
"""Seconds between two looks, at least: a scan writes far more often, and each time all who wait are woken."""


class Looking:
    """`look` is called at once when the first one begins to wait, then every so many seconds, or `soon`."""

    def __init__(self, look: Callable[[], Awaitable[None]], every: float) -> None:
        self._look, self._every = look, every
        self._asked = asyncio.Event()
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def awaited(self) -> Iterator[None]:
        self._waiting += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._waiting -= 1

    def soon(self) -> None:
        """There may be something to see."""
        self._asked.set()

    async def _run(self) -> None:
        apart = min(APART, self._every)
        try:
            while self._waiting:
                self._asked.clear()
                await self._once()
                await asyncio.sleep(apart)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._asked.wait(), self._every - apart)
        finally:
            self._task = None

    async def _once(self) -> None:
        """Who waits asks the database next, and is told what is wrong with it."""
        try:
            await self._look()
        except McmaError:
            return
        except Exception:  # noqa: BLE001 - those who follow would never hear of anything again
            _log.exception("look_failed")

    async def close(self) -> None:
        if (task := self._task) is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
