"""Clients under test: programs of their own, or the reference client in this process."""

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import httpx2 as httpx

from mcma_client.conformance.account import Account
from mcma_client.conformance.driver import Reference
from mcma_client.conformance.errors import Failed, Unmet
from mcma_client.conformance.proxy import Proxy
from mcma_client.conformance.scenario import NAME

PROTOCOL = 1
PATIENCE = 120.0
"""Seconds for one answer."""


class DriverFailed(Failed):
    """The client says that it could not."""


class Driver(Protocol):
    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """`Failed` when there is none."""

    def kill(self) -> None:
        """As a process is killed: nothing more is done."""


Start = Callable[[], Driver]


class Command:
    """A process that is spoken to in lines of JSON."""

    def __init__(self, command: str) -> None:
        self.command = command
        self._process = subprocess.Popen(  # noqa: S603 (what the operator typed)
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._lines: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
            line = self._lines.get(timeout=PATIENCE)
            told = json.loads(line) if line else None
        except (OSError, ValueError, Empty) as error:
            raise Failed(
                f"no answer to '{message['ask']}' from {self.command}: {type(error).__name__}"
            ) from None
        if not isinstance(told, dict):
            raise Failed(f"{self.command} ended at '{message['ask']}', or answered no table: {line[:500]!r}")
        return told

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                _closed(stream)


def _closed(stream: Any) -> None:
    with suppress(OSError):
        stream.close()


def starting(command: str | None) -> Start:
    """The reference client in this process, without one."""
    return Reference if command is None else lambda: Command(command)


def own_command() -> str:
    """The reference client as any other: in a process of its own."""
    return shlex.join([sys.executable, "-m", "mcma_client.conformance.driver"])


@dataclass
class Driven:
    """One client on one device, behind a wire of its own."""

    name: str
    start: Start
    proxy: Proxy
    folder: Path
    driver: Driver
    device_id: str = ""
    report: str = ""

    def ask(self, ask: str, **given: Any) -> dict[str, Any]:
        """`DriverFailed` with what it says; `Unmet` for what it does not know."""
        told = self.driver.answer({"ask": ask, **given})
        safe = {key: value for key, value in given.items() if key not in ("password", "access_token")}
        self.report = f"  {self.name} was asked: {ask} {safe}\n  answer: {str(told)[:1500]}"
        if told.get("unsupported"):
            raise Unmet(f"the client does not know {ask} {given.get('action', '')}".rstrip())
        if "error" in told:
            raise DriverFailed(str(told["error"]))
        return told

    def sync(self) -> dict[str, Any]:
        return self.ask("sync")

    def sync_killed(self, at: str, times: int) -> None:
        """Killed when it asks for `at` for the `times`-th time."""
        self.proxy.when(at, times, self.driver.kill)
        try:
            self.ask("sync")
        except Failed:
            pass
        else:
            raise Unmet(f"the client does not ask for {at} so often")
        self.reopened()

    def restart(self) -> None:
        self.driver.kill()
        self.reopened()

    def reopened(self) -> None:
        self.driver = self.start()
        self.ask("hello", protocol=PROTOCOL)
        self.ask("open", folder=str(self.folder))


@dataclass
class Drivers:
    """Those of one scenario."""

    start_one: Start
    upstream: str
    transport: httpx.BaseTransport | None = None
    newer: bool = False
    started: dict[str, Driven] = field(default_factory=dict)
    _folders: list[TemporaryDirectory[str]] = field(default_factory=list)

    def start(self, name: str, account: Account) -> Driven:
        folder = TemporaryDirectory(prefix="mcma-conformance-")
        self._folders.append(folder)
        proxy = Proxy(self.upstream, self.transport, newer=self.newer)
        driven = Driven(name, self.start_one, proxy, Path(folder.name), self.start_one())
        self.started[name] = driven
        driven.ask("hello", protocol=PROTOCOL)
        told = driven.ask("login", url=proxy.url, user=account.name, password=account.password,
                          access_token=account.token, folder=folder.name, device_name=NAME)  # fmt: skip
        driven.device_id = str(told["device_id"])
        return driven

    def close(self) -> None:
        for driven in self.started.values():
            driven.driver.kill()
            driven.proxy.close()
        for folder in self._folders:
            folder.cleanup()
        self.started.clear()
