"""Web types for adapters. Imported on demand, because it needs starlette (`mcma-plugins[web]`)."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final, Protocol

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mcma_plugins._growing import GrowingResponse, until_disconnected
from mcma_plugins._http import Answer, Validators, attachment, decide, entity_tag, safe_header
from mcma_plugins._opening import FileChanged, WantedFile, load, open_wanted, pread
from mcma_plugins._zipping import ZipResponse
from mcma_plugins.streams import Announced, Archive, Served
from mcma_plugins.values import StreamFile

__all__ = [
    "ADDRESS",
    "LOGIN_HELP",
    "SENDFILE",
    "FileChanged",
    "Sendfile",
    "archive_response",
    "attachment",
    "file_response",
    "safe_header",
    "served_response",
    "server_address",
]

SENDFILE: Final = "mcma.sendfile"
"""ASGI extension: `scope["extensions"]["mcma.sendfile"]["send"]` is a `Sendfile`."""

LOGIN_HELP: Final = "/help/app-passwords"
"""Below `server_address`: the page that says what an app password is, and makes one."""

ADDRESS: Final = "mcma.address"
"""In the scope of a request: the address that the server was told to be reached at, or None."""

CHUNK: Final = 256 * 1024
"""Bytes per read without the extension; measured best between 64 KiB and 1 MiB."""

SMALL: Final = 64 * 1024
"""Up to here the bytes are read while the file is opened anyway: less work than any way of streaming."""


RESUMING: Final = 10.0
"""Seconds that a range of a growing file may wait for the end of it."""


class Sendfile(Protocol):
    """What a server offers to send file content without copying it.

    A callable, not an ASGI message: middleware that holds the head back or rewrites the body would lose a
    message it does not know, while a callable can see that the head is not out yet and say so.
    """

    async def __call__(self, fd: int, offset: int, count: int) -> bool:
        """Send `count` bytes of `fd` from `offset`.

        True: the bytes are with the kernel, or the client hung up; the caller MUST end the response with an
        empty body message. False: nothing was sent, use body messages.
        Raises EOFError when the file ends early, after cutting the connection. MUST NOT close `fd`.
        """
        ...


def server_address(request: Request) -> str:
    """Where the server is reached from outside, as far as it knows: the address it was told, else the one
    that this request was sent to. Without a slash at the end."""
    return (request.scope.get(ADDRESS) or str(request.base_url)).rstrip("/")


def file_response(
    request: Request,
    *,
    path: bytes | str,
    size: int,
    etag: str,
    content_type: str,
    last_modified: datetime | None = None,
    headers: Mapping[str, str] = {},
    filename: str | None = None,
    within: bytes | str | None = None,
    immutable: bool = False,
) -> Response:
    """The bytes of a file, with everything RFC 9110 says about ranges, preconditions and HEAD.

    `size` is what the caller knows about the file and what `etag` stands for. The file is opened when the
    response is sent, in a thread; before the head goes out the response raises `NotFound` (no such file),
    `FileChanged` (another size, or links lead out of the folder `within`) or `Unavailable` (cannot be read).
    `immutable`: also where it was written after `last_modified`, so that whoever goes on where they were
    never puts bytes of two files together.
    The values of `headers` and `filename` may hold any text, also of users.
    """
    validators = Validators(entity_tag(etag), last_modified)
    answer = decide(request.method, _single(request), size, validators)
    fixed = {name.lower(): safe_header(value) for name, value in headers.items()} | _caching(validators)
    if answer.status in (200, 206):
        fixed |= _content(answer, size, content_type, filename)
    elif answer.status == 416:
        fixed |= {"content-range": f"bytes */{size}", "accept-ranges": "bytes"}
    modified = last_modified if immutable else None
    return _FileResponse(WantedFile(path, size, within, modified), answer, fixed)


async def served_response(
    request: Request, served: Served, *, headers: Mapping[str, str] = {}, save: bool = False,
    estimate: bool = False,
) -> Response:  # fmt: skip
    """What `Streaming.serve` answered, as HTTP. `X-Mcma-Stream` says what it is and why.

    A file has everything of `file_response`. What grows comes as it is written, without a length (with
    `estimate`: with the estimated one, cut or filled to it) and without ranges; only a range that begins
    later waits some seconds for the whole file, because a player that asks for it resumes or seeks.
    """
    source, told = served.source, {**headers, "x-mcma-stream": served.told}
    if isinstance(source, StreamFile):
        return _of_file(request, source, told, save=save)
    if isinstance(source, Announced):
        return _looked_at(_announced(source, told, estimate=estimate))
    try:
        if _begins_later(request) and (whole := await source.finished(RESUMING)) is not None:
            source.close()
            return _of_file(request, whole, told, save=save)
    except BaseException:
        source.close()
        raise
    length = source.announced.estimated_size if estimate else None
    return GrowingResponse(source, length, _announced(source.announced, told, estimate=False))


def archive_response(request: Request, archive: Archive, *, headers: Mapping[str, str] = {}) -> Response:
    """What `Downloads.archive` made, as a ZIP file whose length is known before the first byte. No ranges."""
    return ZipResponse(archive, headers, whole=request.method != "HEAD")


def _of_file(request: Request, file: StreamFile, headers: Mapping[str, str], *, save: bool) -> Response:
    return file_response(
        request, path=file.path, size=file.size, etag=file.etag, content_type=file.content_type,
        last_modified=file.last_modified, headers=headers, filename=file.name if save else None,
        within=file.root,
    )  # fmt: skip


def _looked_at(headers: Mapping[str, str]) -> Response:
    """HEAD. Starlette takes the missing body for a length of 0, which would be that of the stream."""
    response = Response(None, 200, headers)
    if "content-length" not in headers:
        del response.headers["content-length"]
    return response


def _announced(announced: Announced, headers: Mapping[str, str], *, estimate: bool) -> dict[str, str]:
    made = {name.lower(): safe_header(value) for name, value in headers.items()}
    made |= {"content-type": announced.content_type, "accept-ranges": "none"}
    made["cache-control"] = "private, no-store"
    if estimate and announced.estimated_size is not None:
        made["content-length"] = str(announced.estimated_size)
    return made


def _begins_later(request: Request) -> bool:
    """`bytes=0-` is how browsers ask for everything."""
    wanted = request.headers.get("range", "").strip().lower()
    return wanted.startswith("bytes=") and not wanted.startswith(("bytes=0-", "bytes= 0-"))


def _single(request: Request) -> dict[str, str]:
    """The request's headers; a field sent twice is joined, as RFC 9110 section 5.3 reads it."""
    return {name: ", ".join(request.headers.getlist(name)) for name in request.headers}


