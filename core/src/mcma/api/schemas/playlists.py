"""Answers about playlists."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mcma.api.schemas.catalogue import Track


class PlaylistOrigin(BaseModel):
    """What a playlist was made from: a playlist or an album of a source."""

    source: str
    kind: str
    source_id: str
    follow: bool = Field(description="Its rows are those of the origin, and nobody changes them here.")
    url: str | None = Field(description="The page for people.")
    read_at: datetime | None = Field(description="When all of it was last read; null while it never was.")
    error: str | None = Field(description="Why it could not be read since.")


class Playlist(BaseModel):
    id: UUID
    name: str
    comment: str | None
    owner_id: UUID
    owner: str
    public: bool
    smart: bool
    song_count: int
    duration_ms: int
    artwork_id: UUID | None
    created_at: datetime
    changed_at: datetime
    rev: int = Field(description="Rises with every change; send it along to change what you have seen.")
    origin: PlaylistOrigin | None = Field(description="Null for one that was made here, or of a file.")


class PlaylistList(BaseModel):
    items: list[Playlist]


class PlaylistBatch(BaseModel):
    items: list[Playlist]
    missing: list[UUID]
    replaced: dict[str, UUID] = Field(description="Always empty: playlists are not merged.")


class Claim(BaseModel):
    """What somebody says a recording is."""

    id: UUID
    title: str
    artists: list[str]
    album: str | None
    duration_ms: int | None
    isrc: str | None
    recording_mbid: UUID | None
    match_method: str | None = Field(
        description="How its track was found: id, source, path, path_folded, isrc, mbid, name or person; "
        "null while it waits."
    )
    match_score: float | None
    source: str | None = Field(description="Where it is known by `source_id`; it need not be here.")
    source_id: str | None


class PlaylistItem(BaseModel):
    id: UUID
    added_at: datetime
    position: str = Field(description="Rows are ordered by it, by code point, then by id.")
    track: Track | None = Field(description="Null while it waits for its track.")
    claim: Claim | None = Field(description="What the row was made from, if that was no track.")


class PlaylistItemPage(BaseModel):
    items: list[PlaylistItem]
    next: str | None


class UnmatchedLine(BaseModel):
    line: int
    title: str
    artist: str
    path: str | None = Field(description="Or address.")
    reason: str = Field(description="unknown, or ambiguous: several tracks may be meant.")


class PlaylistImport(BaseModel):
    playlist: Playlist
    entries: int
    matched: int
    methods: dict[str, int] = Field(
        description="How many were found by id, source, path, path_folded, isrc, mbid and name."
    )
    unmatched: list[UnmatchedLine] = Field(description="They are kept as claims; the first 1,000.")
    skipped: int = Field(description="Lines that say nothing to find a recording by, such as an artist's.")
    others: list["PlaylistImport"] = Field(description="Further playlists of the same file.")


class PlaylistLink(BaseModel):
    playlist: Playlist
    job_id: UUID = Field(description="Reads what it holds, page by page.")


class PlaylistRefresh(BaseModel):
    job_id: UUID


class MissingAnswer(BaseModel):
    """Of the rows that were looked at, each recording once."""

    asked: int = Field(description="For the first time now.")
    waiting_for_approval: int = Field(description="Of those: an administrator decides.")
    known: int = Field(description="Asked for before.")
    here: int
    over_quota: int = Field(description="Not asked for: more than I may have got in a day.")
    over_room: int = Field(description="Not asked for: more requests wait than one may have.")
    unnamed: int = Field(description="Only its id is known, in a source that cannot get it here.")
    next: str | None


class FieldReason(BaseModel):
    """What one field says for or against it."""

    field: str = Field(description="title, artist, version, number, duration, album, isrc or recording.")
    score: float | None = Field(description="0 to 1; null: it cannot be said.")
    note: str = Field(description="For people.")


class MatchReportRow(PlaylistItem):
    state: str = Field(description="matched; review: a person is asked, see `/reviews`; or missing.")
    reasons: list[FieldReason] = Field(description="What was said beside what was found, field by field.")


class MatchReport(BaseModel):
    matched: int
    review: int = Field(description="A person is asked about them.")
    missing: int
    methods: dict[str, int] = Field(description="How those that are matched were found.")
    items: list[MatchReportRow]
    next: str | None


class RulesSchema(BaseModel):
    """A JSON Schema."""

    model_config = ConfigDict(extra="allow")
    title: str


class RulesAnswer(BaseModel):
    rules: dict[str, Any]


class RulesPreview(BaseModel):
    song_count: int
    duration_ms: int
    full: bool = Field(description="There may be more: 10,000 is what a smart playlist holds.")
    items: list[Track]
