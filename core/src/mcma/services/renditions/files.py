"""The folder of renditions. What is being written lies apart; what has its name is whole."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

ORPHANED_AFTER = 3600.0
"""Seconds a file may lie here that no row knows: it may be about to get one."""


class RenditionFiles:
    """All methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._parts = folder, folder / "parts"

    def part(self, id_: UUID, suffix: str, attempt: int) -> Path:
        """Where it is written, each attempt apart; the folder is there afterwards."""
        self._parts.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._parts / f"{id_}.{attempt}.{suffix}"

    def begin(self, id_: UUID, suffix: str, attempt: int) -> Path:
        """`part`, for who writes it: nobody reads what killed attempts have left."""
        part = self.part(id_, suffix, attempt)
        for other in self._parts.glob(f"{id_}.*"):
            if other != part:
                other.unlink(missing_ok=True)
        return part

    def path(self, id_: UUID, suffix: str) -> Path:
        """Where it is once it is whole."""
        return self._folder / str(id_)[-2:] / f"{id_}.{suffix}"

    def flush(self, part: Path) -> int:
        """What was written, to stay there after a power cut. Its size. Raises `OSError`."""
        with part.open("rb") as file:
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size

    def keep(self, part: Path, path: Path) -> None:
        """Gives what was flushed its place. Raises `OSError`."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.rename(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def drop(self, id_: UUID, suffix: str) -> None:
        """Whatever there is of it."""
        for path in (*self._parts.glob(f"{id_}.*"), self.path(id_, suffix)):
            with suppress(OSError):
                path.unlink()

    def has(self, id_: UUID, suffix: str, size: int | None) -> bool:
        try:
            return self.path(id_, suffix).stat().st_size == size
        except OSError:
            return False

    def room(self) -> int:
        """Free bytes."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._folder).free

    def parts(self) -> list[tuple[UUID, Path]]:
        return list(_named(self._parts))

    def old(self) -> Iterator[tuple[UUID, Path]]:
        """Whole files that are not new."""
        before = time.time() - ORPHANED_AFTER
        for folder in sorted(self._folder.glob("??")):
            for id_, path in _named(folder):
                with suppress(OSError):
                    if path.stat().st_mtime < before:
                        yield id_, path


def _named(folder: Path) -> Iterator[tuple[UUID, Path]]:
    """Files that have an id for a name; nobody else's."""
    with suppress(FileNotFoundError):
        for path in sorted(folder.iterdir()):
            with suppress(ValueError):
                yield UUID(path.name.partition(".")[0]), path
