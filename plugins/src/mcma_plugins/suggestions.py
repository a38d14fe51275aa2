"""What is like something else, and why. Values that `services.Radio` hands to adapters."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from mcma_plugins.values import ArtistView, ItemRef, TrackView


class Reason(NamedTuple):
    """One reason for a suggestion. `code` is stable, `text` is for people."""

    code: str
    """sounds_alike, played_together, same_artist, credited_together, shared_genre, near_year, same_mood,
    same_label, same_tempo, liked, or from_your_library where nothing better was left."""
    text: str
    weight: float
    """Its part of the score."""


class Suggestion(NamedTuple):
    track: TrackView
    score: float
    """The sum of the weights; comparable within one answer only."""
    reasons: tuple[Reason, ...]
    """The strongest first; never empty."""


class ArtistSuggestion(NamedTuple):
    artist: ArtistView
    score: float
    reasons: tuple[Reason, ...]


class Note(NamedTuple):
    """Why an answer is less good than it could be."""

    code: str
    """sound_absent, sound_failed or just_heard."""
    text: str


class SuggestedTracks(NamedTuple):
    items: Sequence[Suggestion]
    notes: tuple[Note, ...] = ()


class SuggestedArtists(NamedTuple):
    items: Sequence[ArtistSuggestion]
    notes: tuple[Note, ...] = ()


class RadioAbout(NamedTuple):
    """What a radio is to be like: tracks, albums, artists and playlists, a genre; the caller's own taste when
    nothing is named."""

    items: tuple[ItemRef, ...] = ()
    genre: str | None = None


class RadioPage(NamedTuple):
    id: UUID
    items: Sequence[Suggestion]
    next: int | None
    """How many tracks lie before the next page; None when there is nothing more to give."""
    notes: tuple[Note, ...] = ()


UNKNOWN_LIKENESS = -1.0
"""OpenSubsonic's word for it."""


class SonicMatch(NamedTuple):
    track: TrackView
    likeness: float
    """How much it sounds like the song asked about: 1 for the same sound, 0 for nothing in common,
    `UNKNOWN_LIKENESS` where it is too far away to tell."""


class SonicTracks(NamedTuple):
    items: Sequence[SonicMatch]
    notes: tuple[Note, ...] = ()
