"""Paths of other machines and other days, compared with the files of libraries."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from mcma.domain.folding import fold

DEEPEST = 24
"""Folders of a path that are looked at, from its end."""


class Tail(NamedTuple):
    """The end of a path: folders and a file's name."""

    folder: bytes
    name: bytes


def parts_of(path: bytes) -> list[bytes]:
    """Without `.`, and without `..` and what it takes back."""
    found: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            del found[-1:]
        elif part not in (b"", b"."):
            found.append(part)
    return found


def tails(path: bytes) -> Iterator[Tail]:
    """The longest first: each may be a file's place below the root of a library. A name alone says nothing,
    unless it is all that was said."""
    parts = parts_of(path)
    for begin in range(max(0, len(parts) - DEEPEST), max(1, len(parts) - 1) if parts else 0):
        yield Tail(b"/".join(parts[begin:-1]), parts[-1])


@lru_cache(8192)
def folded(path: bytes) -> str:
    """Equal for spellings that differ in case, accents, composition or the separators within names."""
    return "/".join(fold(part.decode("utf-8", "replace")) for part in path.split(b"/") if part)


def is_same(said: bytes, place: bytes) -> bool:
    """Whether one of the two ends in the other, of which a name alone is no end."""
    mine, theirs = folded(b"/".join(parts_of(said))).split("/"), folded(place).split("/")
    shared = min(len(mine), len(theirs))
    return mine[-shared:] == theirs[-shared:] and (shared > 1 or mine == theirs)


_MOST_KEYED = 600
"""Characters: an index of PostgreSQL takes 2,704 bytes."""


def name_key(path: bytes) -> str:
    """By which a claim that is nothing but a path is found again."""
    name = path.rpartition(b"/")[2]
    stem = name.rpartition(b".")[0] or name
    return f"/{fold(stem.decode('utf-8', 'replace'))[:_MOST_KEYED]}"
