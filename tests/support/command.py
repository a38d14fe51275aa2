"""The real command `mcma` in processes of its own, as people start it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.forked import Forked

START_SECONDS = 60.0
"""A busy machine may take long; nothing is measured here."""
_LISTENING = re.compile(r"listening on http://([^\s:]+):(\d+)")


def clean_environment(**more: str) -> dict[str, str]:
    without = ("MCMA_", "NO_COLOR", "PYTHONDONTWRITEBYTECODE")  # without the last, each start compiles itself
    kept = {name: value for name, value in os.environ.items() if not name.startswith(without)}
    return {**kept, "COLUMNS": "100", **more}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Served:
    """A server in a process."""

    process: "subprocess.Popen[bytes] | Forked"
    out: Path
    err: Path
    port: int = 0

    @property
    def printed(self) -> str:
        return self.out.read_text()

    @property
    def logged(self) -> str:
        return self.err.read_text()

    def stop(self, how: int = signal.SIGTERM, seconds: float = 20) -> int:
        self.process.send_signal(how)
        return self.process.wait(seconds)


@dataclass
class Mcma:
    """`mcma` on a data folder."""

    data: Path
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    """Each with an interpreter of its own, which loads everything: ten times the work of a start."""
    _count: "count[int]" = field(default_factory=lambda: count(1))

    def run(self, *arguments: str, given: str = "", **environment: str) -> Done:
        with self._started(arguments, environment, given) as ran:
            code = ran.process.wait(START_SECONDS)
        return Done(code, ran.printed, ran.logged)

    def ok(self, *arguments: str, given: str = "") -> Done:
        done = self.run(*arguments, given=given)
        assert done.code == 0, done
        return done

    @contextmanager
    def serving(self, *arguments: str, port: int = 0, **environment: str) -> Iterator[Served]:
        with self._started(("serve", "--port", str(port), *arguments), environment) as served:
            served.port = port_of(served)
            yield served

    @contextmanager
    def working(self, *arguments: str, **environment: str) -> Iterator[Served]:
        """`mcma worker`, once it says that it is ready."""
        with self._started(("worker", *arguments), environment) as worker:
            until = time.monotonic() + START_SECONDS
            while " is ready" not in worker.printed:
                assert time.monotonic() < until and worker.process.poll() is None, worker.logged
                time.sleep(0.05)
            yield worker

    @contextmanager
    def _started(
        self, arguments: tuple[str, ...], environment: Mapping[str, str], given: str = ""
    ) -> Iterator[Served]:
        number = next(self._count)
        out, err, read = (self.home / f"{name}{number}" for name in ("out", "err", "in"))
        read.write_text(given)
        made = _fresh if self.fresh else Forked
        command = ("--data-dir", str(self.data), *arguments)
        variables = clean_environment(**self.environment, **environment)
        process = made(command, self.home, variables, read, out, err)
        try:
            yield Served(process, out, err)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _fresh(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], given: Path, out: Path, err: Path
) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "mcma", *arguments]
    with given.open("rb") as read, out.open("wb") as to_out, err.open("wb") as to_err:
        return subprocess.Popen(command, stdin=read, stdout=to_out, stderr=to_err, cwd=cwd, env=environment)


def port_of(served: Served) -> int:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and served.process.poll() is None:
        if found := _LISTENING.search(served.printed):
            return int(found[2])
        time.sleep(0.05)
    raise AssertionError(f"the server did not come up: {served.printed} {served.logged}")
