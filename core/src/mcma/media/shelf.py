"""Files put in their places below one folder: never over another file, and found again after a crash.

Blocking. Places are bytes relative to the root.
"""

import errno
import os
from collections.abc import Iterator
from typing import NamedTuple

from mcma.domain.filing import Filed, twin_key
from mcma.media._raw import UnfitError
from mcma.media.copying import take_over

_REMEMBERED = 500
"""Folders whose entries are kept in memory."""
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


class Identity(NamedTuple):
    """What tells a file from another one that has come to its place."""

    inode: int
    size: int
    mtime_ns: int


def identity_at(path: bytes) -> Identity | None:
    """None when nothing is there."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Identity(found.st_ino, found.st_size, found.st_mtime_ns)


class Shelf:
    """For one run of one job: it remembers what folders hold, and what it has to bring to the disk."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._entries: dict[bytes, dict[str, bytes]] = {}
        self._unsafe: set[bytes] = set()

    def put(self, staged: bytes, known: Identity, wanted: Filed, ending: str) -> bytes | None:
        """Gives a file a second name where it is wanted, or the next free one there. Returns that place, also
        when an interrupted call has done it already. None when the file is gone.

        The old name stays (but for file systems without hard links), so that the file can be played from it
        until the catalogue says where it is now.
        """
        folder = self._folder(wanted.folders)
        for name in _names(wanted.stem, ending):
            there = self._entry(folder, name)
            if there is None:
                if identity_at(self._path(staged)) is None:
                    return None
                if self._link(staged, folder, name):
                    return _joined(folder, name)
            elif identity_at(self._path(_joined(folder, there))) == known:
                self._unsafe.add(folder)
                return _joined(folder, there)
        raise AssertionError("names do not end")

    def put_beside(self, staged: bytes, folder: bytes, name: bytes) -> bytes | None:
        """A second name for a file (a cover, lyrics), unless one like it is there already."""
        if self._entry(folder, name) is not None:
            return None
        try:
            take_over(self._path(staged), self._path(_joined(folder, name)), link=True)
        except (OSError, UnfitError):
            return None
        self._note(folder, name)
        return _joined(folder, name)

    def sync(self) -> None:
        """Brings to the disk what names have changed."""
        for folder in sorted(self._unsafe):
            _sync_folder(self._path(folder))
        self._unsafe.clear()

    def _folder(self, parts: tuple[str, ...]) -> bytes:
        """An existing folder counts however it is written."""
        folder = b""
        for part in parts:
            name = part.encode()
            there = self._entry(folder, name)
            if there is None or not os.path.isdir(self._path(_joined(folder, there))):  # noqa: PTH112 - bytes
                there = self._made(folder, name)
            folder = _joined(folder, there)
        return folder

    def _made(self, folder: bytes, name: bytes) -> bytes:
        for free in _names(name.decode(), ""):
            try:
                os.mkdir(self._path(_joined(folder, free)), 0o755)  # noqa: PTH102 - bytes
            except FileExistsError:
                if not os.path.isdir(self._path(_joined(folder, free))):  # noqa: PTH112 - bytes
                    continue
            self._note(folder, free)
            return free
        raise AssertionError("names do not end")

    def _link(self, staged: bytes, folder: bytes, name: bytes) -> bool:
        """False when somebody else took the name at the same time."""
        old, new = self._path(staged), self._path(_joined(folder, name))
        try:
            os.link(old, new)
        except FileExistsError:
            self._entries.pop(folder, None)
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.rename(old, new)  # noqa: PTH104 - bytes
        self._note(folder, name)
        return True

    def _entry(self, folder: bytes, name: bytes) -> bytes | None:
        if folder not in self._entries:
            if len(self._entries) >= _REMEMBERED:
                self._entries.clear()
            listed = os.listdir(self._path(folder))  # noqa: PTH208 - bytes
            self._entries[folder] = {_key(one): one for one in listed}
        return self._entries[folder].get(_key(name))

    def _note(self, folder: bytes, name: bytes) -> None:
        self._unsafe.add(folder)
        if folder in self._entries:
            self._entries[folder][_key(name)] = name

    def _path(self, place: bytes) -> bytes:
        return _joined(self._root, place) if place else self._root


def _key(name: bytes) -> str:
    return twin_key(name.decode("utf-8", "surrogateescape"))


def _names(stem: str, ending: str) -> Iterator[bytes]:
    number = 1
    while True:
        counted = stem if number == 1 else f"{stem} ({number})"
        yield (f"{counted}.{ending}" if ending else counted).encode()
        number += 1


def _joined(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name


def _sync_folder(path: bytes) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
