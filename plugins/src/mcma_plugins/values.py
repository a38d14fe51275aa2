"""Values that services hand to adapters. Rows of lists are NamedTuples: they cost next to nothing to build.

Times are aware UTC. Durations are milliseconds, sizes bytes, bit rates kbit/s, sample rates Hz, gains dB.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from mcma_plugins.ids import (
    AlbumId,
    ArtistId,
    ArtworkId,
    ClaimId,
    DeviceId,
    FileId,
    JobId,
    LibraryId,
    PlaylistId,
    PlaylistItemId,
    ShareId,
    TrackId,
    UserId,
)


class ItemKind(StrEnum):
    """What likes, ratings, covers and the search can point at."""

    TRACK = "track"
    ALBUM = "album"
    ARTIST = "artist"
    PLAYLIST = "playlist"
    FOLDER = "folder"
    """Tracks without an album that lie together. Plugins are asked about it; nobody likes or finds one."""


class Right(StrEnum):
    """What a user may be kept from. Administrators have every right."""

    DOWNLOAD = "download"
    """Original files to keep. Playing needs no right."""
    UPLOAD = "upload"
    """Music handed in."""
    SHARE = "share"
    """Music shown to people without an account."""
    FETCH = "fetch"
    """Music got from outside. Whoever lacks it may ask, and an administrator decides."""


EVERY_RIGHT = frozenset(Right)


class ItemRef(NamedTuple):
    kind: ItemKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Made by the login services; every other service takes it first."""

    user_id: UserId
    name: str
    is_admin: bool = False
    client: str = ""
    """Name the client gives itself; part of the key of remembered list positions."""
    device_id: DeviceId | None = None
    share_id: ShareId | None = None
    """Set for somebody without an account who opened a link: the rest is about the owner of that share."""
    rights: frozenset[Right] = EVERY_RIGHT
    by_app: bool = False
    """Came in by an app password. These lie in many apps and travel in addresses, so they do not reach
    accounts: no password of one's own, nothing of an administrator."""

    def may(self, right: Right) -> bool:
        return self.is_admin or right in self.rights


class Credit(NamedTuple):
    """One artist of a track or album, as credited there. `join` is the text up to the next credit."""

    artist_id: ArtistId
    name: str
    join: str = ""


class Contributor(NamedTuple):
    role: str
    artist_id: ArtistId
    name: str
    detail: str | None = None


class UserState(NamedTuple):
    """What one user did with one item; derived from the logs."""

    liked_at: datetime | None = None
    rating: int | None = None
    play_count: int = 0
    last_played_at: datetime | None = None


class LibraryView(NamedTuple):
    id: LibraryId
    number: int
    """The integer that Subsonic calls a music folder id."""
    name: str
    kind: str
    """folder or managed."""
    root: str | None
    """Printable form of the path; None for callers who are no admins."""
    song_count: int
    album_count: int
    artist_count: int
    last_scan_at: datetime | None
    scan_state: str | None
    """running, ok, suspicious, failed or None before the first scan."""
    scan_error: str | None
    watch_state: str | None = None
    """events, polling, waiting (the folder is not there), failed, off, or None while nobody watches."""
    watch_reason: str | None = None
    """Why not by events; None for callers who are no admins."""


class ArtistView(NamedTuple):
    id: ArtistId
    name: str
    sort_name: str
    mbid: UUID | None
    album_count: int
    song_count: int
    artwork_id: ArtworkId | None
    created_at: datetime
    updated_at: datetime
    user: UserState
    disambiguation: str | None = None
    """What tells it from namesakes, where somebody says so."""
    roles: tuple[str, ...] = ()
    """What it is credited as on tracks, by name; none where its albums alone name it."""


class AlbumView(NamedTuple):
    id: AlbumId
    library_id: LibraryId
    title: str
    sort_title: str
    version: str | None
    artist: str
    """The credit as one string."""
    artists: tuple[Credit, ...]
    year: int | None
    date: str | None
    """Release date, ISO 8601 of any precision."""
    original_date: str | None
    compilation: bool
    genres: tuple[str, ...]
    labels: tuple[str, ...]
    moods: tuple[str, ...]
    release_types: tuple[str, ...]
    explicit: bool | None
    mbid: UUID | None
    release_group_mbid: UUID | None
    disc_titles: tuple[tuple[int, str], ...]
    song_count: int
    duration_ms: int
    size: int
    artwork_id: ArtworkId | None
    created_at: datetime
    updated_at: datetime
    user: UserState
    catalog_numbers: tuple[str, ...] = ()
    """Those of its labels."""


