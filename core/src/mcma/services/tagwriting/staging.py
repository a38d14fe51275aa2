"""One file's successor, made and proved in the staging folder, and put in its place. Blocking.

The file itself is never written to: who reads it goes on reading it, and another name of it (a hard link,
an import's original) keeps what it has.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EDQUOT, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS
from typing import TYPE_CHECKING, Final
from uuid import UUID

from mcma.domain.errors import OutOfSpace
from mcma.media.shelf import Identity, identity_at
from mcma.services.indexing.values import KnownFile, joined
from mcma.services.intake import staging
from mcma.services.tagwriting.values import Planned, Staged, Written

if TYPE_CHECKING:
    from mcma.media.retagging.change import Cover

_REFUSED: Final = {EROFS: "read_only", EACCES: "read_only", EPERM: "read_only",
                   ENOENT: "missing", ENOTDIR: "missing"}  # fmt: skip


def identity_of(file: KnownFile) -> Identity:
    return Identity(file.inode, file.size, file.mtime_ns)


@contextmanager
def faults() -> Iterator[None]:
    """What the disk says, as `OutOfSpace` (for the run) or `Unwritable` (for this file)."""
    from mcma.media.retagging.change import Unwritable

    try:
        yield
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise OutOfSpace("The disk that holds the managed library is full.") from error
        reason = _REFUSED.get(error.errno or 0, "unreadable")
        raise Unwritable(reason, error.strerror or type(error).__name__) from error


def checked(root: bytes, place: bytes, known: Identity) -> bytes:
    """The path of the file, which is what it was and lies below the root. Raises `Unwritable` (missing,
    changed, outside)."""
    from mcma.media.retagging.change import Unwritable

    path, found = root + b"/" + place, identity_at(root + b"/" + place)
    if found is None:
        raise Unwritable("missing", "The file is not there.")
    if os.path.realpath(path) != os.path.realpath(root) + b"/" + place:
        raise Unwritable("outside", "A link leads to the file: only files of the library are written to.")
    if found != known:
        raise Unwritable("changed", "The file is not what it was when it was read last.")
    return path


def stage(plan: Planned, run_id: UUID, cover: "Cover | None") -> Staged | None:
    """None: the file says all of it already. Raises `Unwritable`, `OutOfSpace`."""
    from mcma.media.retagging.writing import rewrite

    with faults():
        path = checked(plan.library.root, joined(*plan.file.place), identity_of(plan.file))
        place = _free(plan.library.root, run_id, plan.file.id, plan.suffix)
        target = plan.library.root + b"/" + place
        made = rewrite(path, target, plan.wanted, plan.fields, cover, plan.lyrics)
        if made is None:
            return None
        _own(path, target)
        return Staged(place, _identity(target), made.sha256, made.former_sha256, made.backup)


def stage_former(root: bytes, write: Written, known: KnownFile, run_id: UUID, backup: bytes,
                 former_sha256: bytes) -> Staged:  # fmt: skip
    """What the file was before that write. Raises `Unwritable` (changed, and as `stage`), `OutOfSpace`."""
    from mcma.media.loudness import sha256_of
    from mcma.media.retagging.change import Unwritable
    from mcma.media.retagging.restoring import restore

    with faults():
        path = checked(root, joined(*known.place), identity_of(known))
        if sha256_of(path) != write.sha256:
            raise Unwritable("changed", "The file was written to since: undo what was written last first.")
        place = _free(root, run_id, known.id, "former")
        target = root + b"/" + place
        restore(path, backup, target)
        _own(path, target)
        if (made := sha256_of(target)) != former_sha256:
            raise Unwritable("not_kept", "The file does not become what it was.")
        return Staged(place, _identity(target), made, write.sha256, None)


def swap(root: bytes, place: bytes, known: Identity, staged: bytes) -> None:
    """The staged file takes the place of the known one. Raises `Unwritable`, `OutOfSpace`: then nothing has
    happened."""
    with faults():
        path = checked(root, place, known)
        os.rename(root + b"/" + staged, path)  # noqa: PTH104 - bytes


def sync_folder_of(root: bytes, place: bytes) -> None:
    """So that the swap is on the disk before the catalogue says so. Some filesystems cannot."""
    with suppress(OSError):
        fd = os.open((root + b"/" + place).rpartition(b"/")[0], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _free(root: bytes, run_id: UUID, file_id: UUID, ending: str) -> bytes:
    folder = staging.staged_folder(run_id)
    os.makedirs(root + b"/" + folder, exist_ok=True)  # noqa: PTH103 - bytes
    place = folder + b"/" + f"{file_id.hex}.{ending}".encode()
    with suppress(FileNotFoundError):
        os.unlink(root + b"/" + place)  # noqa: PTH108 - bytes
    return place


def _own(path: bytes, target: bytes) -> None:
    """Whose it is and who may read it stays, as far as its mode and owner say it."""
    now = os.stat(path)  # noqa: PTH116 - bytes
    os.chmod(target, now.st_mode & 0o7777)  # noqa: PTH101 - bytes
    with suppress(OSError):
        os.chown(target, now.st_uid, now.st_gid)


def _identity(target: bytes) -> Identity:
    found = identity_at(target)
    assert found is not None
    return found
