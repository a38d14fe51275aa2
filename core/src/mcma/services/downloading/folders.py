"""The folder in staging that a download has while it is got. All of it blocks."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from mcma.domain.errors import OutOfSpace
from mcma.services.indexing.values import LibraryPlace
from mcma.services.intake import staging
from mcma_plugins.errors import RetryLater


class Folder:
    """`got` is the source's, and outlives attempts; `work` is for one attempt alone."""

    def __init__(self, library: LibraryPlace, owner: UUID) -> None:
        self.place = staging.staged_folder(owner)
        self.root = Path(os.fsdecode(library.root))
        self.path = Path(os.fsdecode(library.root + b"/" + self.place))
        self.got, self.work = self.path / "got", self.path / "work"

    @contextmanager
    def held(self) -> Iterator[None]:
        """By one process at a time: one that was thought dead may still be writing. `RetryLater`."""
        self.got.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise RetryLater(
                "Another worker is still at it.",
                after=5.0,
            ) from None
        try:
            yield
        finally:
            os.close(lock)

    def emptied_work(self) -> Path:
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        return self.work

    def forget_got(self) -> None:
        """What is there is of no use: the next attempt begins anew."""
        shutil.rmtree(self.got, ignore_errors=True)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def check_room(self, needed: int, reserve: int) -> None:
        """Raises `OutOfSpace`."""
        if shutil.disk_usage(self.root).free < needed + reserve:
            raise OutOfSpace("The disk that holds music has no room for it.", hint="MCMA_DOWNLOAD_RESERVE_GB")

    def settle(self, file: Path, name: str) -> bytes:
        """The finished file under its name, on the disk. Returns its place, relative to the root."""
        final = self.path / name
        file.replace(final)
        for path in (final, self.path, self.path.parent):
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        return self.place + b"/" + os.fsencode(name)
