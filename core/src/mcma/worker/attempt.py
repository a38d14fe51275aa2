"""One attempt at a job: the handler under its time limit, and what its end means."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog

from mcma.services.jobs import check_json
from mcma.store.queries.jobs import CANCELLED, FAILED, QUEUED, SUCCEEDED
from mcma.worker.backoff import Backoff
from mcma.worker.context import RunningJob
from mcma.worker.wording import describe
from mcma_plugins.errors import AuthorisationNeeded, InvalidInput, PermanentError, RetryLater
from mcma_plugins.jobs import JobCancelled, JobKind

_log = structlog.get_logger(__name__)


class Ending(NamedTuple):
    state: str
    """What to write: queued means once more, after `delay` seconds."""
    error: str | None = None
    result: Mapping[str, Any] | None = None
    delay: float = 0.0
    released: bool = False
    """Stopped by an orderly shutdown, which uses no attempt up."""
    awaits_children: bool = False
    """Its own work is done, but not that of the jobs below it."""


async def attempt(kind: JobKind, job: RunningJob, backoff: Backoff) -> Ending:
    """Raises nothing a handler raised, but for KeyboardInterrupt and a cancellation from outside."""
    seconds = kind.timeout.total_seconds()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            result = await kind.handler(job)
    except JobCancelled:
        return Ending(CANCELLED)
    except asyncio.CancelledError:
        return when_interrupted(job) or _failure(job, RuntimeError("the handler cancelled itself"), backoff)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit would take the whole worker along
        expired = limit.expired() and isinstance(error, TimeoutError)
        return _failure(job, TimeoutError(f"no end within {seconds:g} s") if expired else error, backoff)
    return _success(result)._replace(awaits_children=kind.waits_for_children)


def when_interrupted(job: RunningJob) -> Ending | None:
    """None when nobody interrupted it. Raises CancelledError when the whole program is being torn down: the
    row then stays as it is, and the lease lapses."""
    if job.cancel_asked or job.lost:
        return Ending(CANCELLED)
    if job.stopping:
        return Ending(QUEUED, released=True)
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    return None


def _success(result: object) -> Ending:
    if result is None:
        return Ending(SUCCEEDED)
    try:
        if not isinstance(result, Mapping):
            raise InvalidInput(f"a {type(result).__name__} is no mapping")
        check_json(result)
    except InvalidInput as error:
        return Ending(FAILED, f"The job ran, but its result cannot be kept: {error.message}")
    return Ending(SUCCEEDED, result=dict(result))


def _failure(job: RunningJob, error: BaseException, backoff: Backoff) -> Ending:
    final = isinstance(error, PermanentError | AuthorisationNeeded) or job.attempt >= job.claimed.max_attempts
    _log.warning("job_attempt_failed", attempt=job.attempt, final=final, exc_info=error)
    if final:
        return Ending(FAILED, describe(error))
    delay = backoff.delay(job.attempt)
    if isinstance(error, RetryLater) and error.after is not None:
        delay = max(delay, error.after)
    return Ending(QUEUED, describe(error), delay=delay)
