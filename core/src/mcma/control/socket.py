"""The data folder's socket: other commands ask the process that holds the folder to work for them."""

import asyncio
import json
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

from mcma.control.client import ELSEWHERE, NAME, fits
from mcma.control.operations import encoded, perform
from mcma.domain.errors import InvalidInput, McmaError
from mcma.logs import correlation_id
from mcma.wiring import Core

_log = structlog.get_logger(__name__)
_LONGEST_QUESTION = 1024 * 1024


@asynccontextmanager
async def listening(core: Core, folder: Path) -> AsyncIterator[None]:
    """Answers questions meanwhile. The caller holds the folder's lock, so a socket that is there is stale."""
    path, temporary = _place(folder)
    answering = _Answering(core)
    server = await asyncio.start_unix_server(answering.connected, sock=_bound(path), limit=_LONGEST_QUESTION)
    try:
        yield
    finally:
        server.close()
        await answering.stop()
        for one in (path, folder / ELSEWHERE):
            one.unlink(missing_ok=True)
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _place(folder: Path) -> tuple[Path, Path | None]:
    path = folder / NAME
    if fits(path):
        return path, None
    temporary = Path(tempfile.mkdtemp(prefix="mcma-"))
    pointer = folder / ELSEWHERE
    pointer.unlink(missing_ok=True)
    descriptor = os.open(pointer, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(str(temporary / NAME))
    return temporary / NAME, temporary


def _bound(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.setblocking(False)
    return listener


class _Answering:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with structlog.contextvars.bound_contextvars(request_id=correlation_id()):
                await self._answer(reader, writer)
        except (ConnectionError, ValueError):
            pass
        except asyncio.CancelledError:
            _put(writer, {"error": _told(McmaError("The server is stopping.", code="unavailable"))})
        finally:
            self._tasks.discard(task)
            writer.close()

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def tell(event: Mapping[str, Any]) -> None:
            _put(writer, {"event": event})
            await writer.drain()

        line = await reader.readline()
        if line:
            _put(writer, await self._outcome(line, tell))
            await writer.drain()

    async def _outcome(self, line: bytes, tell: Any) -> dict[str, Any]:
        try:
            question = _question(line)
            _log.info("asked", operation=question["operation"])
            return {"result": await perform(self._core, question["operation"], question["arguments"], tell)}
        except McmaError as error:
            return {"error": _told(error)}
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - the other side has to hear of it
            _log.exception("operation_failed")
            words = f"{type(error).__name__}; the server's log says more."
            return {"error": {"code": "internal", "message": words, "hint": None}}


def _question(line: bytes) -> dict[str, Any]:
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        asked = json.loads(line)  # unlike orjson it lets names through that are not UTF-8
        return {"operation": str(asked["operation"]), "arguments": dict(asked["arguments"])}
    raise InvalidInput("That is no question.")


def _told(error: McmaError) -> dict[str, Any]:
    return {"code": error.stable_code, "message": error.message, "hint": error.hint}


def _put(writer: asyncio.StreamWriter, answer: Mapping[str, Any]) -> None:
    writer.write(encoded(answer) + b"\n")