class TrackView(NamedTuple):
    id: TrackId
    library_id: LibraryId
    title: str
    sort_title: str
    album_id: AlbumId | None
    album: str | None
    artist: str
    """The credit as one string."""
    artists: tuple[Credit, ...]
    album_artist: str | None
    album_artists: tuple[Credit, ...]
    contributors: tuple[Contributor, ...]
    disc: int | None
    track: int | None
    year: int | None
    date: str | None
    duration_ms: int
    genres: tuple[str, ...]
    moods: tuple[str, ...]
    groupings: tuple[str, ...]
    bpm: float | None
    comment: str | None
    explicit: bool | None
    recording_mbid: UUID | None
    isrcs: tuple[str, ...]
    metadata_status: str
    """pending, enriched, review, failed or manual."""
    file_id: FileId | None
    path: str | None
    """Printable path inside its library."""
    size: int
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
    artwork_id: ArtworkId | None
    missing_since: datetime | None
    created_at: datetime
    updated_at: datetime
    rev: int
    """Revision of the metadata, for edits that must not overwrite another person's."""
    user: UserState
    work: str | None = None
    """What it is a performance of, and `movement` which part of that."""
    movement: str | None = None
    remix_of: str | None = None
    """Title of the recording that it is a remix of."""


class GenreView(NamedTuple):
    id: UUID
    name: str
    song_count: int
    album_count: int


class PlaylistView(NamedTuple):
    id: PlaylistId
    name: str
    comment: str | None
    owner_id: UserId
    owner: str
    public: bool
    smart: bool
    song_count: int
    duration_ms: int
    artwork_id: ArtworkId | None
    created_at: datetime
    changed_at: datetime
    rev: int
    origin: Mapping[str, Any] | None = None
    """Of one that was made from another place's: source, kind, source_id, url, follow, read_at, error."""

    @property
    def follows(self) -> bool:
        """Whether its rows are those of its origin, and nobody's to change here."""
        return bool(self.origin and self.origin.get("follow"))


class ClaimView(NamedTuple):
    """What somebody says a recording is."""

    id: ClaimId
    title: str
    artists: tuple[str, ...]
    album: str | None
    duration_ms: int | None
    isrc: str | None
    recording_mbid: UUID | None
    match_method: str | None = None
    """How its track was found: id, source, path, path_folded, isrc, mbid, name or person; None while it
    waits."""
    match_score: float | None = None
    source: str | None = None
    """Where it is known as `source_id`; the source need not be one of this server."""
    source_id: str | None = None


class PlaylistEntry(NamedTuple):
    """One row of a playlist. Rows that wait for a track have none and are left out by Subsonic."""

    id: PlaylistItemId
    track: TrackView | None
    added_at: datetime
    position: str = ""
    """A fraction as text: rows are ordered by it, by code point, then by id."""
    claim: ClaimView | None = None
    """What the row was made from, where that was no track: what is waited for while there is none."""


class BookmarkView(NamedTuple):
    """A place in a track to go on from; one per user and track."""

    track: TrackView
    position_ms: int
    comment: str | None
    created_at: datetime
    changed_at: datetime


class QueueView(NamedTuple):
    """What a user's device was about to play."""

    device_id: DeviceId | None
    """None for the queue that all Subsonic clients share."""
    tracks: Sequence[TrackView]
    current: int | None
    """Index in `tracks`; None when there are none."""
    position_ms: int
    """In the current track."""
    changed_at: datetime
    changed_by: str
    """Name of the client."""
    rev: int


class SharedItem(NamedTuple):
    kind: ItemKind
    id: UUID
    name: str | None
    """None for what is gone, or out of the owner's sight."""


class ShareView(NamedTuple):
    """A link for people without an account, as its owner sees it."""

    id: ShareId
    path: str | None
    """Of the page, below the server's address. None when the key is gone that the link was kept with: it
    works as before, but cannot be shown any more."""
    owner_id: UserId
    owner: str
    description: str | None
    allow_download: bool
    items: tuple[SharedItem, ...]
    expires_at: datetime | None
    visits: int
    last_visited_at: datetime | None
    created_at: datetime
    updated_at: datetime
    rev: int


