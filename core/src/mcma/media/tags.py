"""Everything about one audio file, read once. Blocking: runs in worker processes.

The readers of the common containers are part of mcma: they load the tags and three samples of the sound,
keep ARTIST and ARTISTS apart (tinytag does not), read no more than both ends of an Ogg file, and refuse a
tag by its declared size. mutagen reads the rarer containers.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from errno import ELOOP
from typing import TypeVar

from mcma.domain.facts import FileFacts, FileProblem, ProblemReason
from mcma.media._audiohash import audio_hash
from mcma.media._containers import read_container
from mcma.media._fields import fill_from_name, tag_facts
from mcma.media._pictures import embedded_picture, folder_picture, is_image
from mcma.media._raw import MAX_TAG_BYTES, UnfitError
from mcma.media._source import Source, open_regular, status
from mcma.media.lyricfiles import lyrics_beside

T = TypeVar("T")


def read_file(
    path: bytes, *, sidecars: Sequence[bytes] = (), root: bytes | None = None
) -> FileFacts | FileProblem:
    """The facts of the file at the absolute `path`, or why it is no track. Never raises.

    `sidecars` are the names (no folders) beside it that may matter: lyrics of the same stem, cover images.
    `root` is the library folder: only folders below it may lend their names to untagged files.
    """
    try:
        before = status(path)
        facts = _with_source(path, before, lambda source: _facts(source, before, path, sidecars, root))
        return facts if _same(before, status(path)) else _changed()
    except UnfitError as problem:
        return FileProblem(problem.reason, problem.message)
    except OSError as error:
        reason = ProblemReason.LOOP if error.errno == ELOOP else ProblemReason.UNREADABLE
        return FileProblem(reason, error.strerror or type(error).__name__)
    except Exception as error:  # noqa: BLE001 one broken file must not end a scan
        return FileProblem(ProblemReason.BROKEN, f"{type(error).__name__}: {error}"[:300])


def read_picture(path: bytes, sha256: bytes) -> bytes | None:
    """The bytes that a PictureFact names: embedded in the file at `path`, or that image file itself.

    None when the file is gone, changed, or does not hold this picture any more.
    """
    try:
        pictures = _with_source(path, status(path), _pictures)
    except Exception:  # noqa: BLE001 as in read_file
        return None
    return next((data for data in pictures if hashlib.sha256(data).digest() == sha256), None)


def _with_source(path: bytes, before: os.stat_result, use: Callable[[Source], T]) -> T:
    if not stat.S_ISREG(before.st_mode):
        raise UnfitError(ProblemReason.NOT_REGULAR, "not a regular file")
    if before.st_size == 0:
        raise UnfitError(ProblemReason.EMPTY, "no bytes")
    fd = open_regular(path)
    try:
        return use(Source(fd, before.st_size))
    finally:
        os.close(fd)


def _facts(
    source: Source, info: os.stat_result, path: bytes, sidecars: Sequence[bytes], root: bytes | None
) -> FileFacts:
    raw = read_container(source)
    tags = fill_from_name(tag_facts(raw, lyrics_beside(path, sidecars)), path, root)
    return FileFacts(
        audio=raw.audio,
        tags=tags,
        audio_hash=audio_hash(source, raw),
        picture=embedded_picture(raw.pictures) or folder_picture(path, sidecars),
        size=info.st_size,
        mtime_ns=info.st_mtime_ns,
        inode=info.st_ino,
    )


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns, before.st_ino) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ino,
    )


def _changed() -> FileProblem:
    return FileProblem(ProblemReason.CHANGED, "written to while it was read")


def _pictures(source: Source) -> list[bytes]:
    if is_image(source.head):
        return [source.at(0, min(source.size, MAX_TAG_BYTES))]
    return [picture.data for picture in read_container(source).pictures]
