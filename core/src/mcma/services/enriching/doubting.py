"""Core's own doubt: what contradicts what tags and people really say is never taken by itself, however sure
the enricher is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mcma.domain.matching import Facts, compare
from mcma.services.enriching.known import Base, Known
from mcma_plugins.enrichers import Candidate, Reason
from mcma_plugins.values import ItemKind

FIELD = "doubt"
"""Of the reasons that are core's."""
AGAINST = 0.5
"""A title or a credit below this is another one."""
MOST_ODD = 1 / 3
"""Of the tracks, of which the title or the credit alone is another: names are spelt in many ways, an album in
few."""
_EMPTY = re.compile(
    r"(?:audio ?)?(?:track|titel|title|piste|pista|spur|untitled|unknown)?[\s_#.-]*\d*"
    r"|unknown (?:title|album|artist)",
    re.IGNORECASE,
)


class Doubted(NamedTuple):
    candidate: Candidate
    score: float
    """What core makes of it."""
    reasons: Sequence[Reason]


class _Odd(NamedTuple):
    title: str
    against: bool
    """Both the title and the credit are others."""


def doubted(known: Known, candidate: Candidate, most: float, unlikely: float = 0.0) -> Doubted:
    """`most`: the highest score of what a person is asked about; `unlikely`: of what nobody is."""
    reasons = list(_doubts(known, candidate))
    score = min(candidate.score, most) if reasons else candidate.score
    if (mixed := _mixed(known, candidate)) is not None:
        reasons, score = [mixed, *reasons], min(score, unlikely)
    return Doubted(candidate, score, (*reasons, *candidate.reasons))


def _mixed(known: Known, candidate: Candidate) -> Reason | None:
    """A folder is no album for some of its tracks."""
    every, named = len(known.track_ids), len(candidate.tracks)
    if known.item.kind is not ItemKind.FOLDER or 2 * named >= every:
        return None
    return Reason(FIELD, 0.0, f"only {named} of the {every} tracks of the folder are on it")


def _doubts(known: Known, candidate: Candidate) -> Iterator[Reason]:
    odd = [one for id_ in candidate.tracks if (one := _odd(known.bases[id_], _said(candidate, id_)))]
    against = [one for one in odd if one.against]
    if against:
        yield Reason(FIELD, 0.0, f"{against[0].title}: the tags name another title and another artist")
    elif len(odd) > MOST_ODD * len(candidate.tracks):
        note = f"{odd[0].title}: the tags name another title or another artist"
        yield Reason(FIELD, 0.2, f"{note} ({len(odd)} of {len(candidate.tracks)} tracks)")
    if any(_other_album(known.bases[id_], _said(candidate, id_)) for id_ in candidate.tracks):
        yield Reason(FIELD, 0.0, "the tags name another album by another artist")


def _said(candidate: Candidate, track_id: Any) -> Mapping[str, Any]:
    return {**candidate.fields, **candidate.tracks[track_id]}


def _odd(base: Base, said: Mapping[str, Any]) -> _Odd | None:
    facts = base.facts
    found = Facts(
        _text(said.get("title")) or facts.title, _names(said.get("artists")) or facts.artists,
        recording_mbid=_text(said.get("recording_mbid")) or None,
    )  # fmt: skip
    if _EMPTY.fullmatch(facts.title):
        return None
    scores = _scores(Facts(facts.title, facts.artists, recording_mbid=base.recording), found)
    other = [score is not None and score < AGAINST for score in scores]
    if not any(other):
        return None
    return _Odd(facts.title, other[0] and (other[1] or scores[1] is None))


def _other_album(base: Base, said: Mapping[str, Any]) -> bool:
    facts = base.album
    found = Facts(_text(said.get("album")), _names(said.get("album_artists")))
    if not facts.title or not found.title or _EMPTY.fullmatch(facts.title):
        return False
    title, artist = _scores(facts, found)
    return title is not None and artist is not None and max(title, artist) < AGAINST


def _scores(one: Facts, other: Facts) -> tuple[float | None, float | None]:
    """Of the title and of the credit. The same recording by its id is the same, whatever it is called."""
    found = {reason.field: reason.score for reason in compare(one, other).reasons}
    return (1.0, 1.0) if "recording" in found and found["recording"] == 1.0 else (
        found.get("title"), found.get("artist")
    )  # fmt: skip


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _names(value: Any) -> tuple[str, ...]:
    """None where an enricher says something else than a list: no more than that is checked before this."""
    listed = value if isinstance(value, list | tuple) else ()
    found = [one.get("name") if isinstance(one, Mapping) else one for one in listed]
    return tuple(name for name in found if isinstance(name, str) and name)
