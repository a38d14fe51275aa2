"""Who hears of jobs inside this process: streams to clients, and the hook `job_finished`.

What happens in other processes comes in by `deliver` (see `worker/relay.py`); the hook is told once, in
the process where the job ended.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self

import structlog

from mcma.store.queries.jobs import FINISHED
from mcma_plugins.events import JobFinished
from mcma_plugins.values import JobView

_log = structlog.get_logger(__name__)

QUEUE_LENGTH = 256
OnFinished = Callable[[JobFinished], Awaitable[object]]


class Subscription(AsyncIterator[JobView]):
    """Changes from the moment it was made. A reader that is too slow loses the oldest, never the newest."""

    def __init__(self, close: Callable[["Subscription"], None], length: int) -> None:
        self._close = close
        self._queue: asyncio.Queue[JobView] = asyncio.Queue(length)

    def put(self, view: JobView) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(view)

    async def __anext__(self) -> JobView:
        return await self._queue.get()

    def close(self) -> None:
        self._close(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class JobEvents:
    """Use as `with events.subscribe() as changes: async for view in changes: ...`."""

    def __init__(self, length: int = QUEUE_LENGTH) -> None:
        self._length = length
        self._subscriptions: set[Subscription] = set()
        self._others: list[Callable[[JobView], None]] = []

    @property
    def followed(self) -> bool:
        """Whether anybody here listens."""
        return bool(self._subscriptions)

    def pass_on(self, tell: Callable[[JobView], None]) -> None:
        """`tell` hears what happens in this process, and not what is delivered to it."""
        self._others.append(tell)

    def subscribe(self) -> Subscription:
        subscription = Subscription(self._subscriptions.discard, self._length)
        self._subscriptions.add(subscription)
        return subscription

    def publish(self, view: JobView) -> None:
        """Of a job that this process changed."""
        self.deliver(view)
        for tell in self._others:
            tell(view)

    def deliver(self, view: JobView) -> None:
        """Of a job that another process changed."""
        for subscription in self._subscriptions:
            subscription.put(view)


class JobNews:
    """Tells of a job's new state. `on_finished` runs in a task of its own: a slow or broken listener holds
    up neither a request nor a slot."""

    def __init__(self, events: JobEvents | None = None, on_finished: OnFinished | None = None) -> None:
        self.events = events or JobEvents()
        self._on_finished = on_finished
        self._telling: set[asyncio.Task[None]] = set()

    def changed(self, view: JobView) -> None:
        self.events.publish(view)
        if self._on_finished is not None and view.state in FINISHED:
            told = JobFinished(view.id, view.kind, view.state, view.error)
            task = asyncio.create_task(self._tell(self._on_finished, told))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def drain(self, timeout: float) -> None:
        """Waits at most `timeout` seconds for listeners that are still at it."""
        if self._telling:
            await asyncio.wait(set(self._telling), timeout=timeout)

    async def _tell(self, on_finished: OnFinished, told: JobFinished) -> None:
        try:
            await on_finished(told)
        except Exception:  # noqa: BLE001 - plugins stand behind it
            _log.exception("job_finished_listener_failed", job_id=str(told.job_id), kind=told.kind)
