"""Telling plugins what happened, behind the back of whoever made it happen."""

import asyncio
from contextlib import suppress

import structlog

from mcma.host.host import PluginHost

_log = structlog.get_logger(__name__)

LONGEST_QUEUE = 10_000


class Announcer:
    """`say` never waits: a slow plugin delays other plugins' news, not a person's click or a scan.

    News that nobody has taken when the queue is full are dropped and counted: hooks are a courtesy, what must
    not be lost is a job.
    """

    def __init__(self, host: PluginHost) -> None:
        self._host = host
        self._queue: asyncio.Queue[tuple[str, object]] = asyncio.Queue(LONGEST_QUEUE)
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0

    def say(self, hook: str, event: object) -> None:
        try:
            self._queue.put_nowait((hook, event))
        except asyncio.QueueFull:
            self.dropped += 1
            if self.dropped % LONGEST_QUEUE == 1:
                _log.warning("hooks_too_slow", dropped=self.dropped)

    def start(self) -> None:
        self._task = asyncio.create_task(self._deliver())

    async def stop(self, seconds: float) -> None:
        """Delivers what is waiting, for so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._queue.join(), seconds)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _deliver(self) -> None:
        while True:
            hook, event = await self._queue.get()
            try:
                await self._host.hear(hook, event=event)
            finally:
                self._queue.task_done()
