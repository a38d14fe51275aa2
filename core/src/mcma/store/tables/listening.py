"""What people did: append-only logs, the state derived from them, playlists, bookmarks and queues."""

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
    ref,
    sorted_text,
    table,
    when,
)


class Claim(SQLModel, table=True):
    """What somebody says a recording is, with a track or none yet. Matching again never rewrites a log."""

    __tablename__ = "claims"
    id: UUID = key()
    title: str
    artists: list[str] | None = doc()
    album: str | None = None
    duration_ms: int | None = None
    isrc: str | None = Field(default=None, index=True)
    recording_mbid: UUID | None = maybe_loose()
    source_ids: dict[str, Any] | None = doc()
    source: str | None = None
    """Where it is known, as `source_id`; the source need not be here."""
    source_id: str | None = None
    norm_key: str = sorted_text()
    track_id: UUID | None = maybe_ref("tracks.id", index=True)
    match_method: str | None = None
    match_score: float | None = None
    matched_at: datetime | None = maybe_when()
    looked_at: datetime | None = maybe_when()
    """When everything that may know it was last asked."""
    created_by: UUID | None = maybe_loose()
    created_at: datetime = when()
    updated_at: datetime = when()
    rev: int = 1
    __table_args__ = (
        sa.Index("ix_claims_norm", "norm_key"),
        sa.Index("ix_claims_mbid", "recording_mbid"),
        sa.Index(
            "ix_claims_waiting",
            "looked_at",
            sqlite_where=sa.text("track_id IS NULL"),
            postgresql_where=sa.text("track_id IS NULL"),
        ),
        sa.Index("ix_claims_source", "source", "source_id"),
    )


class LikeEvent(SQLModel, table=True):
    __tablename__ = "like_events"
    id: UUID = key()
    """Made by the client; the same id is the same event."""
    user_id: UUID = ref("users.id")
    item_kind: str
    item_id: UUID = loose()
    liked: bool
    at: datetime = when()
    """Corrected by the device's clock skew; state order is (at, id)."""
    reported_at: datetime = when()
    received_at: datetime = when()
    device_id: UUID | None = maybe_loose()
    n: int | None = big(None)
    source: str
    __table_args__ = (sa.Index("ix_like_events_item", "user_id", "item_id", "at", "id"),)


class RatingEvent(SQLModel, table=True):
    __tablename__ = "rating_events"
    id: UUID = key()
    user_id: UUID = ref("users.id")
    item_kind: str
    item_id: UUID = loose()
    rating: int
    """1 to 5; 0 removes."""
    at: datetime = when()
    reported_at: datetime = when()
    received_at: datetime = when()
    device_id: UUID | None = maybe_loose()
    n: int | None = big(None)
    source: str
    __table_args__ = (sa.Index("ix_rating_events_item", "user_id", "item_id", "at", "id"),)


class Listen(SQLModel, table=True):
    """One observation as reported. Several channels may report the same play."""

    __tablename__ = "listens"
    id: UUID = key()
    user_id: UUID = ref("users.id")
    track_id: UUID | None = maybe_loose()
    claim_id: UUID | None = maybe_loose()
    at: datetime = when()
    at_kind: str = "start"
    """start or end."""
    precision_s: int = 1
    ms_played: int | None = None
    reported_at: datetime = when()
    received_at: datetime = when()
    source: str
    source_key: str
    """Makes the observation unique within its source."""
    client: str = ""
    device_id: UUID | None = maybe_loose()
    n: int | None = big(None)
    __table_args__ = (
        sa.UniqueConstraint("user_id", "source", "source_key", name="uq_listens_source"),
        sa.Index("ix_listens_track", "user_id", "track_id", "at"),
        sa.Index("ix_listens_received", "received_at"),
        sa.Index(
            "ix_listens_claim",
            "claim_id",
            sqlite_where=sa.text("claim_id IS NOT NULL"),
            postgresql_where=sa.text("claim_id IS NOT NULL"),
        ),
    )


class Play(SQLModel, table=True):
    """Derived: one per listening, however many channels reported it. Can be rebuilt from the listens."""

    __tablename__ = "plays"
    id: UUID = key()
    user_id: UUID = ref("users.id")
    track_id: UUID | None = maybe_loose()
    claim_id: UUID | None = maybe_loose()
    listen_id: UUID = loose()
    """The richest observation."""
    started_at: datetime = when()
    ms_played: int | None = None
    counted: bool = True
    __table_args__ = (
        sa.Index("ix_plays_track", "user_id", "track_id", "started_at"),
        sa.Index("ix_plays_time", "user_id", "started_at"),
        sa.Index("ix_plays_item", "track_id", "started_at"),
    )


class PlayListen(SQLModel, table=True):
    __tablename__ = "play_listens"
    listen_id: UUID = ref("listens.id", primary=True)
    play_id: UUID = ref("plays.id", index=True)


class UserItem(SQLModel, table=True):
    """What lists need per user and item; derived, rebuildable by `mcma rebuild`."""

    __tablename__ = "user_items"
    user_id: UUID = ref("users.id", primary=True)
    item_id: UUID = loose(primary=True)
    item_kind: str
    liked_at: datetime | None = maybe_when()
    rating: int | None = None
    rated_at: datetime | None = maybe_when()
    play_count: int = 0
    last_played_at: datetime | None = maybe_when()
    rev: int = 1
    __table_args__ = (
        sa.Index("ix_user_items_liked", "user_id", "item_kind", "liked_at", "item_id"),
        sa.Index("ix_user_items_rating", "user_id", "item_kind", "rating", "item_id"),
        sa.Index("ix_user_items_played", "user_id", "item_kind", "last_played_at", "item_id"),
        sa.Index("ix_user_items_count", "user_id", "item_kind", "play_count", "item_id"),
        sa.Index("ix_user_items_item", "item_id"),
    )


