"""The catalogue: libraries, artists, albums, tracks and what hangs on them (design: the model)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import (
    big,
    doc,
    key,
    loose,
    maybe_loose,
    maybe_ref,
    maybe_when,
    octets,
    ref,
    required_octets,
    sorted_text,
    table,
    when,
)
from mcma.store.types import Id, SortText

PRESENT = sa.text("deleted_at IS NULL AND missing_since IS NULL")
"""Rows that lists show. A missing file hides its track; it comes back as it was."""

ABSENT = sa.text("missing_since IS NOT NULL AND deleted_at IS NULL")


def _present(name: str, *columns: str) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=PRESENT, postgresql_where=PRESENT)


def _absent(name: str, *columns: str) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=ABSENT, postgresql_where=ABSENT)


class Library(SQLModel, table=True):
    __tablename__ = "libraries"
    id: UUID = key()
    number: int = Field(unique=True)
    """Subsonic's integer id of the music folder; never used again."""
    name: str
    kind: str
    """folder (indexed in place) or managed."""
    source: str = "local"
    root: bytes | None = octets()
    root_display: str | None = None
    root_marker: dict[str, Any] | None = doc()
    """What the volume looked like (device, inode), to notice another one at the same path."""
    song_count: int = 0
    album_count: int = 0
    artist_count: int = 0
    duration_ms: int = big()
    size: int = big()
    scan_state: str | None = None
    scan_error: str | None = None
    watch_state: str | None = None
    watch_reason: str | None = None
    last_scan_at: datetime | None = maybe_when()
    changed_at: datetime = when()
    created_at: datetime = when()
    updated_at: datetime = when()
    rev: int = 1
    deleted_at: datetime | None = maybe_when()


class Artist(SQLModel, table=True):
    __tablename__ = "artists"
    id: UUID = key()
    name: str
    sort_name: str
    sort_key: str = sorted_text()
    name_key: str = sorted_text()
    """The folded credited name, by which an artist without a MusicBrainz id is found."""
    disambiguation: str | None = None
    """What tells it from namesakes: in the document as well, and here for lists."""
    mbid: UUID | None = maybe_loose()
    artwork_id: UUID | None = maybe_loose()
    rnd: float = 0.0
    metadata_status: str = "pending"
    provenance: dict[str, Any] | None = doc()
    details: dict[str, Any] | None = doc()
    created_at: datetime = when()
    updated_at: datetime = when()
    rev: int = 1
    deleted_at: datetime | None = maybe_when()
    replaced_by: UUID | None = maybe_loose()
    __table_args__ = (
        sa.Index("ix_artists_name_key", "name_key"),
        sa.Index("ix_artists_mbid", "mbid"),
        sa.Index("ix_artists_sort", "sort_key", "id"),
        sa.Index("ix_artists_created", "created_at", "id"),
        sa.Index("ix_artists_updated", "updated_at", "id"),
        sa.Index("ix_artists_rnd", "rnd", "id"),
    )


class Album(SQLModel, table=True):
    __tablename__ = "albums"
    id: UUID = key()
    library_id: UUID = ref("libraries.id")
    album_key: str = sorted_text()
    """Finds the album, is never its identity."""
    title: str
    sort_title: str
    sort_key: str = sorted_text()
    version: str | None = None
    artist: str = ""
    artist_key: str = sorted_text()
    """Folded sort name of the credit, for lists by artist."""
    year: int | None = None
    date: str | None = None
    original_date: str | None = None
    compilation: bool = False
    explicit: bool | None = None
    mbid: UUID | None = maybe_loose()
    release_group_mbid: UUID | None = maybe_loose()
    artwork_id: UUID | None = maybe_loose()
    details: dict[str, Any] | None = doc()
    """artists, genres, labels, moods, release_types, disc_titles as lists, for reading pages in one query."""
    song_count: int = 0
    duration_ms: int = big()
    size: int = big()
    rnd: float = 0.0
    metadata_status: str = "pending"
    provenance: dict[str, Any] | None = doc()
    created_at: datetime = when()
    updated_at: datetime = when()
    rev: int = 1
    missing_since: datetime | None = maybe_when()
    deleted_at: datetime | None = maybe_when()
    replaced_by: UUID | None = maybe_loose()
    __table_args__ = (
        sa.Index("ix_albums_key", "library_id", "album_key"),
        sa.Index("ix_albums_group", "release_group_mbid"),
        _present("ix_albums_sort", "sort_key", "id"),
        _present("ix_albums_artist", "artist_key", "sort_key", "id"),
        _present("ix_albums_created", "created_at", "id"),
        _present("ix_albums_year", "year", "sort_key", "id"),
        _present("ix_albums_rnd", "rnd"),
        _present("ix_albums_updated", "updated_at", "id"),
        _present("ix_albums_duration", "duration_ms", "id"),
        _present("ix_albums_original", "original_date", "sort_key", "id"),
        _absent("ix_albums_missing", "sort_key", "id"),
    )


