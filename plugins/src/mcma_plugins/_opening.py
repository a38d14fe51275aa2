"""Opening a file that was promised: the one that is meant, or a clear error. Everything here blocks."""

import errno
import os
import stat
from datetime import UTC, datetime
from typing import ClassVar, Final, NamedTuple

from mcma_plugins.errors import Gone, McmaError, NotFound, Unavailable


def modified_at(mtime_ns: int) -> datetime:
    """As `StreamFile.last_modified` says it: to the microsecond, both computed alike."""
    return datetime.fromtimestamp(mtime_ns / 1e9, UTC)


class FileChanged(Gone):
    """The file is there, but is no longer the one that was asked for."""

    code: ClassVar[str] = "file_changed"


class WantedFile(NamedTuple):
    """What is asked for, and what must be so when it is opened."""

    path: bytes | str
    size: int
    within: bytes | str | None
    modified: datetime | None = None
    """When it was last written; None where that is not looked at."""


def load(wanted: WantedFile, start: int, count: int) -> bytes:
    """`count` bytes of the file that `open_wanted` accepts."""
    fd = open_wanted(wanted)
    try:
        found = os.pread(fd, count, start)
    except OSError as error:
        raise _failed(error) from error
    finally:
        os.close(fd)
    if len(found) != count:
        raise FileChanged("The file is no longer the one that was asked for.")
    return found


def open_wanted(wanted: WantedFile) -> int:
    """An open regular file that is what was wanted."""
    try:
        fd = os.open(
            wanted.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        )  # never wait for a FIFO's writer
    except (OSError, ValueError) as error:
        raise _failed(error) from error
    try:
        _verify(os.fstat(fd), wanted)
        if wanted.within is not None and not _lies_in(fd, wanted.path, wanted.within):
            raise FileChanged("The file is no longer the one that was asked for.")
    except BaseException:
        os.close(fd)
        raise
    return fd


_ABSENT: Final = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EISDIR, errno.ENXIO}


def _failed(error: OSError | ValueError) -> McmaError:
    """ValueError is what a NUL in a name gives."""
    if isinstance(error, OSError) and error.errno not in _ABSENT:
        return Unavailable("The file cannot be read now.", code="file_unreadable")
    return NotFound("The file is not there.")


def _lies_in(fd: int, path: bytes | str, folder: bytes | str) -> bool:
    """Whether what was opened is below the folder. Linux names the open file itself, so that nobody can
    change a link between the question and the opening; elsewhere the path is resolved."""
    try:
        real = os.readlink(f"/proc/self/fd/{fd}".encode())  # noqa: PTH115 - bytes
    except OSError:
        real = os.path.realpath(os.fsencode(path))
    return real.startswith(os.path.realpath(os.fsencode(folder)).rstrip(b"/") + b"/")


def _verify(found: os.stat_result, wanted: WantedFile) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotFound("The file is not there.")
    written = wanted.modified is not None and modified_at(found.st_mtime_ns) != wanted.modified
    if found.st_size != wanted.size or written:
        raise FileChanged("The file is no longer the one that was asked for.")


def pread(fd: int, count: int, position: int) -> bytes:
    """Empty at the end and when the disk fails: both mean that the promised bytes will not come."""
    try:
        return os.pread(fd, count, position)
    except OSError:
        return b""
