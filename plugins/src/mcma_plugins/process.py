"""Starting other programs: the one way to do it, for core and for plugins.

A program gets an absolute path, its arguments as they are (no shell), a session and group of its own, nothing
on its input, a cleared environment, an empty folder to stand in, limits, a deadline, and an end: when the
deadline has passed, when it says too much, when the task that waits for it is cancelled, or (on Linux) when
the server dies, all of its group is killed. Nothing is left unreaped.
"""

import asyncio
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from mcma_plugins import _launch
from mcma_plugins._lines import Lines, nothing
from mcma_plugins.errors import McmaError

__all__ = [
    "Child",
    "Finished",
    "Limits",
    "ProcessFailed",
    "ProgramMissing",
    "SaidTooMuch",
    "TookTooLong",
    "run",
    "running",
]

MIB: Final = 1024 * 1024
PATH: Final = "/usr/local/bin:/usr/bin:/bin"
LAST_WORDS: Final = 1.0
"""Seconds that the pipes of an ended program may stay open: somebody outside its group may hold them."""


class ProcessFailed(McmaError):
    """The program could not be started, or did not end well."""

    code: ClassVar[str] = "process_failed"


class ProgramMissing(ProcessFailed):
    code: ClassVar[str] = "program_missing"


class TookTooLong(ProcessFailed):
    code: ClassVar[str] = "process_too_long"


