"""`.mcmaignore`: gitignore syntax, for the folder it lies in and all below; the deepest file decides."""

import os
import stat
from typing import NamedTuple

from mcma_local.names import IGNORE_FILE, join
from mcma_local.patterns import Pattern, parse

LARGEST = 1 << 18
"""Bytes that an ignore file may have; a longer one is refused."""


class _Spec(NamedTuple):
    prefix: int
    """Bytes of a path that lie before the part this file's patterns speak about."""
    patterns: tuple[Pattern, ...]
    """Last line first: it decides."""


class IgnoreRules:
    """The ignore files that apply in a folder, deepest first."""

    def __init__(self, specs: tuple[_Spec, ...] = ()) -> None:
        self._specs = specs

    def hides(self, path: bytes, *, folder: bool) -> bool:
        """`path` is relative to the root. Folders above it were not hidden, or nobody would ask."""
        for prefix, patterns in self._specs:
            text = _text(path[prefix:])
            for pattern in patterns:
                if pattern.means(text, folder):
                    return pattern.hides
        return False

    def within(self, folder: bytes, full: bytes) -> tuple["IgnoreRules", list[str]]:
        """With the ignore file of `folder` (`full` is where it lies) added, and what is wrong in that file.

        Raises OSError when the file cannot be read: then nobody knows what it hides."""
        patterns, wrong = _parse(_read(full + b"/" + IGNORE_FILE))
        spec = _Spec(len(join(folder, b"")), patterns)
        return IgnoreRules((spec, *self._specs)), wrong


def _read(path: bytes) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO must not block
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "not a regular file")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(0, f"longer than {LARGEST} bytes")
    return content.removeprefix(b"\xef\xbb\xbf")


def _parse(content: bytes) -> tuple[tuple[Pattern, ...], list[str]]:
    patterns: list[Pattern] = []
    wrong: list[str] = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            pattern = parse(_text(line))
        except ValueError as error:
            wrong.append(f"Line {number} is not a pattern and was left out: {error}.")
        else:
            patterns += [pattern] if pattern else []
    return tuple(reversed(patterns)), wrong


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
