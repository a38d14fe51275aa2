"""What the steps of writing tags hand to each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mcma.domain.facts import CreditFact, TagFacts
from mcma.media.shelf import Identity
from mcma.services.indexing.values import KnownFile, LibraryPlace, Place
from mcma_plugins.values import ItemKind

WRITING, WRITTEN, FAILED = "writing", "written", "failed"


class Picked(NamedTuple):
    """What is meant: a track, all tracks of an album, of an artist, of a library."""

    kind: ItemKind | None
    """None for a library."""
    id: UUID


class FieldChange(NamedTuple):
    field: str
    before: Any
    """JSON; null where the file says nothing."""
    after: Any


class FilePreview(NamedTuple):
    """What would be written into one file."""

    file_id: UUID
    track_id: UUID
    path: str
    changes: Sequence[FieldChange]
    refused: str | None
    """Why nothing can be written: format."""


class Preview(NamedTuple):
    files: Sequence[FilePreview]
    """Those that would change, or cannot be written to."""
    next: UUID | None
    """The last track that was looked at, where there are more."""


class Planned(NamedTuple):
    """A file, what its track says, and which fields it says otherwise."""

    file: KnownFile
    library: LibraryPlace
    path: str
    suffix: str
    container: str
    wanted: TagFacts
    artwork_id: UUID | None
    changes: Sequence[FieldChange]

    @property
    def fields(self) -> list[str]:
        return [one.field for one in self.changes]

    @property
    def lyrics(self) -> str | None:
        return next((one.after for one in self.changes if one.field == "lyrics"), None)


class Staged(NamedTuple):
    """A proved copy in the staging folder, about to take the place of its file."""

    place: bytes
    identity: Identity
    sha256: bytes
    former_sha256: bytes
    backup: bytes | None


class TagWriteView(NamedTuple):
    id: UUID
    run_id: UUID
    library_id: UUID
    track_id: UUID
    file_id: UUID
    new_file_id: UUID | None
    path: str
    state: str
    changes: Sequence[FieldChange]
    undoes: UUID | None
    undone_at: datetime | None
    undone_by: UUID | None
    error: str | None
    message: str | None
    user_id: UUID | None
    backup_bytes: int
    created_at: datetime


class Written(NamedTuple):
    """A row of `tag_writes` as far as finishing it needs."""

    id: UUID
    library_id: UUID
    track_id: UUID
    file_id: UUID
    folder: bytes
    name: bytes
    former: Identity
    now: Identity
    sha256: bytes | None
    undoes: UUID | None
    user_id: UUID | None

    @property
    def place(self) -> Place:
        return self.folder, self.name


def as_json(tags: TagFacts, field: str) -> Any:
    value = getattr(tags, field)
    if isinstance(value, tuple):
        return [_credit(one) if isinstance(one, CreditFact) else one for one in value] or None
    return value


def _credit(one: CreditFact) -> Mapping[str, str]:
    said = {"name": one.name, "role": one.role, "sort_name": one.sort_name, "mbid": one.mbid,
            "detail": one.detail}  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}