class LogRemoval(SQLModel, table=True):
    """Lets that user's log rows be deleted in the same transaction; only deleting a user does it."""

    __tablename__ = "log_removals"
    user_id: UUID = loose(primary=True)


class NowPlayingRow(SQLModel, table=True):
    """The last thing each player reported."""

    __tablename__ = "now_playing"
    user_id: UUID = ref("users.id", primary=True)
    player: str = Field(primary_key=True)
    """The device's id, or the client's name where no device is known."""
    client: str = ""
    track_id: UUID = ref("tracks.id")
    started_at: datetime = when()
    updated_at: datetime = when()
    state: str = "playing"
    position_ms: int = big()
    """At `updated_at`."""
    rate: float = 1.0
    heard_ms: int = big()
    """Of the music, up to `updated_at`."""
    counting: bool = False
    """Whether a play may come of it."""


class Playlist(SQLModel, table=True):
    __tablename__ = "playlists"
    id: UUID = key()
    owner_id: UUID = ref("users.id", index=True)
    name: str
    name_key: str = sorted_text()
    comment: str | None = None
    visibility: str = "private"
    """private or public."""
    origin: dict[str, Any] | None = doc()
    rules: dict[str, Any] | None = doc()
    """Smart playlists: what to collect."""
    artwork_id: UUID | None = maybe_loose()
    song_count: int = 0
    """Rows with a track; of a smart playlist, what it came to for its owner."""
    duration_ms: int = big()
    stamps: dict[str, Any] | None = doc()
    """name, comment and visibility to [time, event] of who said it last; not there: as it was made."""
    created_at: datetime = when()
    changed_at: datetime = when()
    rev: int = 1
    deleted_at: datetime | None = maybe_when()


class PlaylistItem(SQLModel, table=True):
    __tablename__ = "playlist_items"
    id: UUID = key()
    playlist_id: UUID = ref("playlists.id")
    position: str = sorted_text()
    """A fraction as text: between two positions there is always another."""
    track_id: UUID | None = maybe_ref("tracks.id", index=True)
    claim_id: UUID | None = maybe_ref("claims.id", index=True)
    added_at: datetime = when()
    added_by: UUID | None = maybe_loose()
    moved_at: datetime | None = maybe_when()
    moved_by: UUID | None = maybe_loose()
    """The event that moved it last, by (time, id); none: it lies where it was added."""
    rev: int = 1
    deleted_at: datetime | None = maybe_when()
    __table_args__ = (
        sa.Index("ix_playlist_items_playlist_id", "playlist_id"),
        sa.Index(
            "ix_playlist_items_live",
            "playlist_id",
            "position",
            "id",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
    )


class PlaylistLibrary(SQLModel, table=True):
    """What of a playlist lies in a library: a reader's count is the sum over what that reader may see."""

    __tablename__ = "playlist_libraries"
    playlist_id: UUID = ref("playlists.id", primary=True)
    library_id: UUID = ref("libraries.id", primary=True, index=True)
    song_count: int = 0
    duration_ms: int = big()


class Bookmark(SQLModel, table=True):
    __tablename__ = "bookmarks"
    user_id: UUID = ref("users.id", primary=True)
    track_id: UUID = ref("tracks.id", primary=True)
    position_ms: int = big()
    comment: str | None = None
    created_at: datetime = when()
    changed_at: datetime = when()
    stamps: dict[str, Any] | None = doc()
    """When each field was last said, and by which event (`domain/stamps.py`)."""
    rev: int = 1
    deleted_at: datetime | None = maybe_when()


class PlayQueue(SQLModel, table=True):
    """One per device; no device is the one that Subsonic's clients share."""

    __tablename__ = "play_queues"
    id: UUID = key()
    user_id: UUID = ref("users.id")
    device_id: UUID | None = maybe_loose()
    track_ids: list[str] | None = doc()
    current_index: int | None = None
    position_ms: int = big()
    changed_at: datetime = when()
    changed_by: str = ""
    stamps: dict[str, Any] | None = doc()
    """When each field was last said, and by which event (`domain/stamps.py`)."""
    rev: int = 1
    __table_args__ = (
        sa.UniqueConstraint("user_id", "device_id", name="uq_play_queues_device"),
        sa.Index(
            "uq_play_queues_shared",
            "user_id",
            unique=True,
            sqlite_where=sa.text("device_id IS NULL"),
            postgresql_where=sa.text("device_id IS NULL"),
        ),
    )


claims = table(Claim)
like_events = table(LikeEvent)
rating_events = table(RatingEvent)
listens = table(Listen)
plays = table(Play)
play_listens = table(PlayListen)
user_items = table(UserItem)
log_removals = table(LogRemoval)
now_playing = table(NowPlayingRow)
playlists = table(Playlist)
playlist_items = table(PlaylistItem)
playlist_libraries = table(PlaylistLibrary)
bookmarks = table(Bookmark)
play_queues = table(PlayQueue)
