"""Several serving processes behind one listening socket, and the one that looks after them.

The first does what a start does once (schema, keys, first administrator, scans); the others begin when it is
ready. One that ends by itself is started again; one signal to the supervisor stops them all.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType

import structlog

from mcma import logs
from mcma.cli import output
from mcma.domain.errors import McmaError
from mcma.part import Part
from mcma.serving import server
from mcma.serving.lifetime import LAST_SECONDS, SIGNALS
from mcma.settings import Settings

_log = structlog.get_logger(__name__)
_spawn = multiprocessing.get_context("spawn")

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60.0
"""A process that lived so long is started again after the first pause."""
START_SECONDS = 3600.0
"""The first process may have a large database to bring to a new schema."""
MORE_SECONDS = 1.0
"""For a process to be gone after it decided to end."""
FAILED = 3
"""Status of a process that has said why it cannot start."""


@dataclass
class Child:
    number: int
    process: SpawnProcess
    began: float
    pause: float = 0.0
    again_at: float | None = None
    """When to start it again; None while it lives."""


def supervise(settings: Settings, wishes: server.Wishes, listener: socket.socket) -> None:
    """Comes back when a signal asked for a stop and all are gone. Raises `CannotStart`."""
    Supervisor(settings, wishes, listener).run()


class Supervisor:
    def __init__(self, settings: Settings, wishes: server.Wishes, listener: socket.socket) -> None:
        self._settings, self._wishes, self._listener = settings, wishes, listener
        self._children: list[Child] = []
        self._stopping = False
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)

    def run(self) -> None:
        before = {one: signal.signal(one, self._asked) for one in SIGNALS}
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        try:
            if self._start_first():
                for number in range(1, self._settings.processes):
                    self._children.append(self._started(number))
                self._look_after()
        finally:
            self._end_all()
            signal.set_wakeup_fd(-1)
            for one, handler in before.items():
                signal.signal(one, handler)
            os.close(self._wake)
            os.close(self._waker)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            for child in self._living():
                child.process.kill()
        self._stopping = True

    def _start_first(self) -> bool:
        """Whether to go on."""
        mine, theirs = _spawn.Pipe(duplex=False)
        self._children.append(self._started(0, theirs))
        theirs.close()
        first, deadline = self._children[0].process, time.monotonic() + START_SECONDS
        while not self._stopping and time.monotonic() < deadline:
            ready = wait([mine, first.sentinel, self._wake], timeout=1.0)
            if mine in ready and _said_ready(mine):
                mine.close()
                return True
            if first.sentinel in ready:
                raise CannotStart("The server could not start.")
        return False

    def _started(self, number: int, ready: Connection | None = None) -> Child:
        wishes = self._wishes if ready is not None else server.Wishes()
        part = Part(first=ready is not None)
        process = _spawn.Process(
            target=_serve, args=(self._settings, wishes, self._listener, part, ready), name=f"mcma {number}"
        )
        process.start()
        return Child(number, process, time.monotonic())

    def _look_after(self) -> None:
        while not self._stopping:
            due = [child.again_at for child in self._children if child.again_at is not None]
            pause = max(0.0, min(due) - time.monotonic()) if due else None
            # not of the living alone: one that dies just now is seen by its sentinel
            started = [child.process.sentinel for child in self._children if child.again_at is None]
            wait([*started, self._wake], timeout=pause)
            for number, child in enumerate(self._children):
                if not self._stopping:
                    self._children[number] = self._mended(child)

    def _mended(self, child: Child) -> Child:
        now = time.monotonic()
        if child.again_at is None and not child.process.is_alive():
            steady = now - child.began > STEADY_SECONDS
            pause = FIRST_PAUSE if steady or not child.pause else min(child.pause * 2, LONGEST_PAUSE)
            _log.error("process_ended", number=child.number, status=child.process.exitcode, again_in=pause)
            return replace(child, pause=pause, again_at=now + pause)
        if child.again_at is not None and child.again_at <= now:
            child.process.close()
            return replace(self._started(child.number), pause=child.pause)
        return child

    def _living(self) -> list[Child]:
        return [child for child in self._children if child.again_at is None and child.process.is_alive()]

    def _end_all(self) -> None:
        for child in self._living():
            child.process.terminate()
        deadline = time.monotonic() + self._settings.shutdown_seconds + LAST_SECONDS + MORE_SECONDS
        for child in self._children:
            child.process.join(max(0.0, deadline - time.monotonic()))
            if child.process.is_alive():
                child.process.kill()
                child.process.join()


class CannotStart(McmaError):
    code = "cannot_start"


def _said_ready(connection: Connection) -> bool:
    with contextlib.suppress(EOFError):
        return bool(connection.recv())
    return False


def _serve(
    settings: Settings, wishes: server.Wishes, listener: socket.socket, part: Part, ready: Connection | None
) -> None:
    """What each process runs."""
    logs.configure(settings.log_level, settings.log_format)
    parent = multiprocessing.parent_process()
    assert parent is not None
    try:
        server.run(settings, wishes, listener, part, _teller(ready), parent.sentinel)
    except McmaError as error:
        output.fail(error)
        sys.exit(FAILED)


def _teller(ready: Connection | None) -> Callable[[], None]:
    def tell() -> None:
        if ready is not None:
            ready.send(True)
            ready.close()

    return tell
