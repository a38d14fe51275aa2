"""Stand-ins for what the host hands to a plugin."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from mcma_plugins.errors import McmaError, RetryLater, Unavailable
from mcma_plugins.ids import JobId, UserId
from mcma_plugins.jobs import Payload, Priority
from mcma_plugins.plugin import PluginContext


@dataclass
class FakeValues:
    """`KeyValue` in a dictionary."""

    data: dict[str, object] = field(default_factory=dict)

    async def get(self, key: str) -> object | None:
        return self.data.get(key)

    async def put(self, key: str, value: object) -> None:
        self.data[key] = value

    async def delete(self, key: str) -> None:
        self.data.pop(key, None)


@dataclass(frozen=True)
class Enqueued:
    id: JobId
    kind: str
    payload: Payload
    dedup_key: str | None
    priority: Priority
    parent_id: JobId | None = None


@dataclass
class FakeEnqueue:
    """`Enqueue` that keeps a list. As in core, a `dedup_key` that is queued already gives the same job."""

    jobs: list[Enqueued] = field(default_factory=list)

    async def __call__(
        self,
        kind: str,
        payload: Payload,
        *,
        dedup_key: str | None = None,
        priority: Priority = Priority.NORMAL,
        parent_id: JobId | None = None,
    ) -> JobId:
        for job in self.jobs:
            if dedup_key is not None and (job.kind, job.dedup_key) == (kind, dedup_key):
                return job.id
        self.jobs.append(Enqueued(JobId(uuid4()), kind, payload, dedup_key, priority, parent_id))
        return self.jobs[-1].id


_LONGEST_WAIT, _LARGEST = 60.0, 1024 * 1024


@dataclass
class FakeRemote:
    """`Remote` in a dictionary; turns come at once and are counted, answers never age. A pause of a minute or
    more is refused, a shorter one would be waited for."""

    turns: list[str] = field(default_factory=list)
    pauses: dict[str, float] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)

    async def turn(self, service: str, every: float) -> None:
        if self.pauses.get(service, 0.0) > _LONGEST_WAIT:
            said = "It asked to be left alone for a while."
            raise RetryLater(said, after=self.pauses[service], code="rate_limited")
        self.turns.append(service)

    async def pause(self, service: str, seconds: float) -> None:
        self.pauses[service] = max(seconds, self.pauses.get(service, 0.0))

    async def recall(self, key: str) -> bytes | None:
        return self.answers.get(key)

    async def remember(self, key: str, answer: bytes, keep: timedelta) -> None:
        if len(answer) <= _LARGEST and keep > timedelta(0):
            self.answers[key] = answer


@dataclass
class FakeContext:
    """What `Plugin.start` needs: `await plugin.start(fake.context)`, then look at `fake.enqueue.jobs`."""

    data_dir: Path
    values: FakeValues = field(default_factory=FakeValues)
    enqueue: FakeEnqueue = field(default_factory=FakeEnqueue)
    remote: FakeRemote = field(default_factory=FakeRemote)

    @property
    def context(self) -> PluginContext:
        log = logging.getLogger("mcma.plugin")
        return PluginContext(
            data_dir=self.data_dir, log=log, values=self.values, enqueue=self.enqueue, remote=self.remote
        )


@dataclass
class FakeJob:
    """`JobContext` for calling a job's handler: `await kind.handler(FakeJob({"id": 1}))`."""

    payload: Payload = field(default_factory=dict)
    id: JobId = field(default_factory=lambda: JobId(uuid4()))
    attempt: int = 1
    created_by: UserId | None = None
    steps: list[tuple[int, int | None, str | None]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        self.steps.append((done, total, note))

    async def log(self, line: str) -> None:
        self.lines.append(line)


class FailingServices:
    """Satisfies `Services` with methods that all raise `error`: what an adapter sees on a bad day.

    Give it the services a test needs by name: `FailingServices(catalogue=MyCatalogue())`.
    """

    version = "0.0.0"

    def __init__(self, error: McmaError | None = None, **services: object) -> None:
        self._error = error or Unavailable("the test has no such service")
        self._services = services

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._services.get(name, _FailingService(self._error))


class _FailingService:
    def __init__(self, error: McmaError) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: object, **__: object) -> NoReturn:
            raise self._error

        return fail
