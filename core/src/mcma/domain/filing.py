"""Where a managed file lies: `Artist/Album/NN Title`, in names that every file system takes.

Names are compared as the least capable file system does: without regard to case or to how accents are
composed. They are stored composed (NFC), as most programs write them.
"""

import re
import unicodedata
from typing import NamedTuple

LONGEST = 200
"""Bytes of one name; most file systems take 255, and an ending and a number follow."""
UNKNOWN_ARTIST = "Unknown Artist"

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_HIDDEN = frozenset({"lost+found", "system volume information"})
"""Folders of file systems: whoever looks for music leaves them out."""


class Filed(NamedTuple):
    folders: tuple[str, ...]
    stem: str
    """Without the ending."""


def filed(
    *, artist: str | None, album: str | None, title: str, track: int | None, disc: int | None, discs: int
) -> Filed:
    """`disc` is part of the name where the album has several (`discs`)."""
    number = f"{track:02d} " if track else ""
    if track and discs > 1:
        number = f"{disc or 1}-{number}"
    folders = [artist or UNKNOWN_ARTIST, *([album] if album else [])]
    return Filed(tuple(safe_name(one) for one in folders), safe_name(number + (title or "Untitled")))


def safe_name(said: str, longest: int = LONGEST) -> str:
    """One part of a path. Never empty, hidden, a device of Windows or longer than `longest` bytes."""
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", said.encode("utf-8", "replace").decode()))
    name = name.encode()[:longest].decode("utf-8", "ignore").strip().rstrip(". ")
    if name.startswith((".", "#", "@", "$")):
        name = "_" + name[1:]
    if _RESERVED.fullmatch(name) or name.casefold() in _HIDDEN:
        name = "_" + name
    return name or "_"


def twin_key(name: str) -> str:
    """Equal for names that one file system or another takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