def _caching(validators: Validators) -> dict[str, str]:
    when = validators.last_modified
    dated = {} if when is None else {"last-modified": format_datetime(when.astimezone(UTC), usegmt=True)}
    return {"etag": validators.etag} | dated


def _content(answer: Answer, size: int, content_type: str, filename: str | None) -> dict[str, str]:
    found = {
        "accept-ranges": "bytes",
        "content-length": str(answer.count),
        "content-type": safe_header(content_type),
    }
    if answer.status == 206:
        found["content-range"] = f"bytes {answer.start}-{answer.start + answer.count - 1}/{size}"
    if filename is not None:
        found["content-disposition"] = attachment(filename)
    return found


class _FileResponse(Response):
    def __init__(self, wanted: WantedFile, answer: Answer, headers: Mapping[str, str]) -> None:
        super().__init__(None, answer.status, headers)
        self._wanted, self._answer = wanted, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._answer.status == 304:  # the client's copy is good, whatever happened to ours
            await super().__call__(scope, receive, send)
            return
        count = 0 if scope["method"] == "HEAD" else self._answer.count
        await (self._small(count, send) if count <= SMALL else self._large(scope, receive, send))
        if self.background is not None:
            await self.background()

    async def _small(self, count: int, send: Send) -> None:
        """One visit to a thread for all of it, which is what small answers cost most."""
        body = await to_thread.run_sync(load, self._wanted, self._answer.start, count)
        await self._head(send)
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _large(self, scope: Scope, receive: Receive, send: Send) -> None:
        fd = await to_thread.run_sync(open_wanted, self._wanted)
        try:
            await self._head(send)
            if await self._sendfile(fd, scope):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await self._read(fd, receive, send)
        finally:
            os.close(fd)

    async def _head(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

    async def _sendfile(self, fd: int, scope: Scope) -> bool:
        extension = scope.get("extensions", {}).get(SENDFILE)
        if extension is None:
            return False
        sendfile: Sendfile = extension["send"]
        try:
            return await sendfile(fd, self._answer.start, self._answer.count)
        except EOFError:
            raise FileChanged("The file changed while it was being sent.") from None

    async def _read(self, fd: int, receive: Receive, send: Send) -> None:
        """Read and send in pieces until the end or until the client is gone."""
        complete = True
        async with anyio.create_task_group() as group:
            group.start_soon(until_disconnected, receive, group.cancel_scope)
            complete = await self._pieces(fd, send)
            group.cancel_scope.cancel()
        if not complete:
            raise FileChanged("The file changed while it was being sent.")

    async def _pieces(self, fd: int, send: Send) -> bool:
        position, left = self._answer.start, self._answer.count
        while left:
            piece = await to_thread.run_sync(pread, fd, min(CHUNK, left), position)
            if not piece:
                return False
            position, left = position + len(piece), left - len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
        return True
