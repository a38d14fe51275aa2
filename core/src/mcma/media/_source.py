"""Positioned reads of one open file, the head of which is read once."""

import os
import stat
from typing import BinaryIO

HEAD_BYTES = 64 * 1024


class Source:
    """An open regular file. Reads beyond its end are short, never an error."""

    __slots__ = ("_fd", "head", "size")

    def __init__(self, fd: int, size: int) -> None:
        self._fd = fd
        self.size = size
        self.head = os.pread(fd, HEAD_BYTES, 0)

    def at(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`."""
        end = offset + length
        if end <= len(self.head):
            return self.head[offset:end]
        return os.pread(self._fd, length, offset) if offset < self.size else b""

    def file(self) -> BinaryIO:
        """A seekable reader of the same file for libraries that want one; close it."""
        return os.fdopen(os.dup(self._fd), "rb")


def status(path: bytes) -> os.stat_result:
    """Of what `path` leads to. Paths are bytes, which pathlib does not know."""
    return os.stat(path)  # noqa: PTH116


def open_regular(path: bytes) -> int:
    """A descriptor to read `path`; never waits for the other end of a FIFO."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def read_small(path: bytes, limit: int) -> bytes | None:
    """All of a regular file of at most `limit` bytes; None when it is another or cannot be read."""
    try:
        fd = open_regular(path)
    except OSError:
        return None
    try:
        info = os.fstat(fd)
        return os.read(fd, limit) if stat.S_ISREG(info.st_mode) and info.st_size <= limit else None
    except OSError:
        return None
    finally:
        os.close(fd)
