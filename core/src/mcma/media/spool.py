"""A file written as its bytes arrive: counted, hashed, looked at as soon as its beginning is there.

Blocking: call each method in a thread.
"""

import hashlib
import os

from mcma.domain.errors import TooLarge
from mcma.media._source import HEAD_BYTES


class Spool:
    """`path` must not exist. Nothing is promised of it before `finish` has returned."""

    def __init__(self, path: bytes, largest: int) -> None:
        self._path, self._largest = path, largest
        self._digest = hashlib.sha256()
        self._head = b""
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self.size = 0
        self.container = ""

    def write(self, data: bytes) -> None:
        """Raises `UnfitError` when this is no music, `TooLarge`, and `OSError`."""
        self.size += len(data)
        if self.size > self._largest:
            raise TooLarge(f"An upload may have {self._largest} bytes at most.")
        if not self.container:
            self._head += data[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                self.container = _sniffed(self._head)
        self._digest.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def finish(self) -> bytes:
        """Brings it to the disk. Returns the SHA-256."""
        self.container = self.container or _sniffed(self._head)
        os.fsync(self._fd)
        return self._digest.digest()

    def close(self) -> None:
        os.close(self._fd)


def _sniffed(head: bytes) -> str:
    from mcma.media.sniffing import (
        sniffed,  # brings in all that reads files: for the first upload, not a start
    )

    return sniffed(head)
