"""What a running job holds in its hands."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog

from mcma.domain.errors import OutOfSpace, Unavailable
from mcma.services.job_events import JobNews
from mcma.store.engine import Database
from mcma.store.queries.job_claims import ClaimedJob
from mcma.store.queries.jobs import write_progress
from mcma.worker.wording import clean
from mcma_plugins.ids import JobId, UserId
from mcma_plugins.jobs import JobCancelled, Payload

_log = structlog.get_logger(__name__)

WRITE_EVERY = 0.25
LOG_BYTES = 8 * 1024
_LARGEST = 2**63 - 1


class RunningJob:
    """The `JobContext` of one attempt. `write_every` are the seconds between two writes of progress."""

    def __init__(
        self,
        database: Database,
        claimed: ClaimedJob,
        news: JobNews,
        *,
        write_every: float = WRITE_EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.claimed, self.held = claimed, claimed.held
        self.cancel_asked = self.stopping = self.lost = False
        self._database, self._news, self._clock = database, news, clock
        self._write_every, self._next_write = write_every, 0.0
        self._view, self._log_tail = claimed.view, claimed.log_tail
        self._dirty = False
        self._writing: set[asyncio.Task[None]] = set()

    @property
    def id(self) -> JobId:
        return self.held.id

    @property
    def payload(self) -> Payload:
        return self.claimed.payload

    @property
    def attempt(self) -> int:
        return self.held.attempt

    @property
    def created_by(self) -> UserId | None:
        return self._view.created_by

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        self._raise_if_told()
        self._view = self._view._replace(
            done=_bounded(done),
            total=None if total is None else _bounded(total),
            note=None if note is None else clean(note),
        )
        await self._changed()

    async def log(self, line: str) -> None:
        text = f"{self._log_tail}{clean(line)}\n"
        self._log_tail = text.encode()[-LOG_BYTES:].decode(errors="ignore")
        await self._changed()

    async def flush(self) -> None:
        """Writes what the throttle held back. A database that is away is no error: the end writes again."""
        if not self._dirty:
            return
        self._dirty = False
        self._next_write = self._clock() + self._write_every
        # A handler may be cancelled at any await; a write in mid-transaction must not be.
        task = asyncio.create_task(self._write())
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        await asyncio.shield(task)

    def last_words(self) -> dict[str, Any]:
        """Progress and log for the write that ends the attempt."""
        view = self._view
        return {"done": view.done, "total": view.total, "note": view.note, "log_tail": self._log_tail or None}

    async def _changed(self) -> None:
        self._dirty = True
        if self._clock() >= self._next_write:
            await self.flush()
            self._raise_if_told()

    async def _write(self) -> None:
        try:
            async with self._database.write() as transaction:
                asked = await write_progress(transaction.connection, self.held, self.last_words())
        except (Unavailable, OutOfSpace) as error:
            self._dirty = True
            _log.warning("job_progress_not_written", error=error.stable_code)
            return
        self.lost = self.lost or asked is None
        self.cancel_asked = self.cancel_asked or bool(asked)
        if not self.lost:
            self._news.changed(self._view)

    def _raise_if_told(self) -> None:
        if self.lost or self.cancel_asked:
            raise JobCancelled("the job was told to stop")


def _bounded(number: int) -> int:
    return max(-_LARGEST, min(int(number), _LARGEST))