class Track(SQLModel, table=True):
    __tablename__ = "tracks"
    id: UUID = key()
    library_id: UUID = ref("libraries.id")
    album_id: UUID | None = maybe_ref("albums.id", index=True)
    album_key: str | None = Field(default=None, sa_type=SortText, nullable=True)
    """The album its tags ask for. Where it differs from its album's key, the end of the scan regroups."""
    recording_id: UUID | None = Field(default=None, sa_type=Id, nullable=True, index=True)
    """The same recording on two albums is two tracks that share this."""
    recording_mbid: UUID | None = Field(default=None, sa_type=Id, nullable=True, index=True)
    title: str
    sort_title: str
    sort_key: str = sorted_text()
    artist: str = ""
    artist_key: str = sorted_text()
    """Folded sort name of the first artist, for lists by artist."""
    album_sort: str = sorted_text()
    """The place of its album in lists by album, and `album_place` its own on it; kept by the writer."""
    album_place: int = 0
    album_artist: str | None = None
    """Credit of the album the tags name; kept for tracks whose album row is shared."""
    disc: int | None = None
    disc_total: int | None = None
    track: int | None = None
    track_total: int | None = None
    year: int | None = None
    date: str | None = None
    original_date: str | None = None
    duration_ms: int = 0
    bpm: float | None = None
    comment: str | None = None
    language: str | None = None
    explicit: bool | None = None
    artwork_id: UUID | None = maybe_loose()
    file_id: UUID | None = maybe_loose()
    """The preferred file."""
    lyrics_digest: str | None = None
    """Of the lyrics that are shown; null where there are none. Written by whoever writes lyrics."""
    details: dict[str, Any] | None = doc()
    """artists, contributors, genres, moods, groupings, isrcs, for reading pages in one query."""
    rnd: float = 0.0
    metadata_status: str = "pending"
    provenance: dict[str, Any] | None = doc()
    """Field to origin, for fields that do not come from a tag."""
    created_at: datetime = when()
    updated_at: datetime = when()
    rev: int = 1
    missing_since: datetime | None = maybe_when()
    deleted_at: datetime | None = maybe_when()
    replaced_by: UUID | None = maybe_loose()
    __table_args__ = (
        _present("ix_tracks_sort", "sort_key", "id"),
        _present("ix_tracks_library", "library_id", "id"),
        _present("ix_tracks_created", "created_at", "id"),
        _present("ix_tracks_year", "year", "rnd"),
        _present("ix_tracks_rnd", "rnd", "year"),
        _present("ix_tracks_album", "album_sort", "album_place", "id"),
        _present("ix_tracks_artist", "artist_key", "sort_key", "id"),
        _present("ix_tracks_year_sort", "year", "sort_key", "id"),
        _present("ix_tracks_updated", "updated_at", "id"),
        _present("ix_tracks_duration", "duration_ms", "id"),
        _present("ix_tracks_original", "original_date", "sort_key", "id"),
        _absent("ix_tracks_missing", "sort_key", "id"),
    )


class TrackFile(SQLModel, table=True):
    __tablename__ = "track_files"
    id: UUID = key()
    """Also the validator of its bytes: another size, mtime or inode is another file id."""
    track_id: UUID = ref("tracks.id", index=True)
    library_id: UUID = ref("libraries.id")
    folder: bytes = required_octets()
    """Relative to the library's root, without a leading or trailing slash."""
    name: bytes = required_octets()
    path_display: str
    size: int = big()
    mtime_ns: int = big()
    inode: int = big()
    sidecar_mtime_ns: int = big()
    container: str
    codec: str
    suffix: str
    content_type: str
    duration_ms: int = 0
    bit_rate_kbps: int = 0
    sample_rate_hz: int = 0
    bit_depth: int | None = None
    channels: int = 0
    lossless: bool = False
    audio_hash: bytes | None = octets()
    sha256: bytes | None = octets()
    track_gain_db: float | None = None
    track_peak: float | None = None
    album_gain_db: float | None = None
    album_peak: float | None = None
    loudness_lufs: float | None = None
    """Integrated loudness (EBU R128) where tags have no gain; `track_gain_db` and `track_peak` are then of
    this measurement."""
    measured_at: datetime | None = maybe_when()
    """When a job read the file to its end; null: not yet."""
    measure_error: str | None = None
    """Why it could not be measured. It is not tried again: other bytes are another row."""
    artwork_id: UUID | None = maybe_loose()
    tags: dict[str, Any] | None = doc()
    """What the file says, as read: the `tag` origin of every field."""
    created_at: datetime = when()
    updated_at: datetime = when()
    rev: int = 1
    missing_since: datetime | None = maybe_when()
    deleted_at: datetime | None = maybe_when()
    replaced_by: UUID | None = maybe_loose()
    __table_args__ = (
        sa.Index("ix_track_files_place", "library_id", "folder", "name"),
        sa.Index("ix_track_files_audio", "audio_hash"),
        sa.Index("ix_track_files_sha256", "sha256"),
        sa.Index("ix_track_files_inode", "library_id", "inode"),
        _present("ix_track_files_format", "library_id", "suffix", "size"),
        sa.Index(
            "ix_track_files_unmeasured",
            "id",
            sqlite_where=sa.text("measured_at IS NULL AND deleted_at IS NULL"),
            postgresql_where=sa.text("measured_at IS NULL AND deleted_at IS NULL"),
        ),
    )


