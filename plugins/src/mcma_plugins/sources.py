"""What a source can do. Each ability is a Protocol of its own; a source has those it needs.

`IndexableSource` lists what lies at a place and leaves the rest (reading tags, identity) to core.
`SearchableSource`, `BrowsableSource`, `LinkedSource` and `FetchableSource` are places outside.

An id of a source is up to 500 printable ASCII characters without spaces. Core hands a source only ids that it
has given out itself, or `accepts`; it never hands it an address. Whatever a source answers with is checked
before it is used: what does not fit is left out, and counted against the plugin.

A source raises `RetryLater` for a passing fault (with `after`, when the service said how long),
`AuthorisationNeeded` when a person has to do something, `PermanentError` for what will never work. Anything
else is taken for a passing fault. The `code` of an error MAY be one of `SOURCE_STATES`, which people then see
as the state of the source: `RetryLater("...", after=30, code="rate_limited")`.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

SOURCE_STATES = (
    "ready", "degraded", "unreachable", "no_network", "rate_limited", "blocked", "auth_required", "outdated",
    "misconfigured",
)  # fmt: skip
"""What a source may be."""


class SourceHealth(NamedTuple):
    ok: bool
    state: str
    """One of `SOURCE_STATES`, or another word of the source's own."""
    reason: str | None = None
    details: Mapping[str, str | int | bool | None] = {}


@runtime_checkable
class Source(Protocol):
    """Anything that music comes from."""

    @property
    def name(self) -> str:
        """Short, lower case, unique over all plugins; part of every stored source reference."""
        ...

    async def health(self) -> SourceHealth: ...


class FoundFile(NamedTuple):
    """An audio file of a folder. Names are bytes: they need not be UTF-8."""

    name: bytes
    size: int
    mtime_ns: int
    inode: int
    sidecars: tuple[bytes, ...] = ()
    """Names of files beside it that belong to it: covers and lyrics."""
    sidecar_mtime_ns: int = 0
    """The latest mtime of those, so that a new cover is noticed."""


class FoundProblem(NamedTuple):
    path: bytes
    """Relative to the root."""
    reason: str
    """A value of the scan report's reasons: not_regular, symlink_loop, outside_root, unreadable."""
    message: str


@dataclass(frozen=True, slots=True)
class FoundFolder:
    """One folder below a root. `path` is relative, b"" for the root itself, with b"/" between parts."""

    path: bytes
    files: tuple[FoundFile, ...] = ()
    problems: tuple[FoundProblem, ...] = ()
    unknown: bool = False
    """The folder could not be listed: core leaves everything known below it as it was."""


class RootUnusable(Exception):
    """The root is missing, empty, unreadable or another volume than before. Says so in words for people."""

    def __init__(self, message: str, state: str = "unusable") -> None:
        super().__init__(message)
        self.state = state
        """`empty` when it is there and has nothing in it, which a folder to import from may."""


@runtime_checkable
class IndexableSource(Source, Protocol):
    """A source whose files stay where they are."""

    def walk(self, root: bytes) -> Iterator[FoundFolder]:
        """Every folder below `root` (absolute), each once, parents before children.

        Blocking; core calls it in a thread. MUST raise `RootUnusable` before the first folder when the root
        cannot be trusted; MUST NOT raise for a single bad entry (report it as a problem); MUST NOT follow
        links out of the root; MUST list regular files only.
        """
        ...


class ImportFolder(NamedTuple):
    """A folder whose music is copied into managed storage."""

    root: bytes
    """Absolute."""
    link: bool = False
    """Hard links will do: whoever edits the one edits the other."""


@runtime_checkable
class ImportSource(IndexableSource, Protocol):
    """A source with folders to import from. They are walked, read, and never written to."""

    def import_folders(self) -> Sequence[ImportFolder]:
        """As they are set up, whether they can be used now or not. Asked for at start."""
        ...


class Watching(NamedTuple):
    """How a folder is watched from now on."""

    how: str
    """events (told by the system), polling (looked at now and then) or waiting (it is not there)."""
    reason: str | None = None
    """Why not by events; for people."""


class Changed(NamedTuple):
    """Something below the root is other than it was. It may still be changing."""


@runtime_checkable
class WatchableSource(Source, Protocol):
    """Provisional. A source that notices by itself when something changes."""

    def watch(self, root: bytes, poll_seconds: float) -> AsyncGenerator[Watching | Changed, None]:
        """An async generator, which core closes. MUST say first how it watches, and again whenever that
        changes; MUST NOT end or raise because a root is gone: it waits, and has changed when it is back.

        MUST gather many events into few; core waits until nothing more comes before it looks. MUST NOT block
        the event loop. `poll_seconds`: between two looks at a folder of which nobody tells.
        """
        ...


