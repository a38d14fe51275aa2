"""Noticing that something below a folder has changed: told by the kernel, or by looking again and again.

Whatever blocks does so in a thread that the watch has for itself.
"""

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from watchfiles._rust_notify import RustNotify

from mcma_local.mounts import network_reason
from mcma_local.names import is_junk, printable
from mcma_local.root import Probe, probe
from mcma_plugins import Changed, FoundFolder, RootUnusable, Watching

T = TypeVar("T")
GATHER_MS, STEP_MS, LOOK_MS = 1600, 50, 1000
"""Events are gathered for so long; every second without any the root is looked at."""
AGAIN = 5.0
"""Seconds between two looks for a folder that is gone."""
QUICK = 3.0
"""Seconds to the next look after one that found something else: is it still being written?"""
_GOOD = ("ready", "empty")
Walk = Callable[[bytes], Iterator[FoundFolder]]
Identity = tuple[int, int]


class Notifier(Protocol):
    """What `RustNotify` does: waits for events, and answers with them, or with a word."""

    def watch(self, debounce_ms: int, step_ms: int, timeout_ms: int, stop_event: Any) -> Any: ...


class LeadsOut(Exception):
    """A link would have another part of the disk watched."""


def notifier(root: bytes) -> Notifier:
    """Raises when the system has no more watches to give, or knows none, and `LeadsOut`."""
    _look_round(root)
    return RustNotify([os.fsdecode(root)], False, False, 300, True, True)


class RootWatch:
    def __init__(
        self,
        root: bytes,
        walk: Walk,
        poll_seconds: float,
        *,
        arm: Callable[[bytes], Notifier] = notifier,
        network: Callable[[bytes], str | None] = network_reason,
        ignore_hidden: bool = True,
    ) -> None:
        self._root, self._walk, self._poll_seconds = root.rstrip(b"/") or b"/", walk, poll_seconds
        self._arm, self._network, self._ignore_hidden = arm, network, ignore_hidden
        self._thread = ThreadPoolExecutor(1, "mcma-watch")
        self._stop = threading.Event()

    async def news(self) -> AsyncGenerator[Watching | Changed, None]:
        """Goes on until it is closed. A folder that goes away is waited for; back again, it has changed."""
        gone: str | None = None
        again = False
        try:
            while True:
                found = await self._in_thread(probe, self._root)
                if found.state not in _GOOD:
                    if found.message != gone:
                        yield Watching("waiting", found.message)
                    gone, again = found.message, True
                    await asyncio.sleep(AGAIN)
                    continue
                gone = None
                async for one in self._while_there(again):
                    yield one
                again = True
        finally:
            self._stop.set()
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _while_there(self, again: bool) -> AsyncGenerator[Watching | Changed, None]:
        """Until the folder is another one, or none."""
        reason = await self._in_thread(self._network, self._root)
        identity, told = await self._in_thread(_identity, self._root), None
        if reason is None:
            try:
                told = await self._in_thread(self._arm, self._root)
            except LeadsOut as link:
                reason = str(link)
            except Exception as error:  # noqa: BLE001 - the library's own, the system's, a name it cannot take
                reason = f"the system tells of no more changes ({_words(error)})"
        yield Watching("events") if told is not None else Watching("polling", reason)
        if again:
            yield Changed()
        news = self._polled() if told is None else self._told(told, identity)
        async for one in news:
            yield one

    async def _told(self, told: Notifier, identity: Identity | None) -> AsyncGenerator[Changed, None]:
        while True:
            found = await self._in_thread(told.watch, GATHER_MS, STEP_MS, LOOK_MS, self._stop)
            if found == "stop" or await self._in_thread(_identity, self._root) != identity:
                return
            if isinstance(found, set) and any(self._counts(path) for _, path in found):
                yield Changed()

    def _counts(self, path: str) -> bool:
        """Hidden and system files come and go without meaning anything."""
        below = os.fsencode(path)[len(self._root) :].strip(b"/")
        names = below.split(b"/") if below else []
        return not any(is_junk(name) or (self._ignore_hidden and name.startswith(b".")) for name in names)

    async def _polled(self) -> AsyncGenerator[Changed, None]:
        """At most a tenth of the time is spent looking."""
        before: dict[bytes, int] | None = None
        while True:
            began = time.monotonic()
            try:
                now = await self._in_thread(self._look)
            except RootUnusable:
                return
            took = time.monotonic() - began
            differs = before is not None and now != before
            if differs:
                yield Changed()
            before = now
            await asyncio.sleep(max(QUICK, took) if differs else max(self._poll_seconds, 10 * took))

    def _look(self) -> dict[bytes, int]:
        """What each folder is like, as numbers: a library of 100,000 files fits in a few megabytes."""
        found: Probe = probe(self._root)
        if found.state == "empty":
            return {}
        return {folder.path: hash((folder.files, folder.unknown)) for folder in self._walk(self._root)}

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, *arguments)


def _look_round(root: bytes) -> None:
    """Every folder is read once, by calls that let others run: arming reads them again from memory, and lets
    nobody run meanwhile. It also follows links, wherever they lead."""
    real = os.path.realpath(root)
    for folder, names, _ in os.walk(root):
        for name in names:
            path = folder + b"/" + name
            if os.path.islink(path):  # noqa: PTH114 - bytes
                target = os.path.realpath(path)
                if target != real and not target.startswith(real.rstrip(b"/") + b"/"):
                    raise LeadsOut(f"the link {printable(path)} leads out of it")


def _identity(root: bytes) -> Identity | None:
    """Another one after a mount, an unmount or a rename."""
    try:
        found = os.stat(root)  # noqa: PTH116 - bytes
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
