"""Job kinds. A plugin declares what it can run; core keeps the rows, the retries and the limits."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Any, Protocol

from mcma_plugins.ids import JobId, UserId

Payload = Mapping[str, Any]
"""JSON: what `json.dumps` takes."""


class Priority(IntEnum):
    """Lower runs first."""

    INTERACTIVE = 0
    """A person is waiting for it."""
    NORMAL = 50
    BULK = 100
    """Scans and whatever nobody waits for."""


class JobContext(Protocol):
    """What a running job may do."""

    @property
    def id(self) -> JobId: ...
    @property
    def payload(self) -> Payload: ...
    @property
    def attempt(self) -> int: ...
    @property
    def created_by(self) -> UserId | None: ...

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        """Cheap: written at most a few times a second. Raises `JobCancelled` when a person asked for it."""
        ...

    async def log(self, line: str) -> None:
        """Kept as a tail of some kilobytes, shown to the people who may see the job."""
        ...


class JobCancelled(Exception):
    """Raised inside a job that was told to stop. Let it through after tidying up."""


Handler = Callable[[JobContext], Awaitable[Payload | None]]
"""Idempotent: it may run again after a crash. What it returns is kept as the job's result.

Raise `RetryLater` for a passing fault, `PermanentError` or `AuthorisationNeeded` for one that stays;
anything else is retried with back-off until the attempts are used up.
"""


@dataclass(frozen=True, slots=True)
class JobKind:
    """`name` is `<plugin>.<verb>`; core's own kinds have no dot."""

    name: str
    handler: Handler
    max_attempts: int = 5
    timeout: timedelta = timedelta(hours=6)
    """Wall clock for one attempt."""
    concurrency: int | None = None
    """How many of this kind may run at once, over all workers; None for no limit of its own."""
    per_second: float | None = None
    """Starts per second, over all workers."""
    waits_for_children: bool = False
    """A job of this kind is over when its handler is and all jobs enqueued below it (`parent_id`) are: it
    failed if one of them did, and its progress is the sum of theirs."""
    host_only: bool = False
    """Runs where the web server runs and in no separate worker: what it needs is there alone."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Runs a job kind again and again."""

    kind: str
    every: timedelta
    payload: Payload


@dataclass(frozen=True, slots=True)
class NamedSchedule:
    """`name` is `<plugin>.<words>`, the same in every version of the plugin."""

    name: str
    schedule: Schedule
