"""What is compared, and what comes of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a recording, by whom ever. `artists` are names or whole credits, in any order."""

    title: str
    artists: tuple[str, ...] = ()
    album: str | None = None
    duration_ms: int | None = None
    isrc: str | None = None
    recording_mbid: str | None = None


class FieldReason(NamedTuple):
    field: str
    """title, artist, version, number, duration, album, isrc or recording."""
    score: float | None
    """0 to 1; None: it cannot be said."""
    note: str
    """For people."""


class Version(StrEnum):
    SAME = "same"
    OTHER = "other"
    """The same song, another version of it: live, a remix, karaoke."""


class Compared(NamedTuple):
    score: float
    """0 to 1: how surely both are one recording."""
    reasons: tuple[FieldReason, ...]
    version: Version = Version.SAME


class Band(StrEnum):
    AUTOMATIC = "automatic"
    REVIEW = "review"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Bands:
    """From which score on something is taken by itself, and from which on a person is asked."""

    automatic: float = 0.90
    review: float = 0.70

    def verdict(self, score: float) -> Band:
        if score >= self.automatic:
            return Band.AUTOMATIC
        return Band.REVIEW if score >= self.review else Band.NONE


class Limits:
    """The highest score that is left when something speaks against it."""

    def __init__(self) -> None:
        self.reasons: list[FieldReason] = []
        self.most = 1.0

    def note(self, field: str, score: float | None, note: str, most: float = 1.0) -> None:
        self.reasons.append(FieldReason(field, None if score is None else round(score, 3), note))
        self.most = min(self.most, most)
