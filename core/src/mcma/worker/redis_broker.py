"""taskiq over Redis streams, as far as ringing needs it. Imported only where Redis is used.

One task, `mcma.run_job(job_id)`; one stream per plugin, one for core's own kinds. What taskiq 0.13 and
taskiq-redis 1.2 offer beyond that is left out on purpose: retries, results and taking over the messages of
dead workers are the business of the job's row, and were measured to lose or to double jobs.
"""

import hashlib
import json
import logging
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from taskiq import AckableMessage
from taskiq.serializers import JSONSerializer
from taskiq_redis import RedisStreamBroker

from mcma.store.clock import new_id
from mcma_plugins.ids import JobId

_log = structlog.get_logger(__name__)

TASK = "mcma.run_job"
LONGEST_STREAM = 10_000
"""Messages. What is cut off was a ring, and the row is looked at anyway."""
AT_ONCE = 50
BLOCK_MS = 2000
"""How long one read waits: also how soon it is noticed that a flush took the group along."""
CONNECT_SECONDS = 5.0
COMPLAIN_EVERY = 60.0

logging.getLogger("taskiq").setLevel(logging.WARNING)


class Names:
    """Of one server's streams and channels, so that several servers can share a Redis."""

    def __init__(self, instance: UUID) -> None:
        self._base = f"mcma:{instance.hex}"
        self.calls, self.news = f"{self._base}:calls", f"{self._base}:news"

    def stream(self, kind: str) -> str:
        plugin, dot, _ = kind.partition(".")
        return f"{self._base}:jobs:{plugin if dot else 'core'}"

    def streams(self, kinds: Collection[str]) -> list[str]:
        return sorted({self.stream(kind) for kind in kinds})


def group_of(kinds: Collection[str]) -> str:
    """Workers that offer the same share the rings; those that differ each hear all, because one may not be
    able to run what the other is rung for."""
    return "mcma-" + hashlib.sha256("\n".join(sorted(kinds)).encode()).hexdigest()[:16]


def connection_options(url: str) -> dict[str, Any]:
    """No read ever times out (redis 8 would restart an idle worker every few seconds, and hang at SIGTERM); a
    peer that vanished is noticed by the keep-alive of TCP. Trying again is the caller's business."""
    options: dict[str, Any] = {"socket_timeout": None, "retry": Retry(NoBackoff(), 0)}
    if not url.startswith("unix:"):
        options |= {"socket_connect_timeout": CONNECT_SECONDS, "socket_keepalive": True}
        probes = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
        options["socket_keepalive_options"] = {
            getattr(socket, name): value for name, value in probes.items() if hasattr(socket, name)
        }
    return options


class Complaints:
    """About messages that are none of ours: one line a minute, however many come."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._count, self._next = clock, 0, 0.0

    def add(self) -> None:
        self._count += 1
        if self._clock() >= self._next:
            _log.warning("ring_not_understood", messages=self._count)
            self._count, self._next = 0, self._clock() + COMPLAIN_EVERY


def job_id_in(text: object) -> JobId | None:
    try:
        return JobId(UUID(text.decode() if isinstance(text, bytes) else str(text)))
    except ValueError:
        return None


class RingBroker(RedisStreamBroker):
    """Sends rings, and hears those for `streams` when it is given any."""

    def __init__(self, url: str, streams: Collection[str] = (), group: str = "mcma") -> None:
        first, *others = [*streams, ""]
        super().__init__(
            url,
            queue_name=first,
            additional_streams={name: ">" for name in others if name},
            consumer_group_name=group,
            consumer_name=str(new_id()),
            maxlen=LONGEST_STREAM,
            xread_block=BLOCK_MS,
            xread_count=AT_ONCE,
            max_connection_pool_size=8,
            **connection_options(url),
        )
        self.serializer = JSONSerializer()
        self.streams, self._complaints = list(streams), Complaints()

    def on_ring(self, run: Callable[[str], Awaitable[None]]) -> Any:
        """Makes the one task. Rings are acknowledged as they are read: the row says what is to be done."""
        return self.register_task(run, task_name=TASK)

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        async with Redis(connection_pool=self.connection_pool) as redis:
            while True:
                found: Any = await redis.xreadgroup(
                    self.consumer_group_name, self.consumer_name, dict.fromkeys(self.streams, ">"),
                    count=self.count, block=self.block, noack=True,
                )  # fmt: skip
                for _, entries in found or ():
                    for _, fields in entries:
                        if (message := self._ours(fields)) is not None:
                            yield AckableMessage(data=message, ack=_nothing)

    def _ours(self, fields: Mapping[bytes, bytes] | None) -> bytes | None:
        """Before taskiq sees it, which would log each one in full."""
        message = (fields or {}).get(b"data")
        try:
            told = json.loads(message or b"")
            if told["task_name"] == TASK and job_id_in(told["args"][0]) is not None:
                return message
        except (ValueError, TypeError, LookupError):
            pass
        self._complaints.add()
        return None

    async def leave(self) -> None:
        """Redis remembers every consumer that ever was."""
        async with Redis(connection_pool=self.connection_pool) as redis:
            for stream in self.streams:
                await redis.xgroup_delconsumer(stream, self.consumer_group_name, self.consumer_name)


def _nothing() -> None:
    return None
