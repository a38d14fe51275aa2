"""What the name of a file says when its tags say nothing."""

import re
from dataclasses import dataclass

from mcma.media._clean import clean_name

_NUMBERED = re.compile(
    r"(?:(?P<disc>\d{1,2})[-.])?(?P<track>\d{1,3})(?:\s*[-.)_]\s*|\s+)(?P<rest>\D.*|\d.*)$", re.DOTALL
)
_DISC_FOLDER = re.compile(
    r"(?:cd|dis[ck]|disque|volume|vol)[\s._-]*(\d{1,2})\b.*$", re.IGNORECASE | re.DOTALL
)
_YEAR = re.compile(r"^(?:[(\[]?\d{4}[)\]]?\s*[-._]\s*|[(\[]\d{4}[)\]]\s*)(?=\S)|\s*[(\[]\d{4}[)\]]$")
_PARTS = re.compile(r"\s+[-–—]\s+")


@dataclass(frozen=True, slots=True)
class NameFacts:
    """Guesses; None where the name gives no hint."""

    title: str
    artist: str | None = None
    album: str | None = None
    track: int | None = None
    disc: int | None = None


def read_name(path: bytes, root: bytes | None = None) -> NameFacts:
    """From `Artist/Album/NN Title.ext`, `NN - Artist - Title.ext`, `Artist - Title.ext` and the like.

    Folders count only when the name has a track number, and only those below `root` (of the last two when
    it is None): a folder of loose files is no album.
    """
    stem, folders = _split(path, root)
    found = _NUMBERED.match(stem)
    rest = found["rest"] if found else stem
    disc, folders = _disc(found, folders)
    artist, title = _artist_title(rest)
    album = None
    if found and len(folders) > 1:
        artist, album = artist or folders[-2], _YEAR.sub("", folders[-1]) or folders[-1]
    return NameFacts(title or stem, artist, album, int(found["track"]) or None if found else None, disc)


def printable(name: bytes) -> str:
    """Names are bytes; old ones are Latin-1."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")


def _split(path: bytes, root: bytes | None) -> tuple[str, list[str]]:
    inside = path[len(root) :] if root and path.startswith(root.rstrip(b"/") + b"/") else path
    *folders, name = (clean_name(printable(part)) for part in inside.split(b"/") if part)
    stem = name.rpartition(".")[0] or name
    if " " not in stem:
        stem = stem.replace("_", " ")
    return stem.strip(), folders


def _disc(found: re.Match[str] | None, folders: list[str]) -> tuple[int | None, list[str]]:
    """`1-03 Title`, or a folder `CD 1` between the album and the file."""
    disc = int(found["disc"]) if found and found["disc"] else None
    folder = _DISC_FOLDER.fullmatch(folders[-1]) if folders else None
    if folder is None:
        return disc, folders
    return disc or int(folder[1]), folders[:-1]


def _artist_title(rest: str) -> tuple[str | None, str]:
    parts = _PARTS.split(rest.strip(), maxsplit=1)
    if len(parts) == 2 and all(parts):
        return parts[0], parts[1]
    return None, rest.strip()
