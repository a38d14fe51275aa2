"""Processes of `mcma` forked from one that has loaded it: most of a start is loading, always the same.

Each is a process like any other: to be killed, with folders, variables, input and output of its own.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.support.loaded"])


class Forked:
    """What of `subprocess.Popen` is needed."""

    def __init__(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str],
        given: Path, out: Path, err: Path, module: str = "mcma",
    ) -> None:  # fmt: skip
        what = (module, list(arguments), str(cwd), dict(environment), [str(given), str(out), str(err)])
        self._arguments = arguments
        self._process = context.Process(target=_become, args=what)
        for file in (out, err):
            file.touch()
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None and (code := self._process.exitcode) is not None:
            self._code = code
            self._process.close()  # or its descriptors stay until it is garbage
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        if self._code is None:
            self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(list(self._arguments), timeout or 0)
        return code

    def send_signal(self, how: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, how)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _become(
    module: str, arguments: list[str], cwd: str, environment: dict[str, str], files: list[str]
) -> None:
    """`python -m MODULE`, but for what is loaded already."""
    from tests.support.loaded import PATH

    for number, (file, flags) in enumerate(zip(files, _FLAGS, strict=True)):
        opened = os.open(file, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    places = environment.get("PYTHONPATH", "")
    sys.path[:] = [cwd, *filter(None, places.split(os.pathsep)), *PATH]
    sys.argv[:] = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


_WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_FLAGS = (os.O_RDONLY, _WRITTEN, _WRITTEN)
