"""Reading tags in worker processes. They return values and never open the database."""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Protocol, TypeVar

import structlog

from mcma.domain.facts import FileProblem, ProblemReason
from mcma.services.indexing.reading import Read, ToRead, leave_with_parent, nothing, read_many

_log = structlog.get_logger(__name__)

SECONDS_PER_FILE = 20.0
"""A file that takes longer hangs its reader."""

T = TypeVar("T")


class Reader(Protocol):
    """Reads tags off the event loop."""

    @property
    def workers(self) -> int:
        """How many calls of `read` are worked on at once."""
        ...

    def warm_up(self) -> None:
        """Files will come."""
        ...

    async def read(self, files: Sequence[ToRead]) -> list[Read]:
        """The facts of each file, in order."""
        ...


class TagReaders:
    """Pools of processes, made when first needed. Use as an async context manager."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        read_many: Callable[[Sequence[ToRead]], list[Read]] = read_many,
        seconds_per_file: float = SECONDS_PER_FILE,
    ) -> None:
        self._workers = workers or max(1, (os.cpu_count() or 2) - 1)
        self._read_many = read_many
        self._patience = seconds_per_file
        self._crowd = _Processes(self._workers)
        self._cell = _Processes(1)
        """Where files are read one by one after a crash or a hang, so that the right one gets the blame."""
        self._turn = asyncio.Semaphore(self._workers + 1)
        self._alone = asyncio.Lock()

    async def __aenter__(self) -> "TagReaders":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._crowd.drop()
        self._cell.drop()

    @property
    def workers(self) -> int:
        return self._workers

    def warm_up(self) -> None:
        """Starting a process takes longer than reading a hundred files."""
        _ = self._crowd.pool

    async def read(self, files: Sequence[ToRead]) -> list[Read]:
        """The facts of each file, in order. A file that kills or hangs its reader is a problem of its own."""
        async with self._turn:
            pool = self._crowd.pool
            seconds = self._patience + len(files) * min(0.5, self._patience)
            try:
                await self._crowd.started()
                return await asyncio.wait_for(_run(pool, self._read_many, files), seconds)
            except (BrokenProcessPool, TimeoutError):
                self._crowd.drop(pool)
        async with self._alone:
            return [await self._read_alone(file) for file in files]

    async def _read_alone(self, file: ToRead) -> Read:
        pool = self._cell.pool
        await self._cell.started()
        try:
            found = await asyncio.wait_for(_run(pool, self._read_many, [file]), self._patience)
        except BrokenProcessPool:
            self._cell.drop()
            return FileProblem(ProblemReason.BROKEN, "The reader crashed on it.")
        except TimeoutError:
            self._cell.drop()
            return FileProblem(ProblemReason.BROKEN, "The reader hung on it.")
        return found[0]


async def _run(pool: Executor, work: Callable[..., T], *arguments: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, work, *arguments)


def _executor(count: int) -> Executor:
    """Processes, or where the system has no shared memory for them (some containers) a thread: slower, and a
    file that crashes its reader takes the server along."""
    try:
        return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=leave_with_parent)
    except (OSError, ImportError) as error:
        _log.warning("reading_without_processes", reason=str(error), hint="Make /dev/shm writable.")
        return ThreadPoolExecutor(1, thread_name_prefix="mcma-reader")


class _Processes:
    def __init__(self, count: int) -> None:
        self._count = count
        self._pool: Executor | None = None
        self._started: Future[None] | None = None

    @property
    def pool(self) -> Executor:
        if self._pool is None:
            self._pool = _executor(self._count)
            self._started = self._pool.submit(nothing)
        return self._pool

    async def started(self) -> None:
        """Starting takes its time, which is not that of the files."""
        if self._started is not None:
            await asyncio.wrap_future(self._started)

    def drop(self, broken: Executor | None = None) -> None:
        """Ends the processes at once: what they were reading is read again. Several readers may find the same
        pool broken; the first of them drops it."""
        if self._pool is None or broken not in (None, self._pool):
            return
        pool, self._pool = self._pool, None
        running = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.kill()
