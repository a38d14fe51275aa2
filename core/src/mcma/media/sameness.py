"""Whether two files hold the same sound, byte by byte. Blocking."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest

from mcma.media._audiohash import whole
from mcma.media._containers import read_container
from mcma.media._source import Source, open_regular


def same_sound(one: bytes, other: bytes) -> bool:
    """For files (absolute paths) whose audio hashes are equal, before one of them is given up.

    Tags do not count. Ogg files are taken at their hash: their pages carry serial numbers, and two encodings
    of different sound are never equally long. False when one of them cannot be read.
    """
    try:
        with _opened(one) as first, _opened(other) as second:
            a, b = read_container(first), read_container(second)
            if a.paged and b.paged:
                return True
            pieces = zip_longest(_even(first, a.regions), _even(second, b.regions))
            return all(mine == theirs for mine, theirs in pieces)
    except Exception:  # noqa: BLE001 - a file that cannot be read is no reason to give up the other
        return False


@contextmanager
def _opened(path: bytes) -> Iterator[Source]:
    fd = open_regular(path)
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise OSError("not a regular file")
        yield Source(fd, info.st_size)
    finally:
        os.close(fd)


def _even(source: Source, regions: list[tuple[int, int]]) -> Iterator[bytes]:
    """In pieces of one size, however the sound lies in the file."""
    size, held = 64 * 1024, bytearray()
    for piece in whole(source, regions):
        held += piece
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)