class SaidTooMuch(ProcessFailed):
    code: ClassVar[str] = "process_output"


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds. None: not limited. A limit that is already lower stays."""

    seconds: float = 60.0
    """Wall clock; then the whole group is killed."""
    cpu_seconds: int | None = None
    memory: int | None = 4096 * MIB
    """Address space, which is much more than what a program uses: threads reserve it by the 64 MiB."""
    file_size: int | None = None
    """Of each file it writes."""
    open_files: int = 256
    processes: int | None = None
    """Of the user, not of the program: mind what else runs under this user. Root is not limited."""
    output: int = MIB
    """Of its standard output, or of one line of it when it is taken by line; what says more is killed
    (`SaidTooMuch`)."""
    errors: int = 16 * 1024
    """Of its standard error, from the end; more is read and dropped."""
    nicer: int = 5
    family: bool = False
    """It starts programs itself, which have to go when the server dies. Costs some megabytes meanwhile."""


class Finished(NamedTuple):
    code: int
    """Exit status; a negative one is the signal that killed it."""
    output: bytes
    errors: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def last_line(self) -> str:
        """What it said last on its standard error, for people."""
        lines = self.errors.strip().splitlines()
        return lines[-1].strip()[:300] if lines else f"status {self.code}"


class Child:
    """A program that runs. `wait` raises `TookTooLong` and `SaidTooMuch`, and may be called again."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits, said: "_Collector | Lines",
                 complained: "_Collector") -> None:  # fmt: skip
        self._process, self._limits = process, limits
        self._said, self._complained = said, complained
        self._expired = False
        self._deadline = asyncio.get_running_loop().call_later(limits.seconds, self._expire)
        said.when_full = self.kill

    @property
    def pid(self) -> int:
        """Also the number of its process group."""
        return self._process.pid

    def lines(self) -> AsyncGenerator[str, None]:
        """What it says while it says it, to its end; for one that was started `by_line`. Whoever is slow to
        take them makes it wait. `wait` afterwards tells how it ended."""
        if not isinstance(self._said, Lines):
            raise TypeError("it was not started by_line")
        return self._said.take()

    def kill(self) -> None:
        """At once, with everything it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def wait(self) -> Finished:
        code = await self._process.wait()
        await self._gone()
        if self._expired:
            raise TookTooLong(f"It did not end within {self._limits.seconds:g} s.")
        if self._said.full:
            raise SaidTooMuch(f"It wrote more than {self._limits.output} bytes to its output.")
        output = b"" if isinstance(self._said, Lines) else bytes(self._said.kept)
        return Finished(code, output, self._complained.kept.decode("utf-8", "replace"))

    async def end(self) -> None:
        """Kills what is left of it and reaps it."""
        self.kill()
        await self._process.wait()
        await self._gone()

    async def _gone(self) -> None:
        self._deadline.cancel()
        self.kill()  # what it started and left behind
        await asyncio.wait({self._said.closed, self._complained.closed}, timeout=LAST_WORDS)
        self._said.close()
        self._complained.close()

    def _expire(self) -> None:
        self._expired = True
        self.kill()


class _Collector(asyncio.Protocol):
    """Reads a pipe to its end; keeps the first bytes (and is then full) or the last ones."""

    def __init__(self, limit: int, *, tail: bool) -> None:
        self.kept = bytearray()
        self.full = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.when_full: Callable[[], None] = nothing
        self._limit, self._tail = limit, tail
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self.full:
            return
        self.kept += data
        if len(self.kept) > self._limit:
            if self._tail:
                del self.kept[: -self._limit]
            else:
                self.full = True
                self.when_full()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def run(
    program: Sequence[str | bytes | Path],
    limits: Limits = Limits(),
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] = {},
) -> Finished:
    """Runs it to its end. See `running`; raises `TookTooLong` and `SaidTooMuch` as well."""
    async with running(program, limits, folder=folder, environment=environment) as child:
        return await child.wait()


@asynccontextmanager
async def running(
    program: Sequence[str | bytes | Path],
    limits: Limits = Limits(),
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] = {},
    by_line: bool = False,
) -> AsyncIterator[Child]:
    """The program while it runs; whatever way the block is left, it is gone afterwards.

    `program[0]` MUST be an absolute path. It stands in `folder`, else in an empty one that is removed;
    that is its home as well. `environment` comes on top of PATH, LANG, HOME and TMPDIR.
    `by_line`: for `Child.lines`. Raises `ProgramMissing`, `ProcessFailed`. Secrets MUST NOT be arguments:
    everybody can read those.
    """
    argv = [os.fsdecode(part) for part in program]
    _verify(argv[0])
    # Not in a thread: whoever is cancelled while one makes it never learns its name, and it would stay.
    made = None if folder is not None else Path(tempfile.mkdtemp(prefix="mcma-"))
    try:
        said = Lines(limits.output) if by_line else _Collector(limits.output, tail=False)
        child = await _started(argv, limits, folder or made or Path("/"), environment, said)
        try:
            yield child
        finally:
            await _to_the_end(child)
    finally:
        if made is not None:
            await asyncio.to_thread(shutil.rmtree, made, ignore_errors=True)


async def _to_the_end(child: Child) -> None:
    """Also when the task is cancelled once more meanwhile."""
    child.kill()
    ending = asyncio.ensure_future(child.end())
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await asyncio.wait({ending}, timeout=LAST_WORDS)
        raise


def _verify(program: str) -> None:
    if not os.path.isabs(program):  # noqa: PTH117 - as it was given
        raise ProcessFailed(f"{program!r} is no absolute path.")
    if not os.access(program, os.X_OK) or not Path(program).is_file():
        raise ProgramMissing(f"There is no program {program}.")


async def _started(
    argv: Sequence[str],
    limits: Limits,
    folder: Path,
    environment: Mapping[str, str],
    said: "_Collector | Lines",
) -> Child:
    complained = _Collector(limits.errors, tail=True)
    home = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder)}
    with ExitStack() as ours, ExitStack() as failed:
        failed.callback(said.close)
        failed.callback(complained.close)
        out, err = await _pipe(said, ours), await _pipe(complained, ours)
        try:
            process = await asyncio.create_subprocess_exec(
                *_launcher(limits), *argv, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=err,
                cwd=folder, env={**home, **environment}, start_new_session=True, close_fds=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:  # ValueError: NUL in an argument
            raise ProcessFailed(f"{argv[0]} cannot be started: {error}") from error
        failed.pop_all()
    return Child(process, limits, said, complained)


async def _pipe(collector: "_Collector | Lines", ours: ExitStack) -> int:
    """The end to write to, which `ours` closes. Pipes of our own, so that waiting for a program never means
    waiting for those who inherited them."""
    read, write = os.pipe()
    ours.callback(os.close, write)
    await asyncio.get_running_loop().connect_read_pipe(lambda: collector, os.fdopen(read, "rb", 0))
    return write


def _launcher(limits: Limits) -> list[str]:
    values = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NPROC: limits.processes,
    }
    told = ",".join(f"{which}={value}" for which, value in values.items() if value is not None)
    script = str(Path(_launch.__file__))
    return [sys.executable, "-I", "-S", script, str(os.getpid()), told, str(limits.nicer),
            "1" if limits.family else "0"]  # fmt: skip
