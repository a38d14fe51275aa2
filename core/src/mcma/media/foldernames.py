"""What the name of a folder says of the album in it, when no tag does."""

import re
from typing import NamedTuple

from mcma.media._clean import clean_name
from mcma.media._filename import printable

_DISC = re.compile(r"(?:cd|dis[ck]|disque|volume|vol)[\s._-]*\d{1,2}\b.*", re.IGNORECASE | re.DOTALL)
_YEAR_BEFORE = re.compile(
    r"(?:[(\[](?P<year>(?:19|20)\d\d)[)\]]\s*[-._]?|(?P<other>(?:19|20)\d\d)\s*[-._])\s*(?=\S)"
)
_YEAR_BEHIND = re.compile(r"\s*[(\[](?P<year>(?:19|20)\d\d)[)\]]$")
_BRACKETS = re.compile(r"\s*(?:\[[^\[\]]*\]|\{[^{}]*\})$")
_PARTS = re.compile(r"\s+[-–—]\s+")


class FolderFacts(NamedTuple):
    """Guesses; empty or None where the name gives no hint."""

    album: str = ""
    artist: str | None = None
    year: str | None = None


def read_folder(folder: bytes) -> FolderFacts:
    """From `Artist/Album`, `Artist - Album (1999) [FLAC]`, `Artist/1999 - Album/CD 1` and the like, relative
    to a library."""
    names = [clean_name(printable(part)) for part in folder.split(b"/") if part]
    if len(names) > 1 and _DISC.fullmatch(names[-1]):
        names.pop()
    if not names:
        return FolderFacts()
    words, year = _without_year(names[-1] if " " in names[-1] else names[-1].replace("_", " "))
    artist, album = _divided(words)
    above = names[-2] if len(names) > 1 else None
    inner, found = _without_year(album)
    return FolderFacts(inner, artist or above, year or found)


def _without_year(name: str) -> tuple[str, str | None]:
    bare = name
    for _ in range(5):
        if (behind := _YEAR_BEHIND.search(bare)) and behind.start():
            return bare[: behind.start()], behind["year"]
        shorter = _BRACKETS.sub("", bare)
        if not shorter or shorter == bare:
            break
        bare = shorter
    before = _YEAR_BEFORE.match(bare)
    return (bare[before.end() :], before["year"] or before["other"]) if before else (bare, None)


def _divided(words: str) -> tuple[str | None, str]:
    parts = _PARTS.split(words, maxsplit=1)
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else (None, words)
