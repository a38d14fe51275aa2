"""Answers about what is here twice."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.admin import Merge


class DuplicateFile(BaseModel):
    file_id: UUID
    path: str = Field(description="Relative to the library's folder.")
    codec: str
    lossless: bool
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    size: int
    duration_ms: int
    missing: bool
    similarity: float = Field(description="With the one of the group that it is most like; 1 is the same.")


class DuplicateTrack(BaseModel):
    track_id: UUID
    title: str
    artist: str
    album: str | None
    library_id: UUID
    library: str
    managed: bool = Field(description="Whether its library is mcma's own. Others are folders, read in place.")
    files: list[DuplicateFile] = Field(
        description="Those of the group, the one that is played first; at most 20."
    )
    more: int = Field(description="Files of it that are of the group as well.")
    apart_from: list[UUID] = Field(
        description="Tracks of the group that a person said are no duplicates of it."
    )


class DuplicateGroup(BaseModel):
    id: UUID
    kind: str = Field(description="exact: the same sound to the sample; recording: it sounds the same.")
    similarity: float = Field(description="Of what is least alike; 1 is the same.")
    found_at: datetime
    dismissed_at: datetime | None = Field(description="When a person said that these are no duplicates.")
    dismissed_by: UUID | None
    tracks: list[DuplicateTrack] = Field(
        description="The oldest first; at most 20 in lists, 200 of one that is asked for."
    )
    more: int = Field(description="Tracks that are of the group as well.")


class DuplicatePage(BaseModel):
    items: list[DuplicateGroup]
    next: str | None


class DuplicateSummary(BaseModel):
    fingerprints: int = Field(description="Files that have one.")
    refused: int = Field(description="Files that can have none: too short, or not to be decoded.")
    waiting: int = Field(
        description="Files that nothing has fingerprinted yet: looked for every hour, and after each scan."
    )
    reason: str | None = Field(description="Why nothing does: no_fingerprinter (no plugin makes them).")


class DuplicatesMerged(BaseModel):
    group_id: UUID
    into: UUID
    merges: list[Merge] = Field(description="Each can be taken back.")
    left: list[UUID] = Field(
        description="Tracks of other libraries, and those that a person said are no duplicates."
    )
    more: int = Field(description="Tracks that are still to be merged: at most 200 are at once.")
