"""The doorbell of many processes: streams wake one of those who can run a job, a channel wakes everybody,
another tells whose jobs changed. Nothing here raises because of Redis; without it rows are polled."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from uuid import UUID

from redis.asyncio import Redis
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from mcma.store.clock import new_id
from mcma.worker.doorbell import Ear, EmbeddedDoorbell
from mcma.worker.line import Line
from mcma.worker.redis_broker import (
    Complaints,
    Names,
    RingBroker,
    connection_options,
    group_of,
    job_id_in,
)
from mcma_plugins.ids import JobId

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
STEADY_SECONDS = 10.0
"""A connection that lived so long begins anew with the first pause."""
SEND_SECONDS = 1.0
AT_ONCE = 32
Heard = Callable[[Collection[JobId]], None]


class RedisDoorbell:
    """Satisfies `Doorbell` and `relay.Wire`. Rings at home are heard without Redis."""

    kind = "redis"

    def __init__(self, url: str, instance: UUID) -> None:
        self._url, self._names, self._me = url, Names(instance), new_id().hex
        self._here, self._line, self._complaints = EmbeddedDoorbell(), Line("redis"), Complaints()
        self._broker = RingBroker(url)
        self._ring = self._broker.on_ring(_ignore)
        self._heard_news: Heard = _ignore_news
        self._mute_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    # Ringing

    async def ring(self, job_id: JobId, kind: str, *, everybody: bool = False) -> None:
        await self._here.ring(job_id, kind)
        async with self._sending() as may:
            if may and everybody:
                await self._publish(self._names.calls, str(job_id))
            elif may:
                await self._ring.kicker().with_labels(queue_name=self._names.stream(kind)).kiq(str(job_id))

    async def tell(self, ids: Collection[JobId]) -> None:
        async with self._sending() as may:
            if may:
                await self._publish(self._names.news, " ".join([self._me, *map(str, ids)]))

    def on_told(self, heard: Heard) -> None:
        self._heard_news = heard

    @property
    def is_up(self) -> bool:
        return self._line.fault is None

    @property
    def fault(self) -> str | None:
        return self._line.fault

    @asynccontextmanager
    async def _sending(self) -> AsyncIterator[bool]:
        """Whether to try. After a failure nothing is sent for a while: nobody who asks for a job is to wait
        for a broker that does not answer."""
        clock = asyncio.get_running_loop().time
        if clock() < self._mute_until:
            yield False
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                yield True
        except Exception as error:  # noqa: BLE001 - whatever a client's library raises
            self._mute_until = clock() + LONGEST_PAUSE
            self._line.failed("sending", error)
        else:
            self._line.worked("sending")

    async def _publish(self, channel: str, text: str) -> None:
        async with Redis(connection_pool=self._broker.connection_pool) as redis:
            await redis.publish(channel, text)

    # Hearing

    async def start(self) -> None:
        """Begins to hear what is said to everybody. Works, and tries on, without Redis."""
        self._spawn(self._persist("calls", self._hear))

    async def close(self) -> None:
        for task in self._tasks:
            if not task.cancelling():  # twice would cut its tidying up short
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Exception):
            await self._broker.shutdown()

    @contextmanager
    def listen(self, kinds: Collection[str] = ()) -> Iterator[Ear]:
        with self._here.listen() as ear:
            if not kinds:
                yield ear
                return
            part = f"jobs {new_id()}"
            taking = self._spawn(self._persist(part, lambda: self._take(part, ear, kinds)))
            try:
                yield ear
            finally:
                taking.cancel()
                self._line.forget(part)

    async def _take(self, part: str, ear: Ear, kinds: Collection[str]) -> None:
        broker = RingBroker(self._url, self._names.streams(kinds), group_of(kinds))

        async def run_job(job_id: str) -> None:
            await self._rung(ear, job_id_in(job_id))

        broker.on_ring(run_job)
        try:
            await broker.startup()
            self._connected(part)
            receiver = Receiver(
                broker, max_async_tasks=AT_ONCE, run_startup=False, validate_params=False,
                ack_type=AcknowledgeType.WHEN_RECEIVED, wait_tasks_timeout=0.1,
            )  # fmt: skip
            await receiver.listen(asyncio.Event())
        finally:
            with suppress(Exception):
                async with asyncio.timeout(SEND_SECONDS):
                    await broker.leave()
            with suppress(Exception):
                await broker.shutdown()

    async def _rung(self, ear: Ear, job_id: JobId | None) -> None:
        ear.notify(job_id)
        if ear.full and job_id is not None:
            async with self._sending() as may:
                if may:
                    await self._publish(self._names.calls, str(job_id))

    async def _hear(self) -> None:
        async with (
            Redis.from_url(self._url, **connection_options(self._url)) as redis,
            redis.pubsub() as heard,
        ):
            await heard.subscribe(self._names.calls, self._names.news)
            self._connected("calls")
            async for message in heard.listen():
                if message["type"] == "message":
                    self._understand(message["channel"].decode(), message["data"])

    def _understand(self, channel: str, data: bytes) -> None:
        sender, *said = data.split() if channel == self._names.news else (b"", data)
        ids = [job_id for one in said if (job_id := job_id_in(one)) is not None]
        if len(ids) < len(said) or not ids:
            self._complaints.add()
        elif channel == self._names.calls:
            self._here.notify(ids)
        elif sender != self._me.encode():
            self._heard_news(ids)

    def _connected(self, part: str) -> None:
        """Whatever was rung for meanwhile was not heard: everybody looks."""
        self._line.worked("sending")
        self._line.worked(part)
        self._mute_until = 0.0
        self._here.notify(())

    async def _persist(self, part: str, once: Callable[[], Awaitable[None]]) -> None:
        clock, pause = asyncio.get_running_loop().time, FIRST_PAUSE
        while True:
            began = clock()
            try:
                await once()
            except Exception as error:  # noqa: BLE001 - whatever a client's library raises
                self._line.failed(part, error)
            pause = FIRST_PAUSE if clock() - began > STEADY_SECONDS else min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - so that not all come at once

    def _spawn(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _ignore(job_id: str) -> None:
    return None


def _ignore_news(ids: Collection[JobId]) -> None:
    return None
