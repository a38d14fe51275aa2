"""A file taken over: by reflink where the file system can, by hard link where asked for, else copied.

The copy is on the disk (fsync) when these return, and keeps the time of the original.
"""

import errno
import os
import shutil
import stat
from fcntl import ioctl

from mcma.domain.facts import ProblemReason
from mcma.media._raw import UnfitError
from mcma.media._source import open_regular

__all__ = ["UnfitError", "take_over"]

_FICLONE = 0x40049409
"""`ioctl_ficlonerange(2)`: the copy shares the original's blocks until one of them is written to."""
_PIECE = 16 * 1024 * 1024
_CANNOT = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF})
"""What `copy_file_range(2)` says where it does not work; all else is a fault of the disk."""


def take_over(source: bytes, target: bytes, *, link: bool = False) -> None:
    """Makes `target`, which must not exist, hold what the regular file `source` holds.

    `link`: a hard link will do; where there can be none it is copied. Raises `OSError`, and `UnfitError` when
    `source` is no regular file or was written to meanwhile. Nothing is left at `target` then.
    """
    if link and _linked(source, target):
        return
    reading = open_regular(source)
    try:
        before = os.fstat(reading)
        if not stat.S_ISREG(before.st_mode):
            raise UnfitError(ProblemReason.NOT_REGULAR, "not a regular file")
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            _fill(reading, writing, before.st_size)
            os.utime(writing, ns=(before.st_atime_ns, before.st_mtime_ns))
            os.fsync(writing)
            _check_unchanged(before, os.fstat(reading), os.fstat(writing).st_size)
        except BaseException:
            os.unlink(target)  # noqa: PTH108 - bytes
            raise
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _linked(source: bytes, target: bytes) -> bool:
    real = os.path.realpath(source)
    if not stat.S_ISREG(os.stat(real).st_mode):  # noqa: PTH116 - bytes
        return False
    try:
        os.link(real, target)
    except OSError:
        return False
    return True


def _fill(reading: int, writing: int, size: int) -> None:
    try:
        ioctl(writing, _FICLONE, reading)
    except OSError:
        if not _copied_inside(reading, writing, size):
            with open(reading, "rb", closefd=False) as source, open(writing, "wb", closefd=False) as target:
                shutil.copyfileobj(source, target, 1024 * 1024)


def _copied_inside(reading: int, writing: int, size: int) -> bool:
    """By the kernel, without a way through this process. False when it cannot: nothing is copied then."""
    if not hasattr(os, "copy_file_range"):
        return False
    done = 0
    while done < size:
        try:
            step = os.copy_file_range(reading, writing, min(_PIECE, size - done), done, done)
        except OSError as error:
            if done == 0 and error.errno in _CANNOT:
                return False
            raise
        if step == 0:
            break
        done += step
    return done > 0 or size == 0


def _check_unchanged(before: os.stat_result, after: os.stat_result, copied: int) -> None:
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if changed or copied != before.st_size:
        raise UnfitError(ProblemReason.CHANGED, "written to while it was copied")