class SourceKind(StrEnum):
    """What a source has."""

    TRACK = "track"
    ALBUM = "album"
    ARTIST = "artist"
    PLAYLIST = "playlist"


class OutsideAudio(NamedTuple):
    """What a source would give, as far as it knows beforehand."""

    codec: str | None = None
    bit_rate_kbps: int | None = None
    lossless: bool = False


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One thing of a source: what it says of it. Texts are plain, not HTML."""

    kind: SourceKind
    source_id: str
    title: str
    """The name, of an artist as well."""
    artists: Sequence[str] = ()
    album: str | None = None
    album_id: str | None = None
    """Of this source."""
    track_number: int | None = None
    disc_number: int | None = None
    year: int | None = None
    duration_ms: int | None = None
    track_count: int | None = None
    """Of an album or playlist."""
    isrc: str | None = None
    recording_mbid: str | None = None
    audio: OutsideAudio | None = None
    artwork_url: str | None = None
    url: str | None = None
    """The page for people."""
    fetchable: bool = True
    """False: it is listed, and cannot be got (sold, blocked here, a stream)."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Small things for people, by name: licence, uploader."""


@runtime_checkable
class SearchableSource(Source, Protocol):
    @property
    def searches(self) -> frozenset[SourceKind]:
        """The kinds it can search for."""
        ...

    async def search(self, text: str, kind: SourceKind, limit: int) -> Sequence[SourceItem]:
        """The best first, of that kind only. Nothing found is an empty answer, an error is an error. Core
        cancels it when its time is over."""
        ...


@runtime_checkable
class BrowsableSource(Source, Protocol):
    """A source that can show one thing, and what an album, an artist or a playlist holds."""

    async def show(self, kind: SourceKind, source_id: str) -> SourceItem:
        """MUST raise `PermanentError` when there is no such thing."""
        ...

    def contents(self, kind: SourceKind, source_id: str) -> AsyncGenerator[Sequence[SourceItem], None]:
        """An async generator of pages, in the order of the source: tracks of an album or a playlist, albums
        of an artist. What is listed but not there any more MUST come too, with `fetchable` False, so that
        rows keep their place. Core closes it when it has enough."""
        ...


class SourceLink(NamedTuple):
    kind: SourceKind
    source_id: str


@runtime_checkable
class LinkedSource(Source, Protocol):
    """A source whose things have addresses that people copy and paste."""

    def parse(self, text: str) -> SourceLink | None:
        """The thing that an address (or an unmistakable id) names; None for all else. MUST NOT ask anybody,
        and MUST judge the whole text: host, path and id, each against what they may be."""
        ...


class FetchWish(NamedTuple):
    most_bytes: int
    """MUST stop and raise `PermanentError` (code too_large) when there is more."""
    seconds: float
    """Core cancels it then."""


class FetchProgress(NamedTuple):
    """Bytes."""

    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file lying below the folder it was asked to be put in: sound as the source has it, not re-encoded."""

    path: Path
    item: SourceItem | None = None
    """What the source knows of it. Core lays it under what the file itself says."""
    cover: Path | None = None
    """A picture below the same folder."""


@runtime_checkable
class FetchableSource(Source, Protocol):
    def accepts(self, kind: SourceKind, source_id: str) -> bool:
        """Whether this can be an id of it, judged by its form alone. Core asks before anything is kept,
        started or sent; what begins like an option of a program MUST be refused unless it is an id."""
        ...

    def fetch(
        self, source_id: str, into: Path, wish: FetchWish
    ) -> AsyncGenerator[FetchProgress | Fetched, None]:
        """Gets a track: an async generator that yields progress and, last, the file.

        Everything written MUST lie below `into`, which is for this one thing alone, and still holds what an
        attempt before left: a source that can SHOULD go on from there. When core closes it or cancels it,
        whatever it started MUST be gone by the time it returns.
        """
        ...


class CredentialHealth(NamedTuple):
    """What can be said of it without showing it."""

    kept_since: datetime | None
    last_success: datetime | None


@runtime_checkable
class CredentialSource(Source, Protocol):
    """A source that works (better) with something an administrator hands in: a file of cookies, a token."""

    async def take_credential(self, content: bytes) -> None:
        """Checks its form and keeps it, readable by the server alone. Raises `InvalidInput`, whose message
        MUST NOT contain any of it."""
        ...

    async def forget_credential(self) -> None: ...

    async def credential(self) -> CredentialHealth: ...
