"""Runners with short times over one database, all stopped at the end of a test."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.services.job_events import JobEvents
from mcma.services.jobs import Jobs
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.machinery import jobs
from mcma.worker.backoff import Backoff
from mcma.worker.doorbell import Doorbell, EmbeddedDoorbell
from mcma.worker.redis_doorbell import RedisDoorbell
from mcma.worker.relay import Relay
from mcma.worker.runner import JobRunner
from mcma_plugins.events import JobFinished
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobKind
from mcma_plugins.values import JobView
from tests.support.redis import RedisServer

PATIENCE = 20.0
SHORT = {"lease": 0.5, "heartbeat": 0.1, "poll": 0.05}
IMMEDIATELY = Backoff(base=0.01, cap=0.02)


class Workshop:
    """`finished` holds what the runners and the service told about jobs that are over."""

    bell: Doorbell

    def __init__(self, database: Database) -> None:
        self.database, self.bell = database, EmbeddedDoorbell()
        self.finished: list[JobFinished] = []
        self.jobs = Jobs(database, self.bell, on_finished=self.hear)
        self._runners: list[JobRunner] = []

    async def hear(self, event: JobFinished) -> None:
        self.finished.append(event)

    async def runner(self, *kinds: JobKind, **options: Any) -> JobRunner:
        """A started one."""
        bell = options.pop("doorbell", self.bell)
        settings: dict[str, Any] = {
            **SHORT,
            "backoff": IMMEDIATELY,
            "events": self.jobs.events,
            "on_finished": self.hear,
        }
        made = JobRunner(self.database, {kind.name: kind for kind in kinds}, bell, **(settings | options))
        await made.start()
        self._runners.append(made)
        return made

    async def row(self, job_id: JobId) -> Any:
        async with self.database.read() as connection:
            return (await connection.execute(sa.select(jobs).where(jobs.c.id == job_id))).one()

    async def over(self, job_id: JobId) -> JobView:
        view = await self.jobs.wait(job_id, PATIENCE)
        assert view.finished_at is not None, view
        return view

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.stop(0)


class ScaledWorkshop(Workshop):
    """Every runner with a doorbell and events of its own, and a relay between them: what processes have."""

    _url: str
    _stack: AsyncExitStack
    instance: UUID
    bells: list[RedisDoorbell]
    """Of all processes."""
    bell: RedisDoorbell
    server: RedisServer
    """There where a test treats it badly."""

    @classmethod
    async def opened(cls, database: Database, url: str) -> "ScaledWorkshop":
        made = cls(database)
        made._url, made.instance, made.bells = url, new_id(), []
        made._stack = AsyncExitStack()
        made.bell = await made._doorbell(made.jobs.events)
        made.jobs._doorbell = made.bell
        return made

    async def runner(self, *kinds: JobKind, **options: Any) -> JobRunner:
        events = JobEvents()
        bell = options.pop("doorbell", None) or await self._doorbell(events)
        return await super().runner(*kinds, **{"doorbell": bell, "events": events, **options})

    async def stop(self) -> None:
        await super().stop()
        await self._stack.aclose()

    async def _doorbell(self, events: JobEvents) -> RedisDoorbell:
        bell = RedisDoorbell(self._url, self.instance)
        self.bells.append(bell)
        await bell.start()
        self._stack.push_async_callback(bell.close)
        relay = Relay(self.database, events, bell, every=0.1)
        relay.start()
        self._stack.push_async_callback(relay.close)
        return bell


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Waits for it, rather than for a time."""
    async with asyncio.timeout(PATIENCE):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.01)
