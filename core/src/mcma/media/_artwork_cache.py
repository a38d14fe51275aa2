"""Pictures on disk, named by their content. Blocking: for threads and workers only."""

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from mcma.domain.errors import NotFound, OutOfSpace
from mcma.media._images import check_image, mosaic, snapped, thumbnail

_KEY: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_TOUCH_AFTER: Final = 3600
"""Seconds between two notes of an access: reads should not become writes."""

_ABANDONED_AFTER: Final = 3600


class _Entry(NamedTuple):
    """In the order of eviction: resized before originals, then by the time of the last use."""

    original: bool
    used: float
    size: int
    path: Path


class ArtworkCache:
    """Originals at `<root>/<aa>/<sha256>`, resized ones beside them at `<root>/<aa>/<sha256>-<size>.jpg`.

    Any number of threads and processes may use one folder: files appear whole or not at all, and then
    never change.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> str:
        """Keep an original; its key is the SHA-256 in hex.

        Raises InvalidInput (see `check_image`) and OutOfSpace, which leaves nothing behind.
        """
        check_image(data)
        key = hashlib.sha256(data).hexdigest()
        if self._used(self._path(key)) is None:
            _write(self._path(key), data)
        return key

    def get(self, key: str, size: int | None = None) -> Path | None:
        """The file of an original, or of a resized one (`size` is snapped) when it is there."""
        return self._used(self._path(key, size))

    def resized(self, key: str, size: int) -> Path:
        """The file of the picture at `size` (snapped), made now when it was not there.

        Raises NotFound without the original, InvalidInput when it cannot be decoded, OutOfSpace.
        """
        found = self.get(key, size)
        if found is None:
            found = self._path(key, size)
            _write(found, thumbnail(self._read(key), snapped(size)))
        return found

    def mosaic(self, keys: Sequence[str], size: int) -> tuple[str, Path]:
        """Of two to four originals at `size` (snapped), made now when it was not there; and its key, by which
        `etag` tells it from others. Errors are those of `resized`."""
        key = hashlib.sha256(":".join(("mosaic", *keys)).encode()).hexdigest()
        found = self.get(key, size)
        if found is None:
            found = self._path(key, size)
            _write(found, mosaic([self._read(one) for one in keys], snapped(size)))
        return key, found

    @staticmethod
    def etag(key: str, size: int | None = None) -> str:
        """A validator for HTTP, unquoted: it depends on the content and the size only."""
        return key[:32] if size is None else f"{key[:32]}-{snapped(size)}"

    def evict(self, max_bytes: int, *, originals: bool = False) -> int:
        """Remove what was used longest ago until at most `max_bytes` are left; the number of bytes removed.

        Resized pictures go first. Originals, which nothing here can make again, go only when asked for.
        Leftovers of writers that were killed are removed as well.
        """
        entries = sorted(self._entries())
        total, removed = sum(entry.size for entry in entries), 0
        for entry in entries:
            if total - removed <= max_bytes or (entry.original and not originals):
                break
            with suppress(FileNotFoundError):
                entry.path.unlink()
            removed += entry.size
        return removed

    def _path(self, key: str, size: int | None = None) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound("There is no such picture.")
        return self._root / key[:2] / (key if size is None else f"{key}-{snapped(size)}.jpg")

    def _read(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound("There is no such picture.") from None

    def _used(self, path: Path) -> Path | None:
        """`path` when it is there, with its access noted: most file systems are mounted not to do that."""
        now = time.time()
        try:
            found = path.stat()
            if found.st_atime < now - _TOUCH_AFTER:
                os.utime(path, (now, found.st_mtime))
        except FileNotFoundError:
            return None
        except PermissionError:  # a read-only copy still serves
            return path
        return path

    def _entries(self) -> Iterator[_Entry]:
        for path in self._root.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                found = path.stat()
                if path.name.startswith("."):
                    _remove_abandoned(path, found)
                else:
                    yield _Entry(path.suffix != ".jpg", found.st_atime, found.st_size, path)


def _remove_abandoned(path: Path, found: os.stat_result) -> None:
    if found.st_mtime < time.time() - _ABANDONED_AFTER:
        path.unlink()


def _write(path: Path, data: bytes) -> None:
    """All of `data` under `path`, or nothing (temporary file, fsync, rename). Raises OutOfSpace."""
    with _full_disk():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _sync(folder: Path) -> None:
    """Make a rename last: a key that was given out must not be forgotten by a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise OutOfSpace("There is no room for the picture on the disk.") from error
        raise