class Recording(SQLModel, table=True):
    __tablename__ = "recordings"
    id: UUID = key()
    mbid: UUID | None = Field(default=None, sa_type=Id, nullable=True, unique=True)
    fingerprint: bytes | None = octets()
    created_at: datetime = when()


class Genre(SQLModel, table=True):
    __tablename__ = "genres"
    id: UUID = key()
    name: str
    name_key: str = Field(unique=True)
    created_at: datetime = when()
    rev: int = 1


class Label(SQLModel, table=True):
    __tablename__ = "labels"
    id: UUID = key()
    name: str
    name_key: str = Field(unique=True)
    mbid: UUID | None = maybe_loose()
    created_at: datetime = when()
    rev: int = 1


class ArtistLibrary(SQLModel, table=True):
    """Membership and counters. Its coming and going is what a library's clients hear of an artist."""

    __tablename__ = "artist_libraries"
    artist_id: UUID = ref("artists.id", primary=True)
    library_id: UUID = ref("libraries.id", primary=True, index=True)
    album_count: int = 0
    """Albums credited to the artist."""
    song_count: int = 0
    """Tracks on which the artist is credited in any role."""
    roles: str = ""
    """Those roles, sorted, with commas between them; a guest is an artist."""
    duration_ms: int = big()
    size: int = big()


class GenreLibrary(SQLModel, table=True):
    __tablename__ = "genre_libraries"
    genre_id: UUID = ref("genres.id", primary=True)
    library_id: UUID = ref("libraries.id", primary=True, index=True)
    song_count: int = 0
    album_count: int = 0


class LabelLibrary(SQLModel, table=True):
    __tablename__ = "label_libraries"
    label_id: UUID = ref("labels.id", primary=True)
    library_id: UUID = ref("libraries.id", primary=True, index=True)
    album_count: int = 0


class TrackArtist(SQLModel, table=True):
    __tablename__ = "track_artists"
    track_id: UUID = ref("tracks.id", primary=True)
    role: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    artist_id: UUID = ref("artists.id")
    name: str
    join_phrase: str = ""
    detail: str | None = None
    __table_args__ = (sa.Index("ix_track_artists_artist", "artist_id", "role", "track_id"),)


class AlbumArtist(SQLModel, table=True):
    __tablename__ = "album_artists"
    album_id: UUID = ref("albums.id", primary=True)
    role: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    artist_id: UUID = ref("artists.id")
    name: str
    join_phrase: str = ""
    __table_args__ = (sa.Index("ix_album_artists_artist", "artist_id", "role", "album_id"),)


class TrackGenre(SQLModel, table=True):
    __tablename__ = "track_genres"
    track_id: UUID = ref("tracks.id", primary=True)
    genre_id: UUID = ref("genres.id", primary=True)
    position: int = 0
    rnd: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    __table_args__ = (
        sa.Index("ix_track_genres_genre", "genre_id", "track_id"),
        sa.Index("ix_track_genres_rnd", "genre_id", "rnd", "track_id"),
    )


class AlbumGenre(SQLModel, table=True):
    __tablename__ = "album_genres"
    album_id: UUID = ref("albums.id", primary=True)
    genre_id: UUID = ref("genres.id", primary=True)
    position: int = 0
    __table_args__ = (sa.Index("ix_album_genres_genre", "genre_id", "album_id"),)


class AlbumLabel(SQLModel, table=True):
    __tablename__ = "album_labels"
    album_id: UUID = ref("albums.id", primary=True)
    label_id: UUID = ref("labels.id", primary=True, index=True)
    position: int = 0
    catalog_number: str | None = None


