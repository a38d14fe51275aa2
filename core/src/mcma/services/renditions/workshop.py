"""Where renditions are made: live ones at once and in bounds of their own, others as jobs like any."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import structlog

from mcma.domain.errors import McmaError, OutOfSpace, TooManyRequests, Unavailable
from mcma.domain.profiles import Target
from mcma.services.callers import SYSTEM
from mcma.services.jobs import Jobs
from mcma.services.renditions.beginning import take
from mcma.services.renditions.files import RenditionFiles
from mcma.services.renditions.making import CannotMake, Making, Order, make
from mcma.services.renditions.writers import TOUCH_EVERY, Here
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import renditions as rows
from mcma.store.queries.jobs import NewJob
from mcma.store.queries.renditions import Maker, RenditionRow
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobCancelled, JobContext, Payload, Priority
from mcma_plugins.values import Caller

__all__ = ["TRANSCODE", "Bounds", "RunsNow", "Workshop"]

_log = structlog.get_logger(__name__)

TRANSCODE = "transcode"
GRACE = 8.0
"""Seconds a live rendition goes on without listeners: players close a stream and open it again."""
STOPPING = 3.0
BUSY = 5.0
"""Seconds after which somebody who found all slots taken should ask again."""
ELSEWHERE_BUSY = 30.0
FIRST_ATTEMPT = 1

Ordered = Callable[[RenditionRow], Awaitable[Order]]
"""What is to be made for a row, by a job that has nothing but that. Raises `PermanentError`."""


class Bounds(NamedTuple):
    """Live renditions at the same time, in this process. What is begun by those who opened a share is counted
    apart: a link that goes around takes nothing from the household."""

    all: int
    per_user: int
    shares: int = 1
    per_share: int = 1

    def of(self, caller: Caller) -> tuple[int, int]:
        """(in all, for one) of the kind that the caller is of."""
        if caller.share_id is None:
            return self.all, self.per_user
        return self.shares, self.per_share


class RunsNow(Protocol):
    """The job runner of this process."""

    async def run_now(self, transaction: WriteTransaction, job: NewJob) -> JobId:
        """A job of this process that begins with the commit and waits for no other."""
        ...


class Workshop:
    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        files: RenditionFiles,
        bounds: Bounds,
        ordered: Ordered,
        kept: Callable[[], Awaitable[None]],
    ) -> None:
        self._database, self._jobs, self._files = database, jobs, files
        self._bounds, self._ordered, self._kept = bounds, ordered, kept
        self._makings: dict[UUID, Making] = {}
        self._turn = asyncio.Lock()
        self._stopping: set[asyncio.Task[None]] = set()
        self.runner: RunsNow | None = None
        """Set by whoever puts the process together; without one, nothing is made live."""

    def making(self, id_: UUID) -> Making | None:
        return self._makings.get(id_)

    def follow(self, id_: UUID) -> Here | None:
        """A reader's hold on one that is made here."""
        making = self._makings.get(id_)
        return None if making is None else Here(making, self._left)

    # Live ones

    async def begin(
        self, caller: Caller, file_id: UUID, target: Target, order: Callable[[UUID, int], Order]
    ) -> tuple[Making, Here]:
        """Makes it from now on, or joins who does. Raises `TooManyRequests`, `TakenElsewhere`, `Unavailable`
        when this process runs no jobs."""
        async with self._turn:
            async with self._database.read() as connection:
                row = await rows.find(connection, file_id, target.key, target.offset_ms)
            if row is not None and (making := self._makings.get(row.id)) is not None:
                return making, Here(making, self._left)
            await self._make_room(caller)
            return await self._begin(caller, file_id, target, order, row)

    async def _begin(
        self, caller: Caller, file_id: UUID, target: Target, order: Callable[[UUID, int], Order],
        waiting: RenditionRow | None,
    ) -> tuple[Making, Here]:  # fmt: skip
        if self.runner is None:
            raise Unavailable("This server runs no jobs.", code="no_live_renditions")
        id_ = new_id() if waiting is None else waiting.id
        made = await asyncio.to_thread(order, id_, FIRST_ATTEMPT)
        try:
            async with self._database.write() as transaction:
                job = NewJob(
                    TRANSCODE, {"rendition_id": str(id_), "profile": target.key},
                    priority=Priority.INTERACTIVE, created_by=caller.user_id, max_attempts=1,
                )  # fmt: skip
                job_id = await self.runner.run_now(transaction, job)
                maker = Maker(job_id, FIRST_ATTEMPT)
                await take(transaction, id_, maker, file_id, target, caller.user_id, waiting)
                making = Making(id_, maker, caller.user_id, made, share_id=caller.share_id)
                here = Here(making, self._left)
                self._makings[id_] = making
        except BaseException:
            self._makings.pop(id_, None)
            raise
        return making, here

    async def _make_room(self, caller: Caller) -> None:
        """Those that nobody listens to any more give way."""
        most, most_of_one = self._bounds.of(caller)
        while True:
            live = [one for one in self._makings.values() if one.order.live and not one.over.is_set()]
            live = [one for one in live if (one.share_id is None) == (caller.share_id is None)]
            mine = [one for one in live if one.whose == (caller.share_id or caller.user_id)]
            if len(mine) >= most_of_one:
                await self._give_way(mine, "You are listening to as many renditions as you may at a time.")
            elif len(live) >= most:
                await self._give_way(live, "As many renditions are being made as this server can make.")
            else:
                return

    async def _give_way(self, makings: list[Making], otherwise: str) -> None:
        idle = next((one for one in makings if one.is_idle), None)
        if idle is None:
            raise TooManyRequests(otherwise, retry_after=BUSY)
        await self._stop(idle)
        if not idle.over.is_set():
            raise TooManyRequests(otherwise, retry_after=BUSY)

    def _left(self, making: Making) -> None:
        """Nobody listens; soon somebody may."""
        asyncio.get_running_loop().call_later(GRACE, self._look_after, making)

    def _look_after(self, making: Making) -> None:
        if making.listeners:
            return
        work = self._stop_unless_wanted(making) if making.is_idle else self._forget(making)
        task = asyncio.ensure_future(work)
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _stop_unless_wanted(self, making: Making) -> None:
        """Somebody may have pinned it, or follow it from another process."""
        async with self._database.read() as connection:
            row = await rows.get(connection, making.id)
        if row is not None and row.pinned_until is not None and row.pinned_until > utcnow():
            return
        if row is not None and row.last_used_at > utcnow() - timedelta(seconds=2 * TOUCH_EVERY):
            self._left(making)
            return
        if making.is_idle:
            await self._stop(making)

    async def _forget(self, making: Making) -> None:
        """What begins in the middle is worth nothing to anybody else."""
        if making.order.target.offset_ms and making.over.is_set():
            async with self._database.write() as transaction:
                await rows.drop(transaction.connection, making.id)
            await asyncio.to_thread(self._files.drop, making.id, making.suffix)

    async def _stop(self, making: Making) -> None:
        await self._jobs.cancel(SYSTEM, JobId(making.maker.job_id))
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPPING):
                await making.over.wait()

    # The jobs

    async def run_live(self, job: JobContext) -> Payload | None:
        making = self._makings.get(UUID(str(job.payload["rendition_id"])))
        if making is None or making.maker.job_id != job.id:
            raise PermanentError("A live rendition is made by the server that began it, and that is over.")
        try:
            return await self._work(making, job)
        except asyncio.CancelledError:
            # Released into the queue it would be made by somebody else, for nobody.
            raise JobCancelled("nobody listens") from None

    async def run_render(self, job: JobContext) -> Payload:
        return await self.render(UUID(str(job.payload["rendition_id"])), job)

    async def render(self, id_: UUID, job: JobContext) -> Payload:
        """One that waits for this job. `PermanentError` where it cannot be made, `RetryLater` where somebody
        else makes it by now."""
        maker = Maker(job.id, job.attempt)
        row = await self._taken(id_, maker)
        if row.state == rows.READY:
            return {"size": row.size}
        making = Making(id_, maker, job.created_by or SYSTEM.user_id, await self._ordered(row))
        self._makings[id_] = making
        return await self._work(making, job)

    async def _taken(self, id_: UUID, maker: Maker) -> RenditionRow:
        async with self._database.write() as transaction:
            begun = await rows.begin(transaction.connection, id_, maker)
            row = await rows.get(transaction.connection, id_)
        if row is None or row.state == rows.FAILED:
            raise PermanentError("The rendition was removed.")
        if row.state != rows.READY and not begun:
            raise RetryLater("Somebody is making it already.", after=ELSEWHERE_BUSY)
        return row

    async def _work(self, making: Making, job: JobContext) -> Payload:
        try:
            await make(making.order, job, making.began.set)
            size = await asyncio.to_thread(self._files.flush, making.order.into)
            await self._place(making, size)
        except CannotMake as error:
            _log.warning("transcode_failed", rendition_id=str(making.id), reason=error.message)
            await self._fail(making, error, state=rows.FAILED, finished_at=utcnow())
            raise PermanentError(error.message) from error
        except BaseException as error:
            await self._fail(making, _told(error), state=None if making.order.live else rows.QUEUED)
            raise
        finally:
            if self._makings.get(making.id) is making:
                del self._makings[making.id]
        making.end(size)
        await self._kept()
        return {"size": size}

    async def _place(self, making: Making, size: int) -> None:
        """Its name is given while the row is held: an attempt that was thought dead must not put other bytes
        where a later one is being read."""
        now = utcnow()
        values = {"state": rows.READY, "size": size, "finished_at": now, "last_used_at": now}
        async with self._database.write() as transaction:
            await self._hold(transaction, making, values)
            await asyncio.to_thread(self._files.keep, making.order.into, making.order.kept)

    async def _end(self, making: Making, **values: Any) -> None:
        async with self._database.write() as transaction:
            await self._hold(transaction, making, values)

    async def _hold(self, transaction: WriteTransaction, making: Making, values: dict[str, Any]) -> None:
        if not await rows.end(transaction.connection, making.id, making.maker, values):
            raise Unavailable("The rendition was removed while it was made.")

    async def _fail(self, making: Making, error: McmaError, *, state: str | None, **values: Any) -> None:
        """Nothing half-written stays. A row that cannot be written now is found by the upkeep."""
        making.end(error=error)
        await asyncio.to_thread(making.order.into.unlink, missing_ok=True)
        with suppress(OutOfSpace, Unavailable):
            if state is not None:
                await self._end(making, state=state, error=error.message, **values)
                return
            async with self._database.write() as transaction:
                await rows.drop(transaction.connection, making.id, making.maker)


def _told(error: BaseException) -> McmaError:
    if isinstance(error, McmaError):
        return error
    return Unavailable("The rendition was stopped.", code="transcode_stopped")
