"""Answers about sources, and what lies in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Found


class SourceAbilities(BaseModel):
    searches: list[str] = Field(
        description="The kinds it can be searched for: track, album, artist, playlist."
    )
    shows: bool = Field(description="Its things, and what albums, artists and playlists hold.")
    fetches: bool = Field(description="Its tracks can be got.")
    links: bool = Field(description="It knows addresses that people copy and paste.")
    credentials: bool = Field(description="It takes a credential that an administrator hands in.")
    lists_files: bool = Field(description="It lists folders that are indexed in place.")


class Source(BaseModel):
    name: str
    ok: bool
    state: str = Field(
        description="ready, degraded, unreachable, no_network, rate_limited, blocked, auth_required, "
        "outdated or misconfigured."
    )
    reason: str | None = Field(description="In the words of its plugin for administrators.")
    until: datetime | None = Field(description="It is left in peace until then.")
    details: dict[str, Any] = Field(description="Shown to administrators.")
    abilities: SourceAbilities


class SourceList(BaseModel):
    items: list[Source]


class OutsideAudio(BaseModel):
    """What the source would give, as far as it says."""

    codec: str | None
    bit_rate_kbps: int | None
    lossless: bool


class Known(BaseModel):
    relation: str = Field(
        description="owned; owned_better: here, and in better quality than the source would give; partly: "
        "some tracks of this album are here; other_version: the same song, another version of it; "
        "downloading: asked for, or on its way; new."
    )
    track_id: UUID | None = Field(description="The track that it is. Beside `new`: the one that it may be.")
    album_id: UUID | None
    artist_id: UUID | None
    score: float | None = Field(description="How surely it is that track, 0 to 1.")
    songs: int | None = Field(description="How many tracks of this album are here.")


class OutsideItem(BaseModel):
    source: str
    kind: str = Field(description="track, album, artist or playlist.")
    source_id: str
    title: str = Field(description="The name, of an artist as well.")
    artists: list[str]
    album: str | None
    album_id: str | None = Field(description="Of the source.")
    track: int | None
    disc: int | None
    year: int | None
    duration_ms: int | None
    track_count: int | None
    isrc: str | None
    recording_mbid: UUID | None
    audio: OutsideAudio | None
    artwork_url: str | None
    url: str | None = Field(description="Its page for people.")
    fetchable: bool = Field(description="False: it is listed, and cannot be got.")
    extra: dict[str, str] = Field(description="Small things for people, by name.")
    known: Known = Field(description="What of it is here already.")


class OutsideItemList(BaseModel):
    items: list[OutsideItem]


class OutsideItemPage(BaseModel):
    items: list[OutsideItem]
    next: str | None


class SourceAnswer(BaseModel):
    source: str
    ok: bool
    state: str = Field(
        description="ready, or why it does not answer: a state of a source, or slow, broken, refused, "
        "absent, busy."
    )
    reason: str | None = Field(description="For people.")
    retry_after_s: float | None = Field(description="Seconds, where the source said so.")
    items: list[OutsideItem] = Field(description="By kind, the best of each kind first.")


class Searched(Found):
    """What the library has, and what the sources answer."""

    sources: list[SourceAnswer] | None = Field(
        None, description="There when sources were asked: one for each of them, by name."
    )
