"""Answers about music."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class UserData(BaseModel):
    """What the caller did with an item."""

    liked_at: datetime | None
    rating: int | None = Field(description="1 to 5.")
    play_count: int
    last_played_at: datetime | None


class Credit(BaseModel):
    id: UUID
    name: str = Field(description="As credited there.")
    join: str = Field(description="The text up to the next credit.")


class Contributor(BaseModel):
    role: str
    id: UUID
    name: str
    detail: str | None = Field(description="The instrument, for example.")


class Track(BaseModel):
    id: UUID = Field(description="Never changes, whatever happens to the file.")
    library_id: UUID
    title: str
    sort_title: str
    album_id: UUID | None
    album: str | None
    artist: str = Field(description="The credit as one string.")
    artists: list[Credit]
    album_artist: str | None
    album_artists: list[Credit]
    contributors: list[Contributor]
    disc: int | None
    track: int | None
    year: int | None
    date: str | None = Field(description="ISO 8601 of any precision.")
    duration_ms: int
    genres: list[str]
    moods: list[str]
    groupings: list[str]
    work: str | None = Field(description="What it is a performance of.")
    movement: str | None = Field(description="The part of the work.")
    remix_of: str | None = Field(description="Title of the recording that it is a remix of.")
    bpm: float | None
    comment: str | None
    explicit: bool | None
    recording_mbid: UUID | None
    isrcs: list[str]
    metadata_status: str = Field(description="pending, enriched, review, failed or manual.")
    file_id: UUID | None = Field(description="Another one once the file has changed.")
    path: str | None = Field(description="Inside its library.")
    size: int = Field(description="Bytes.")
    suffix: str
    content_type: str
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    channels: int
    track_gain_db: float | None
    track_peak: float | None
    album_gain_db: float | None
    album_peak: float | None
    artwork_id: UUID | None
    missing_since: datetime | None
    created_at: datetime
    updated_at: datetime
    rev: int = Field(description="Revision of the metadata; `base_rev` of an edit.")
    user: UserData


class DiscTitle(BaseModel):
    disc: int
    title: str


class Album(BaseModel):
    id: UUID
    library_id: UUID
    title: str
    sort_title: str
    version: str | None
    artist: str = Field(description="The credit as one string.")
    artists: list[Credit]
    year: int | None
    date: str | None = Field(description="Release date, ISO 8601 of any precision.")
    original_date: str | None
    compilation: bool
    genres: list[str]
    labels: list[str]
    catalog_numbers: list[str] = Field(description="Those of its labels.")
    moods: list[str]
    release_types: list[str]
    explicit: bool | None
    mbid: UUID | None
    release_group_mbid: UUID | None
    disc_titles: list[DiscTitle]
    song_count: int
    duration_ms: int
    size: int = Field(description="Bytes.")
    artwork_id: UUID | None
    created_at: datetime
    updated_at: datetime
    user: UserData


class Artist(BaseModel):
    id: UUID
    name: str
    sort_name: str
    disambiguation: str | None = Field(description="What tells it from namesakes.")
    roles: list[str] = Field(description="What it is credited as on tracks: artist, composer, ...")
    mbid: UUID | None
    album_count: int
    song_count: int
    artwork_id: UUID | None
    created_at: datetime
    updated_at: datetime
    user: UserData


class Genre(BaseModel):
    id: UUID
    name: str
    song_count: int
    album_count: int


class Label(BaseModel):
    id: UUID
    name: str
    album_count: int
    mbid: UUID | None
    aliases: list[str] = Field(description="Names of labels that were merged into this one.")


class Library(BaseModel):
    id: UUID
    number: int = Field(description="What Subsonic calls a music folder id.")
    name: str
    kind: str = Field(description="folder or managed.")
    root: str | None = Field(description="Shown to administrators.")
    song_count: int
    album_count: int
    artist_count: int
    last_scan_at: datetime | None
    scan_state: str | None = Field(description="running, ok, suspicious, failed, or null before the first.")
    scan_error: str | None
    watch_state: str | None = Field(
        description="events, polling, waiting (the folder is not there), failed, off, or null."
    )
    watch_reason: str | None = Field(description="Why not by events. Shown to administrators.")


class FileProblem(BaseModel):
    """A file that was not taken in; or, with the reason `duplicate`, one that was and sounds like another."""

    path: str
    reason: str
    message: str
    first_seen_at: datetime
    last_seen_at: datetime


class LyricsCue(BaseModel):
    start_ms: int
    end_ms: int | None
    text: str


class LyricsLine(BaseModel):
    start_ms: int | None
    text: str
    cues: list[LyricsCue] = Field(description="Words or syllables with times of their own, in order.")


class Lyrics(BaseModel):
    lang: str
    synced: bool
    lines: list[LyricsLine]


class File(BaseModel):
    id: UUID = Field(description="Also the ETag of its bytes: other bytes are another file.")
    track_id: UUID
    library_id: UUID
    path: str | None = Field(description="Inside its library; shown to administrators.")
    preferred: bool = Field(description="The one that is played.")
    size: int = Field(description="Bytes.")
    container: str
    codec: str
    suffix: str
    content_type: str
    duration_ms: int
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    channels: int
    lossless: bool
    sha256: str | None = Field(description="In hex; null until it has been computed.")
    track_gain_db: float | None
    track_peak: float | None
    album_gain_db: float | None
    album_peak: float | None
    missing_since: datetime | None
    created_at: datetime


class FileList(BaseModel):
    items: list[File]


class Count(BaseModel):
    total: int
    exact: bool = Field(description="False: there are more than that.")


class TrackPage(BaseModel):
    items: list[Track]
    next: str | None = Field(description="The cursor of the next page; null on the last.")
    count: Count | None = Field(None, description="When asked for.")


class AlbumList(BaseModel):
    items: list[Album]


class AlbumPage(BaseModel):
    items: list[Album]
    next: str | None
    count: Count | None = None


class ArtistPage(BaseModel):
    items: list[Artist]
    next: str | None
    count: Count | None = None


class GenrePage(BaseModel):
    items: list[Genre]
    next: str | None


class LabelPage(BaseModel):
    items: list[Label]
    next: str | None


class _Batch(BaseModel):
    missing: list[UUID] = Field(description="Those that are not there, or not mine.")
    replaced: dict[str, UUID] = Field(description="Ids of merged items to those that stand for them.")


class TrackBatch(_Batch):
    items: list[Track]


class AlbumBatch(_Batch):
    items: list[Album]


class ArtistBatch(_Batch):
    items: list[Artist]


class TrackList(BaseModel):
    items: list[Track]


class Upload(BaseModel):
    track: Track
    job_id: UUID | None = Field(description="Of the job that reads it; null when it was there before.")


class LibraryList(BaseModel):
    items: list[Library]


class FileProblemPage(BaseModel):
    items: list[FileProblem]
    next: str | None


class LyricsList(BaseModel):
    items: list[Lyrics]


class Told(BaseModel):
    text: str = Field(description="Plain text.")
    origin: str = Field(description="person, or plugin:<name>.")
    at: datetime


class PicturePaths(BaseModel):
    """Addresses on this server that open without a login, for a week."""

    small: str
    medium: str
    large: str


class About(BaseModel):
    mbid: UUID | None
    told: Told | None = Field(description="What a person says, else what a plugin said last.")
    pictures: PicturePaths


class Found(BaseModel):
    """Of each kind the best first; for likes, the latest first."""

    artists: list[Artist]
    albums: list[Album]
    tracks: list[Track]
