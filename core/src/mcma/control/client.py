"""Asking the mcma that holds the data folder to do something, through its socket. Standard library only.

One connection is one question: a line of JSON goes out, lines come back. `{"event": ...}` any number of
times, then `{"result": ...}` or `{"error": {"code", "message", "hint"}}`.
"""

import json
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mcma.domain.errors import McmaError, Unavailable

NAME = "mcma.sock"
ADDRESS = "mcma.address"
"""Holds the URL of the server that has the data folder."""
ELSEWHERE = "mcma.sock.path"
"""Holds the socket's path when the data folder's own would be too long for one."""
LONGEST_PATH = 100
"""Bytes. Linux takes 107, others 103."""
LONGEST_LINE = 64 * 1024 * 1024
OnEvent = Callable[[Mapping[str, Any]], None]


class Refused(McmaError):
    """What the other process answered."""

    code = "refused"


def connect(folder: Path) -> socket.socket | None:
    """A connection to the process that serves this data folder, or None when there is none."""
    path = _where(folder)
    if path is None:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    return connection


def fits(path: Path) -> bool:
    return len(bytes(path)) <= LONGEST_PATH


def _where(folder: Path) -> str | None:
    if fits(folder / NAME):
        return str(folder / NAME)
    with suppress(OSError):
        return (folder / ELSEWHERE).read_text().strip()
    return None


def ask(
    connection: socket.socket, operation: str, arguments: Mapping[str, Any], on_event: OnEvent | None = None
) -> Any:
    """The result. Raises `Refused` with the other side's words, `Unavailable` when it goes away."""
    question = {"operation": operation, "arguments": dict(arguments)}
    try:
        with connection, connection.makefile("rb") as answers:
            connection.sendall(json.dumps(question).encode() + b"\n")
            for line in answers:
                told = json.loads(line)
                if "event" not in told:
                    return _outcome(told)
                if on_event is not None:
                    on_event(told["event"])
    except (OSError, ValueError) as error:
        raise _gone() from error
    raise _gone()


def _outcome(told: Mapping[str, Any]) -> Any:
    if "result" in told:
        return told["result"]
    error = told["error"]
    raise Refused(error["message"], code=error["code"], hint=error["hint"])


def _gone() -> Unavailable:
    return Unavailable("The server went away in the middle of it.", hint="Start it again: mcma serve")
