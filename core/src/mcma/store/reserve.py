"""A few megabytes kept back, so that likes and logins still work on a full disk.

When the disk is full the reserve is given up. Bulk writers (scans, caches, uploads) then refuse until there
is room to take it back; small writes of people live on what it held.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)

NAME = "reserve"
SIZE = 32 * 1024 * 1024
"""Bytes held; a twentieth of a small disk."""
LAST = 2 * 1024 * 1024
"""Bytes: with less than that free, the next write of a person may fail, so it is given up before."""
ROOM = 64 * 1024 * 1024
"""Bytes that must be free before it is taken (again): a full disk must not be made fuller by this."""


class Reserve:
    """One file in the data folder. All methods are quick enough for the event loop."""

    def __init__(self, folder: Path, size: int = SIZE, room: int = ROOM) -> None:
        self._path, self._size, self._room = folder / NAME, size, room

    @property
    def is_held(self) -> bool:
        return self._path.exists()

    def hold(self) -> bool:
        """Takes the space unless it is held already. False when there is no room for it."""
        if self.is_held:
            return True
        try:
            disk = shutil.disk_usage(self._path.parent)
            size = min(self._size, disk.total // 20)
            if disk.free < size + min(self._room, disk.total // 10):
                return False
            self._allocate(size)
        except OSError as error:
            _log.warning("reserve_not_held", error=str(error))
            return False
        return True

    def _allocate(self, size: int) -> None:
        draft = self._path.with_name(f"{NAME}.new")
        try:
            file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(file, 0, size)
            finally:
                os.close(file)
            draft.rename(self._path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def spare(self) -> None:
        """Gives it up if hardly anything else is left."""
        with suppress(OSError):
            disk = shutil.disk_usage(self._path.parent)
            if disk.free < min(LAST, disk.total // 50):
                self.release()

    def release(self) -> None:
        with suppress(FileNotFoundError):
            self._path.unlink()
            _log.error("disk_full", folder=str(self._path.parent))
