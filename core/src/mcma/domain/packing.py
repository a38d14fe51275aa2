"""The names files get in an archive: in order, each once, and such that every file system takes them."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from mcma.domain.filing import filed, safe_name, twin_key

NOTE = "Missing files.txt"
_LONGEST = 120
"""Bytes of one name: with its folders it stays below what Windows takes."""


class Piece(NamedTuple):
    title: str
    artist: str
    album: str | None
    disc: int | None
    track: int | None
    suffix: str


class Names:
    """Gives each name once: the second of one gets a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def once(self, folder: str, stem: str, suffix: str) -> str:
        base, ending = safe_name(stem, _LONGEST), f".{safe_name(suffix, 16)}" if suffix else ""
        name, count = f"{folder}/{base}{ending}", 1
        while twin_key(name) in self._taken:
            count += 1
            name = f"{folder}/{base} ({count}){ending}"
        self._taken.add(twin_key(name))
        return name


def folder_of(name: str) -> str:
    return safe_name(name, _LONGEST)


def album_names(folder: str, pieces: Iterable[Piece], names: Names, *, by_album: bool) -> list[str]:
    """`01 Title`, or `2-01 Title` where there are several discs; `by_album`: in folders of their own."""
    listed = list(pieces)
    discs = Counter(album for album, _ in {(one.album, one.disc or 1) for one in listed})
    made = []
    for one in listed:
        stem = filed(
            artist=None, album=None, title=one.title, track=one.track, disc=one.disc,
            discs=discs[one.album],
        ).stem  # fmt: skip
        inside = f"{folder}/{folder_of(one.album or one.title)}" if by_album else folder
        made.append(names.once(inside, stem, one.suffix))
    return made


def list_names(folder: str, pieces: Iterable[Piece], names: Names) -> list[str]:
    """`001 Artist - Title`, in the order of the list."""
    listed = list(pieces)
    width = max(2, len(str(len(listed))))
    return [
        names.once(folder, f"{place:0{width}d} {one.artist} - {one.title}", one.suffix)
        for place, one in enumerate(listed, 1)
    ]
