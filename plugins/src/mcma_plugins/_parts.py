"""A file that arrives over several attempts: `name.part`, and beside it what that is a part of."""

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final, NamedTuple

import httpx2

from mcma_plugins._answers import too_large
from mcma_plugins.errors import OutOfSpace

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_CONTENT_RANGE: Final = re.compile(r"bytes (?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)", re.ASCII)
_LENGTH: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_LONGEST_NOTE: Final = 16 * 1024


class ContentRange(NamedTuple):
    first: int | None
    last: int | None
    total: int | None


def content_range(answer: httpx2.Response) -> ContentRange | None:
    found = _CONTENT_RANGE.fullmatch(str(answer.headers.get("content-range", "")).strip())
    if found is None:
        return None
    first, last, total = found.groups()
    return ContentRange(
        int(first) if first else None, int(last) if last else None, int(total) if total != "*" else None
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What the bytes of a part belong to."""

    url: str
    etag: str | None
    modified: str | None
    total: int | None

    @classmethod
    def of(cls, url: str, answer: httpx2.Response) -> "Kept":
        etag, length = answer.headers.get("etag"), str(answer.headers.get("content-length", ""))
        strong = etag if etag and etag.startswith('"') else None
        total = int(length) if _LENGTH.fullmatch(length) else None
        return cls(url, strong, answer.headers.get("last-modified"), total)

    @classmethod
    def read(cls, path: Path) -> "Kept | None":
        try:
            with path.open("rb") as file:
                said = json.loads(file.read(_LONGEST_NOTE))
            texts, total = [said[name] for name in ("url", "etag", "modified")], said["total"]
        except (OSError, ValueError, TypeError, KeyError):
            return None
        if not all(isinstance(one, str | None) for one in texts) or not isinstance(total, int | None):
            return None
        return cls(texts[0], texts[1], texts[2], total)

    @property
    def validator(self) -> str | None:
        """For If-Range, which compares strongly (RFC 9110 section 13.1.5)."""
        return self.etag or self.modified

    def fits(self, answer: httpx2.Response, size: int) -> bool:
        """Whether a 206 goes on where the part of `size` bytes ends, with the same file."""
        found = content_range(answer)
        if found is None or found.first != size or found.last is None or found.last < size:
            return False
        said = (answer.headers.get("etag"), answer.headers.get("last-modified"), found.total)
        ours = (self.etag, self.modified, self.total)
        return all(None in pair or pair[0] == pair[1] for pair in zip(said, ours, strict=True))


class Part:
    def __init__(self, path: Path, most: int) -> None:
        self._path, self._most = path, most
        self._file = path.with_name(f"{path.name}.part")
        self._note = path.with_name(f"{path.name}.part.json")

    @property
    def size(self) -> int:
        try:
            return self._file.stat().st_size
        except FileNotFoundError:
            return 0

    def kept(self, url: str) -> Kept | None:
        """What lies there of this address, when it can be told whether that has changed."""
        said = Kept.read(self._note)
        return said if said and said.url == url and said.validator and self.size else None

    def begin(self, kept: Kept) -> None:
        with _disk():
            self._file.write_bytes(b"")
            self._note.write_text(json.dumps(asdict(kept)))

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        with _disk(), self._file.open("ab", buffering=0) as file:
            yield file

    def append(self, file: IO[bytes], piece: bytes) -> None:
        """Raises `PermanentError` (too_large) and leaves nothing, `OutOfSpace` and leaves what fits."""
        if file.tell() + len(piece) > self._most:
            self.drop()
            raise too_large(self._most)
        with _disk():
            left = memoryview(piece)
            while left:
                left = left[file.write(left) :]

    def finish(self) -> None:
        """Under its own name, and on the disk."""
        with _disk():
            _to_disk(self._file)
            self._file.rename(self._path)
            _to_disk(self._path.parent)
        self._note.unlink(missing_ok=True)

    def drop(self) -> None:
        self._file.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise OutOfSpace("There is no room left on the disk.") from error
        raise