class ExternalId(SQLModel, table=True):
    __tablename__ = "external_ids"
    item_id: UUID = loose(primary=True)
    item_kind: str
    scheme: str = Field(primary_key=True)
    """isrc, barcode, mbid.recording, mbid.release, mbid.release_track, acoustid, discogs.release, ..."""
    value: str = Field(primary_key=True)
    origin: str = "tag"
    __table_args__ = (sa.Index("ix_external_ids_value", "scheme", "value"),)


class Artwork(SQLModel, table=True):
    __tablename__ = "artworks"
    id: UUID = key()
    sha256: bytes = Field(sa_type=sa.LargeBinary, unique=True)
    mime: str
    width: int
    height: int
    size: int
    origin: str
    """embedded, sidecar, upload or a plugin's name."""
    file_id: UUID | None = maybe_loose()
    """The audio file it is embedded in."""
    path: bytes | None = octets()
    """The picture beside the audio, absolute."""
    created_at: datetime = when()


class ItemArtwork(SQLModel, table=True):
    __tablename__ = "item_artworks"
    item_id: UUID = loose(primary=True)
    artwork_id: UUID = ref("artworks.id", primary=True, index=True)
    item_kind: str
    kind: str = "front"
    position: int = 0


class Lyric(SQLModel, table=True):
    __tablename__ = "lyrics"
    id: UUID = key()
    track_id: UUID = ref("tracks.id", index=True)
    lang: str = "und"
    origin: str = "embedded"
    """embedded, sidecar, person or plugin:<name>."""
    candidate_id: UUID | None = maybe_loose()
    """Which answer of the plugin."""
    plain: str | None = None
    synced: list[Any] | None = doc()
    """[start in ms, words], and [[start, words, end or null], ...] where single words have times."""


class SourceRef(SQLModel, table=True):
    __tablename__ = "source_refs"
    id: UUID = key()
    source: str
    instance: str = ""
    """The library's id for folders, empty for single services."""
    source_id: bytes = required_octets()
    display: str
    track_id: UUID = ref("tracks.id", index=True)
    file_id: UUID | None = maybe_ref("track_files.id", cascade=True, index=True)
    created_at: datetime = when()
    __table_args__ = (sa.UniqueConstraint("source", "instance", "source_id", name="uq_source_refs"),)


class FileProblem(SQLModel, table=True):
    """A line of the scan report: a file that was not taken in, until it changes or goes."""

    __tablename__ = "file_problems"
    id: UUID = key()
    library_id: UUID = ref("libraries.id")
    folder: bytes = required_octets()
    name: bytes = required_octets()
    path_display: str
    reason: str
    message: str
    size: int = big()
    mtime_ns: int = big()
    first_seen_at: datetime = when()
    last_seen_at: datetime = when()
    __table_args__ = (sa.UniqueConstraint("library_id", "folder", "name", name="uq_file_problems"),)


class FieldValue(SQLModel, table=True):
    """Values beside the tags: what a person or a plugin said, so that every decision can be undone."""

    __tablename__ = "field_values"
    item_id: UUID = loose(primary=True)
    field: str = Field(primary_key=True)
    origin: str = Field(primary_key=True)
    """person, or plugin:<name of the enricher>."""
    item_kind: str
    value: Any = doc()
    user_id: UUID | None = maybe_loose()
    candidate_id: UUID | None = maybe_loose()
    """Which answer of the enricher it is of."""
    at: datetime = when()


class Merge(SQLModel, table=True):
    __tablename__ = "merges"
    id: UUID = key()
    item_kind: str
    loser_id: UUID = Field(sa_type=Id, index=True)
    winner_id: UUID = Field(sa_type=Id, index=True)
    reason: str
    by_user: UUID | None = maybe_loose()
    at: datetime = when()
    undone_at: datetime | None = maybe_when()
    data: dict[str, Any] | None = doc()


libraries = table(Library)
artists = table(Artist)
albums = table(Album)
tracks = table(Track)
track_files = table(TrackFile)
recordings = table(Recording)
genres = table(Genre)
labels = table(Label)
artist_libraries = table(ArtistLibrary)
genre_libraries = table(GenreLibrary)
label_libraries = table(LabelLibrary)
track_artists = table(TrackArtist)
album_artists = table(AlbumArtist)
track_genres = table(TrackGenre)
album_genres = table(AlbumGenre)
album_labels = table(AlbumLabel)
external_ids = table(ExternalId)
artworks = table(Artwork)
item_artworks = table(ItemArtwork)
lyrics = table(Lyric)
source_refs = table(SourceRef)
file_problems = table(FileProblem)
field_values = table(FieldValue)
merges = table(Merge)
