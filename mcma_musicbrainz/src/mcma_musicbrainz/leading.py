"""Which of several recordings of a song that fit equally well."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from mcma_musicbrainz.likeness import titles_alike
from mcma_musicbrainz.pairs import SAME_MS
from mcma_musicbrainz.preferring import EQUAL, LEAD, Preference, preference
from mcma_musicbrainz.values import Recording
from mcma_plugins.enrichers import Reason

_SAME_TITLE: Final = 0.95


class RatedRecording(NamedTuple):
    recording: Recording
    score: float
    reasons: Sequence[Reason]
    proved: bool
    """An id or its sound speaks for it."""

    @property
    def names(self) -> Sequence[str]:
        return (self.recording.title, *self.recording.aliases)


def led(found: Sequence[RatedRecording], countries: Sequence[str]) -> list[RatedRecording]:
    """Best first. Of recordings that say the same and fit alike, the one of a record leads those of later
    collections: nobody is asked about each of them."""
    ranked = sorted(found, key=lambda one: (-one.score, *_preference(one.recording, countries)))
    if not ranked:
        return []
    peers = [one for one in ranked if _is_same(one, ranked[0])]
    if len(peers) < 2:
        return ranked
    first = min(peers, key=lambda one: _preference(one.recording, countries))
    others = [_behind(one, ranked[0].score) if one in peers else one for one in ranked if one is not first]
    note = f"preferred among {len(peers)} recordings that fit alike"
    leading = first._replace(score=ranked[0].score, reasons=(*first.reasons, Reason("edition", 1.0, note)))
    return [leading, *sorted(others, key=lambda one: (-one.score, *_preference(one.recording, countries)))]


def _is_same(one: RatedRecording, best: RatedRecording) -> bool:
    """What it is called, who made it and how long it is."""
    mine, theirs = one.recording, best.recording
    return (
        best.score - one.score <= EQUAL
        and titles_alike(_title(mine), _title(theirs)) >= _SAME_TITLE
        and [by.artist.mbid for by in mine.credits] == [by.artist.mbid for by in theirs.credits]
        and abs(mine.length_ms - theirs.length_ms) <= SAME_MS
    )


def _behind(one: RatedRecording, best: float) -> RatedRecording:
    reasons = (*one.reasons, Reason("edition", 0.0, "another recording fits as well and is preferred"))
    return one._replace(score=max(0.0, round(best - LEAD, 4)), reasons=reasons)


def _title(recording: Recording) -> str:
    said = recording.disambiguation
    return f"{recording.title} ({said})" if said else recording.title


def _preference(recording: Recording, countries: Sequence[str]) -> tuple[bool, bool, Preference | None, str]:
    """Music before a film of it; then by the best release that it is on."""
    best = min((preference(one, countries) for one in recording.releases), default=None)
    return recording.video, best is None, best, recording.mbid
