"""What the steps of indexing hand to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mcma.domain.credits import display_of, main_credits
from mcma.domain.facts import CreditFact, FileFacts, LyricsFact, TagFacts
from mcma.domain.folding import search_words
from mcma_plugins.sources import FoundFile

Place = tuple[bytes, bytes]
"""Folder and name, relative to the root."""


STAGING = b".mcma-staging"
"""Below the root of a managed library: files on their way to their places. No scan looks there."""


def is_staged(folder: bytes) -> bool:
    return folder == STAGING or folder.startswith(STAGING + b"/")


class LibraryPlace(NamedTuple):
    """The library being indexed."""

    id: UUID
    root: bytes
    source: str


class KnownFile(NamedTuple):
    """A file the catalogue has at a place."""

    id: UUID
    track_id: UUID
    library_id: UUID
    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    inode: int
    sidecar_mtime_ns: int
    missing: bool

    @property
    def place(self) -> Place:
        return self.folder, self.name


class ToTake(NamedTuple):
    """A file to be read."""

    folder: bytes
    found: FoundFile
    known: KnownFile | None
    company: bool = False
    """Other files of its folder are known, or come in another batch."""

    @property
    def place(self) -> Place:
        return self.folder, self.found.name

    @property
    def path(self) -> bytes:
        return joined(*self.place)


class Credited:
    """The people of one track."""

    __slots__ = ("display", "joins", "main", "others")

    def __init__(self, tags: TagFacts) -> None:
        self.main, self.joins = main_credits(tags.artists, tags.artist_display)
        self.display = display_of(self.main, self.joins)
        self.others = list(dict.fromkeys(tags.credits))

    @property
    def everyone(self) -> list[CreditFact]:
        return [*self.main, *self.others]


@dataclass(slots=True, kw_only=True, eq=False)
class Telling:
    """What a track's row, credits and search words are made from. The steps fill in what they find out."""

    tags: TagFacts = field(init=False)
    """What counts: the file's tags with what enrichers and people say over them. It and the next three are
    there as soon as it was made to `speak`."""
    credited: Credited = field(init=False)
    words: str = field(init=False)
    """For the search."""
    origins: Mapping[str, str] = field(init=False)
    """Field to who says it, where it is not a tag."""
    album_artists: Sequence[CreditFact] = ()
    album_joins: Sequence[str] = ()
    album_key: str | None = None
    album_id: UUID | None = None
    track_id: UUID | None = None
    file_id: UUID | None = None
    artwork_id: UUID | None = None
    recording_id: UUID | None = None
    duration_ms: int = 0
    missing_since: datetime | None = None
    """Of the file that speaks: being told afresh brings nothing back."""
    album_sort: str = ""
    lyrics: Sequence[LyricsFact] | None = None
    """None: as they are."""

    def speak(self, tags: TagFacts, origins: Mapping[str, str] | None = None) -> None:
        self.tags, self.origins, self.credited = tags, origins or {}, Credited(tags)
        self.words = search_words(tags.title or "", self.credited.display, tags.album or "")


@dataclass(slots=True, kw_only=True, eq=False)
class Incoming(Telling):
    """A file that is new or changed, on its way in."""

    folder: bytes
    found: FoundFile
    facts: FileFacts
    known: KnownFile | None = None
    """The row it replaces: at the same place, or where it was before it moved."""
    row: dict[str, Any]
    """What the table of files says of it, but for ids."""
    company: bool = False
    """Other files of its folder were known, or come in another batch."""
    new_track: bool = False
    preferred: bool = True

    @property
    def place(self) -> Place:
        return self.folder, self.found.name

    @property
    def path(self) -> bytes:
        return joined(*self.place)


def joined(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name


def parted(path: bytes) -> Place:
    folder, _, name = path.rpartition(b"/")
    return folder, name


def display(path: bytes) -> str:
    """A printable form of a path: what is not UTF-8 or not printable becomes an escape."""
    return printable(path.decode("utf-8", "backslashreplace"))


def printable(text: str) -> str:
    """Without what a database or a terminal would choke on: NUL, surrogates, control characters."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


@dataclass(slots=True)
class Touched:
    """What counters have to be made anew for."""

    artists: set[UUID] = field(default_factory=set)
    genres: set[UUID] = field(default_factory=set)
    labels: set[UUID] = field(default_factory=set)
    libraries: set[UUID] = field(default_factory=set)
    albums: set[UUID] = field(default_factory=set)
    """Albums to be described anew."""

    def take(self) -> "Touched":
        """What is noted so far; this one forgets it."""
        taken = Touched(self.artists, self.genres, self.labels, self.libraries)
        self.artists, self.genres, self.labels, self.libraries = set(), set(), set(), set()
        return taken

    def __bool__(self) -> bool:
        return bool(self.artists or self.genres or self.labels or self.libraries)

    def add(self, other: "Touched") -> None:
        self.artists |= other.artists
        self.genres |= other.genres
        self.labels |= other.labels
        self.libraries |= other.libraries
        self.albums |= other.albums


@dataclass(slots=True)
class Written:
    """What one batch did; hooks are told after its commit."""

    added: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    moved: int = 0
    duplicates: list[bytes] = field(default_factory=list)
    """Paths of files whose sound is there already."""
    pushed: list[KnownFile] = field(default_factory=list)
    """Rows whose place has been taken: gone, unless they turn up elsewhere."""
