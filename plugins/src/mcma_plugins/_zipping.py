"""Archives as an answer: ZIP without compression (music does not shrink), written while it is sent.

Its length is known beforehand. Memory holds one piece and what the directory at the end will say.
"""

import os
import zipfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Final

import anyio
from anyio import to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mcma_plugins._growing import until_disconnected
from mcma_plugins._http import attachment, safe_header
from mcma_plugins._opening import FileChanged, WantedFile, open_wanted
from mcma_plugins.streams import Archive, Packed
from mcma_plugins.values import StreamFile

PIECE: Final = 512 * 1024
"""Bytes read, summed and sent at once."""
_LOCAL, _CENTRAL, _END, _END_64 = 30, 46, 22, 76
_DESCRIPTOR, _DESCRIPTOR_64, _SIZES_64 = 16, 24, 20
"""Bytes of the parts of a ZIP file, beside names (APPNOTE 6.3, sections 4.3 and 4.5.3)."""
_EARLIEST, _LATEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)


def length_of(files: Sequence[Packed]) -> int:
    """Exactly what `written` comes to."""
    at = directory = 0
    for file in files:
        name, large = len(file.name.encode()), _is_large(file.size)
        beyond = 2 * large + (at > zipfile.ZIP64_LIMIT)
        directory += _CENTRAL + name + (4 + 8 * beyond if beyond else 0)
        at += _LOCAL + name + (_SIZES_64 if large else 0) + file.size
        at += _DESCRIPTOR_64 if large else _DESCRIPTOR
    many = len(files) > zipfile.ZIP_FILECOUNT_LIMIT
    return at + directory + _END + (_END_64 if many or max(at, directory) > zipfile.ZIP64_LIMIT else 0)


def written(files: Sequence[Packed]) -> Generator[bytes, None, None]:
    """The archive in pieces; blocks. `NotFound`, `FileChanged` and `Unavailable` of a file that is not as it
    was said to be: what was promised cannot be sent then."""
    sink = _Sink()
    # Closed by hand: closing it in the middle would only write a directory that nobody gets.
    archive = zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED)
    for file in files:
        with archive.open(_info(file), "w", force_zip64=_is_large(file.size)) as into:
            for piece in _content(file.source):
                into.write(piece)
                yield sink.taken()
    archive.close()
    yield sink.taken()


def _is_large(size: int) -> bool:
    return size > zipfile.ZIP64_LIMIT


def _info(file: Packed) -> zipfile.ZipInfo:
    moment = file.modified.astimezone(UTC).timetuple()[:6]
    info = zipfile.ZipInfo(file.name, max(_EARLIEST, min(moment, _LATEST)))
    info.external_attr = 0o644 << 16
    return info


def _content(source: StreamFile | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    descriptor = open_wanted(WantedFile(source.path, source.size, source.root))
    try:
        left = source.size
        while left:
            piece = _read(descriptor, min(PIECE, left))
            left -= len(piece)
            yield piece
    finally:
        os.close(descriptor)


def _read(descriptor: int, count: int) -> bytes:
    try:
        piece = os.read(descriptor, count)
    except OSError:
        piece = b""
    if not piece:
        raise FileChanged("A file changed while it was being sent.")
    return piece


class _Sink:
    """What is written goes out; it cannot be wound back, so checksums follow the bytes they are of."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Whoever takes the pieces knows when it is over."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class ZipResponse(Response):
    """Unless `whole`, only what it would be. A client that goes away ends the work; a file that is not what
    it was cuts the connection, or is an error while nothing was sent."""

    def __init__(self, archive: Archive, headers: Mapping[str, str], *, whole: bool) -> None:
        fixed = {name.lower(): safe_header(value) for name, value in headers.items()}
        fixed |= {
            "content-type": "application/zip",
            "content-length": str(length_of(archive.files)),
            "content-disposition": attachment(f"{archive.name}.zip"),
            "accept-ranges": "none",
        }
        super().__init__(None, 200, fixed)
        self._archive, self._whole = archive, whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if self._whole:
                await self._sent(receive, send)
            else:
                await super().__call__(scope, receive, send)
        finally:
            self._archive.close()

    async def _sent(self, receive: Receive, send: Send) -> None:
        failed: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(until_disconnected, receive, group.cancel_scope)
            try:
                await self._pieces(send)
            except Exception as error:  # noqa: BLE001 - raised below: a group would wrap it
                failed = error
            group.cancel_scope.cancel()
        if failed is not None:
            raise failed

    async def _pieces(self, send: Send) -> None:
        pieces = written(self._archive.files)
        try:
            piece = await to_thread.run_sync(next, pieces, None)
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while piece is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await to_thread.run_sync(next, pieces, None)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(pieces.close)
