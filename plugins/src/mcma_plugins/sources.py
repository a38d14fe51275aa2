"""What a source can do. Each ability is a Protocol of its own; a source has those it needs.

`IndexableSource` lists what lies at a place and leaves the rest (reading tags, identity) to core.
`SearchableSource` and `FetchableSource` are provisional: they may change until two plugins use them.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable


class SourceHealth(NamedTuple):
    ok: bool
    state: str
    """One word: ready, degraded, unreachable, auth_required, misconfigured."""
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


class Candidate(NamedTuple):
    """Provisional. One thing found outside."""

    source_id: str
    title: str
    artists: Sequence[str]
    album: str | None = None
    duration_ms: int | None = None
    isrc: str | None = None
    artwork_url: str | None = None
    url: str | None = None
    extra: Mapping[str, str] = {}


@runtime_checkable
class SearchableSource(Source, Protocol):
    """Provisional."""

    async def search(self, text: str, limit: int) -> Sequence[Candidate]:
        """Nothing found is an empty answer; an error means: try again later."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """Provisional. A file lying in the folder it was asked to be put in."""

    path: Path
    tags: Mapping[str, str] = field(default_factory=dict)


class FetchProgress(NamedTuple):
    """Provisional."""

    done: int
    total: int | None


@runtime_checkable
class FetchableSource(Source, Protocol):
    """Provisional."""

    def fetch(self, source_id: str, into: Path) -> AsyncIterator[FetchProgress | Fetched]:
        """Yields progress and, last, the file. Everything written MUST lie below `into`."""
        ...
