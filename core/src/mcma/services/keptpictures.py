"""Pictures that lie in no file of music: kept in the data folder, each under the SHA-256 of its bytes.

A backup of the data folder has them; after one of the database alone they are got again (`enriching.upkeep`).
All of it blocks, but for `kept_at`.
"""

import os
import shutil
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from mcma.domain.errors import InvalidInput

if TYPE_CHECKING:
    from mcma.media.artwork import ImageInfo

FOLDER: Final = "pictures"
STAGING: Final = ".staging"
ABANDONED_AFTER: Final = 24 * 3600.0


class Picture(NamedTuple):
    data: bytes
    info: "ImageInfo"


def kept_at(root: Path, key: str) -> Path:
    """`key`: the hash in hex."""
    return root / key[:2] / key


class KeptPictures:
    def __init__(self, root: Path) -> None:
        self._root = root

    def emptied(self, name: str) -> Path:
        """A folder for what comes, with nothing in it; `removed` when it is done with."""
        folder = self._root / STAGING / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def removed(self, name: str) -> None:
        shutil.rmtree(self._root / STAGING / name, ignore_errors=True)

    def has(self, key: str) -> bool:
        return kept_at(self._root, key).is_file()

    def keep(self, data: bytes) -> str:
        """Its key. Raises `InvalidInput`, `OutOfSpace`; what is there is whole or not there at all."""
        from mcma.media.artwork import ArtworkCache  # what draws is loaded by the first who needs it

        return ArtworkCache(self._root).put(data)

    def all(self) -> set[str]:
        """The keys of those that are there. What killed writers left goes."""
        found = set()
        for path in list(self._root.glob("[0-9a-f][0-9a-f]/*")):
            if not path.name.startswith("."):
                found.add(path.name)
            elif _is_old(path):
                path.unlink(missing_ok=True)
        for path in list((self._root / STAGING).glob("*")):
            if _is_old(path):
                shutil.rmtree(path, ignore_errors=True)
        return found

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            kept_at(self._root, key).unlink(missing_ok=True)


def picture_in(folder: Path, path: object) -> Picture:
    """What was put there, if it is a picture that can be shown. Raises `InvalidInput`, whatever it is."""
    from mcma.media.artwork import MAX_BYTES, check_whole

    data = _read(folder, path, MAX_BYTES)
    return Picture(data, check_whole(data))


def _read(folder: Path, path: object, most: int) -> bytes:
    if not isinstance(path, Path):
        raise _unreadable("What was named is no file.")
    try:
        if path.resolve().parent != folder.resolve():
            raise _unreadable("What was named lies elsewhere.")
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise _unreadable("What was named cannot be read.") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unreadable("What was named is no file.")
        return file.read(most + 1)


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput(why, code="image_unreadable")


def _is_old(path: Path) -> bool:
    try:
        return path.lstat().st_mtime < time.time() - ABANDONED_AFTER
    except FileNotFoundError:
        return False
