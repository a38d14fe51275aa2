"""Answers about what is like something else."""

from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Artist, Track


class Reason(BaseModel):
    code: str = Field(
        description="sounds_alike, played_together, same_artist, credited_together, shared_genre, near_year, "
        "same_mood, same_label, same_tempo, liked or from_your_library."
    )
    text: str = Field(description="For people.")
    weight: float = Field(description="Its part of the score.")


class Note(BaseModel):
    """Why the answer is less good than it could be."""

    code: str = Field(description="sound_absent, sound_failed or just_heard.")
    text: str = Field(description="For people.")


class Suggestion(BaseModel):
    track: Track
    score: float = Field(description="Comparable within one answer only.")
    reasons: list[Reason] = Field(description="The strongest first; never empty.")


class ArtistSuggestion(BaseModel):
    artist: Artist
    score: float
    reasons: list[Reason]


class SuggestedTracks(BaseModel):
    items: list[Suggestion]
    notes: list[Note]


class SuggestedArtists(BaseModel):
    items: list[ArtistSuggestion]
    notes: list[Note]


class SonicMatch(BaseModel):
    track: Track
    likeness: float = Field(
        description="1 for the same sound, 0 for nothing in common, -1 where it is unknown."
    )


class SonicTracks(BaseModel):
    items: list[SonicMatch]
    notes: list[Note]


class Radio(BaseModel):
    """A page of a radio."""

    id: UUID
    items: list[Suggestion]
    next: str | None = Field(description="The cursor of the next page; null once there is nothing more.")
    notes: list[Note]