class Shared(NamedTuple):
    """A share with the tracks that it holds now."""

    share: ShareView
    tracks: Sequence[TrackView]
    complete: bool
    """False: it holds more tracks than are shown."""


class UserView(NamedTuple):
    id: UserId
    name: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None
    rights: frozenset[Right] = EVERY_RIGHT
    """All of them for an administrator."""
    email: str | None = None
    avatar_changed_at: datetime | None = None
    """None without a picture of their own."""
    downloads_per_day: int | None = None
    """Tracks from outside; None: as the setting says, 0: no limit."""


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to be changed of a user, all of it or nothing. None stays as it is."""

    name: str | None = None
    password: str | None = field(default=None, repr=False)
    is_admin: bool | None = None
    rights: Mapping[Right, bool] = field(default_factory=dict)
    """Those that are named."""
    email: str | None = None
    """Empty: none any more."""
    libraries: Sequence[UUID] | None = None
    """Exactly these are to be seen."""
    disabled: bool | None = None
    downloads_per_day: int | None = None
    """Tracks from outside; 0: no limit, -1: as the setting says."""


class JobView(NamedTuple):
    id: JobId
    kind: str
    state: str
    """queued, running, succeeded, failed, cancelled or no_handler."""
    done: int
    total: int | None
    note: str | None
    error: str | None
    attempt: int
    created_by: UserId | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class AlbumSort(StrEnum):
    NAME = "name"
    ARTIST = "artist"
    NEWEST = "newest"
    YEAR = "year"
    YEAR_DESC = "-year"
    RANDOM = "random"
    LIKED = "liked"
    RATING = "rating"
    """The caller's highest rated first."""
    FREQUENT = "frequent"
    RECENT = "recent"


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list. `offset` costs the same at any depth when pages are asked for in order."""

    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class AlbumQuery:
    sort: AlbumSort = AlbumSort.NAME
    window: Window = field(default_factory=Window)
    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None
    libraries: Sequence[int] | None = None
    """Library numbers; None for all that the caller may see."""


@dataclass(frozen=True, slots=True)
class RandomQuery:
    limit: int = 10
    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None
    libraries: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """An empty `text` lists everything in an order that never changes."""

    text: str
    artists: Window = field(default_factory=lambda: Window(20))
    albums: Window = field(default_factory=lambda: Window(20))
    tracks: Window = field(default_factory=lambda: Window(20))
    libraries: Sequence[int] | None = None


class SearchResult(NamedTuple):
    artists: Sequence[ArtistView]
    albums: Sequence[AlbumView]
    tracks: Sequence[TrackView]


class Starred(NamedTuple):
    artists: Sequence[ArtistView]
    albums: Sequence[AlbumView]
    tracks: Sequence[TrackView]


class ListenReport(NamedTuple):
    """One heard track as a client reports it. `at` is when it started; None means now."""

    track_id: TrackId
    at: datetime | None = None
    ms_played: int | None = None
    """None when the channel does not say; the listen then counts as a full one."""


@dataclass(frozen=True, slots=True)
class StreamFile:
    """Bytes ready to be sent by `mcma_plugins.web.file_response`."""

    path: bytes
    size: int
    etag: str
    """Without quotes: the file id."""
    content_type: str
    suffix: str
    last_modified: datetime
    name: str
    """A file name to offer for saving."""
    root: bytes | None = None
    """The folder that the file must still lie in when it is opened, wherever links lead by then."""


@dataclass(frozen=True, slots=True)
class CoverImage:
    data: bytes
    content_type: str
    etag: str
    """Without quotes."""
    placeholder: bool
    """True for a generated picture, which must not be cached for long."""
    kept_seconds: int = 86_400
    """How long others may be kept before they are asked for again."""


class ScanStatus(NamedTuple):
    scanning: bool
    tracks: int
    """Tracks in the libraries the caller may see."""
    last_scan_at: datetime | None


class LyricsCue(NamedTuple):
    """A word or syllable with its time."""

    start_ms: int
    text: str
    """As it stands in the line, without spaces around it."""
    end_ms: int | None = None


class Lyrics(NamedTuple):
    lang: str
    synced: bool
    lines: Sequence[tuple[int | None, str]]
    """(start in ms, words); the start is None for plain text."""
    cues: Sequence[Sequence[LyricsCue]] = ()
    """Of each line, in order; empty where no line has any."""
