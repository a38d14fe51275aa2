"""How a process of the server lives: its loop, its memory, and how a signal ends it."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LAST_SECONDS = 4.5
"""Beyond `shutdown_seconds`, the process ends whatever is still going on: the rows make that safe."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def loop_factory() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def spare_the_collector() -> None:
    """What is loaded by now stays: walking it again and again was a tenth of the time of a scan, and young
    objects are made by the thousand for every page."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@contextmanager
def heeding(stop: asyncio.Event, seconds: float, parent: int | None = None) -> Iterator[None]:
    """The first signal asks for a stop and sets the latest time for it; a second one ends the process.

    `parent`: a descriptor that becomes readable when the process that started this one is gone, which is a
    reason to stop too. Such a process leaves Ctrl-C, which a terminal sends to both, to the other one.
    """
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if stop.is_set():
            _end()
        stop.set()
        last = threading.Timer(seconds, _end)
        last.daemon = True
        last.start()

    def orphaned() -> None:
        assert parent is not None
        loop.remove_reader(parent)
        if not stop.is_set():
            asked()

    for one in SIGNALS:
        loop.add_signal_handler(one, asked)
    if parent is not None:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop.add_reader(parent, orphaned)
    try:
        yield
    finally:
        if parent is not None:
            loop.remove_reader(parent)
        for one in SIGNALS:
            loop.remove_signal_handler(one)


def _end() -> None:
    """Without waiting for anything. Tag readers notice that they are alone."""
    sys.stdout.flush()
    os._exit(0)
