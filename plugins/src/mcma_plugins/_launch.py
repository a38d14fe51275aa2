"""Becomes another program, after giving up what it must not have. `process.py` runs this file by its path.

A program of its own, because the alternative is Python code between fork and exec of a process with threads;
it costs about ten milliseconds. Imports nothing but the standard library, and little of that.

Arguments: the process that must be its parent, `LIMIT=VALUE,...` (numbers of the `resource` module), how much
nicer to be, whether to stay as the head of a family, the program with its arguments.
"""

import ctypes
import os
import resource
import signal
import sys

CANNOT_START = 126
_PR_SET_PDEATHSIG = 1


def launch(parent: int, limits: str, nicer: int, family: bool, program: list[str]) -> None:
    os.umask(0o077)
    if nicer:
        os.nice(nicer)
    for one in filter(None, limits.split(",")):
        which, value = map(int, one.split("="))
        _lower(which, value)
    if family:
        _become_head(parent)
    else:
        _die_with(parent, signal.SIGKILL)
    _become(program)


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (least, least))


def _die_with(parent: int, how: int) -> None:
    """Linux sends the signal; elsewhere the parent's end is noticed by writing to its pipes, if at all."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(how))
    if os.getppid() != parent:  # it died before the kernel knew
        os._exit(CANNOT_START)


def _become_head(parent: int) -> None:
    """Returns in a child. The head takes the whole group along when the parent dies: programs that the child
    starts would not hear of it."""

    def end(*_: object) -> None:
        os.killpg(0, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        return
    _die_with(parent, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _become(program: list[str]) -> None:
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and the next program would too
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execv(program[0], program)  # noqa: S606 - what this file is for
    except OSError as error:
        os.write(2, f"cannot start {program[0]}: {error.strerror}\n".encode(errors="replace"))
        os._exit(CANNOT_START)


if __name__ == "__main__":
    launch(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "1", sys.argv[5:])
