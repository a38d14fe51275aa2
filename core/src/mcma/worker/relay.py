"""What happens to jobs in one process, for those who follow them in another.

Over the wire go ids and nothing else; whoever has followers reads the rows. Without a wire the rows are
looked at every second or so, and only while somebody follows them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Protocol

import structlog

from mcma.domain.errors import OutOfSpace, Unavailable
from mcma.services.job_events import JobEvents
from mcma.store.engine import Database
from mcma.store.queries import job_lists
from mcma.store.queries.jobs import FINISHED
from mcma_plugins.ids import JobId
from mcma_plugins.values import JobView

_log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.05
LOOK_EVERY = 1.0
NEW_SECONDS = 5.0
"""A row may be committed that long after it was made and still be noticed."""
AT_ONCE = 500
"""Ids in one message, rows in one look."""


class Wire(Protocol):
    """Carries ids of jobs between processes. MAY lose some."""

    @property
    def is_up(self) -> bool: ...

    async def tell(self, ids: Collection[JobId]) -> None: ...

    def on_told(self, heard: Callable[[Collection[JobId]], None]) -> None:
        """`heard` gets what other processes tell, never what this one does."""
        ...


class Relay:
    """`wire` None: there is none, so rows are looked at."""

    def __init__(
        self, database: Database, events: JobEvents, wire: Wire | None, *, every: float = LOOK_EVERY
    ) -> None:
        self._database, self._events, self._wire, self._every = database, events, wire, every
        self._to_tell: dict[JobId, None] = {}
        self._told: dict[JobId, None] = {}
        self._wake = asyncio.Event()
        self._seen: dict[JobId, JobView] = {}
        self._looked = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._events.pass_on(self._happened)
        steps = [self._look]
        if self._wire is not None:
            self._wire.on_told(self._heard)
            steps.append(self._carry)
        self._tasks = [asyncio.create_task(self._again_and_again(step)) for step in steps]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._wire is not None:
            await self._tell()

    def _happened(self, view: JobView) -> None:
        if view.id in self._seen:
            self._seen[view.id] = view
        if self._wire is not None:
            self._to_tell[view.id] = None
            self._wake.set()

    def _heard(self, ids: Collection[JobId]) -> None:
        if self._events.followed:
            self._told.update(dict.fromkeys(ids))
            self._wake.set()

    async def _carry(self) -> None:
        await self._wake.wait()
        await asyncio.sleep(GATHER_SECONDS)
        self._wake.clear()
        await self._tell()
        ids, self._told = list(self._told), {}
        for first in range(0, len(ids), AT_ONCE):
            async with self._database.read() as connection:
                views = await job_lists.views_of(connection, ids[first : first + AT_ONCE])
            for view in views:
                self._events.deliver(view)

    async def _tell(self) -> None:
        ids, self._to_tell = list(self._to_tell), {}
        assert self._wire is not None
        for first in range(0, len(ids), AT_ONCE):
            await self._wire.tell(ids[first : first + AT_ONCE])

    async def _look(self) -> None:
        await asyncio.sleep(self._every)
        if not self._events.followed or (self._wire is not None and self._wire.is_up):
            self._seen, self._looked = {}, False
            return
        watched = [view.id for view in self._seen.values() if view.state not in FINISHED]
        async with self._database.read() as connection:
            views = await job_lists.moving(connection, watched, NEW_SECONDS, AT_ONCE)
        if self._looked:
            for view in reversed(views):
                if self._seen.get(view.id) != view:
                    self._events.deliver(view)
        self._seen, self._looked = {view.id: view for view in views}, True

    async def _again_and_again(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except (Unavailable, OutOfSpace):
                await asyncio.sleep(self._every)
            except Exception:  # noqa: BLE001 - who follows jobs reads them again; the process goes on
                _log.exception("relay_failed")
                with suppress(Exception):
                    await asyncio.sleep(self._every)
