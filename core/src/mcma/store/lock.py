"""The data folder's lock: on SQLite its holder is the only process that writes."""

import fcntl
import os
from pathlib import Path

from mcma.domain.errors import Conflict

NAME = "mcma.lock"


class FolderInUse(Conflict):
    """Another mcma runs on this data folder."""

    code = "data_folder_in_use"


class FolderLock:
    """Held from `acquire` to `release`, or to the end of the process however that comes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._file: int | None = None

    def acquire(self) -> None:
        """Raises `FolderInUse`."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise FolderInUse(
                f"Another mcma is using {self._path.parent}.", hint="Stop it, or give another --data-dir."
            ) from None
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
