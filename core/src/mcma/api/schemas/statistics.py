"""Answers in numbers."""

from datetime import datetime

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Album, Artist, Genre, Track


class FormatShare(BaseModel):
    suffix: str
    files: int
    size: int = Field(description="Bytes.")


class DecadeShare(BaseModel):
    decade: str
    albums: int
    songs: int


class MonthShare(BaseModel):
    month: str = Field(description="When the albums came: 2026-11.")
    albums: int
    songs: int


class Mine(BaseModel):
    kind: str = Field(description="track, album or artist.")
    liked: int
    rated: int
    played: int
    plays: int


class Statistics(BaseModel):
    songs: int
    albums: int
    artists: int
    genres: int
    labels: int
    duration_ms: int
    size: int = Field(description="Bytes.")
    formats: list[FormatShare]
    decades: list[DecadeShare]
    months: list[MonthShare]
    top_genres: list[Genre]
    mine: list[Mine]
    most_played: list[Track]


class DayPlays(BaseModel):
    day: str
    plays: int
    ms: int


class TopTrack(BaseModel):
    track: Track
    plays: int
    ms: int


class TopAlbum(BaseModel):
    album: Album
    plays: int
    ms: int


class TopArtist(BaseModel):
    artist: Artist
    plays: int
    ms: int


class ListeningStatistics(BaseModel):
    since: datetime
    until: datetime
    plays: int
    ms: int = Field(description="Milliseconds heard.")
    days: list[DayPlays] = Field(description="Those with a play, in UTC.")
    tracks: list[TopTrack]
    albums: list[TopAlbum]
    artists: list[TopArtist]
