"""What comes of an answer. Pure: what is known, what stands, and what was refused, decide."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from mcma.domain.matching import Band
from mcma.services.enriching.doubting import FIELD, Doubted
from mcma.services.enriching.policy import Policy
from mcma_plugins.enrichers import Candidate, Reason


class Outcome(StrEnum):
    NOTHING = "nothing"
    REVIEW = "review"
    APPLIED = "applied"
    SAME = "same"
    """It is what stands already."""
    KEPT = "kept"
    """A person, or an earlier answer, has decided otherwise, and that stands."""


class Standing(NamedTuple):
    """What was taken of this enricher's answers."""

    ref: str
    by_person: bool
    """Also where more of it was taken by itself since."""
    said: Any
    """As `said_by` makes it."""


class Verdict(NamedTuple):
    outcome: Outcome
    chosen: Doubted | None = None
    why: Reason | None = None
    """Why a person is asked about something that is sure enough."""


def verdict(
    found: Sequence[Doubted], policy: Policy, standing: Standing | None, refused: Collection[str]
) -> Verdict:
    """`found` is the answer, the best first as core sees it; `refused` the refs that are never taken."""
    open_ = [one for one in found if one.candidate.ref not in refused]
    open_ = [one for one in open_ if policy.bands.verdict(one.score) is not Band.NONE]
    if standing is not None:
        return _again(open_, policy, standing)
    if not open_:
        return Verdict(Outcome.NOTHING)
    best = open_[0]
    why = _question(best, open_, policy)
    sure = policy.bands.verdict(best.score) is Band.AUTOMATIC and why is None
    return Verdict(Outcome.APPLIED if sure else Outcome.REVIEW, best, why)


def _question(best: Doubted, found: Sequence[Doubted], policy: Policy) -> Reason | None:
    if policy.mode == "review":
        return Reason(FIELD, None, "a person decides about everything here (MCMA_ENRICH)")
    for other in found[1:]:
        if best.score - other.score < policy.lead and said_by(other.candidate) != said_by(best.candidate):
            return Reason(FIELD, other.score, f"{other.candidate.title} is as likely")
    return None


def _again(found: Sequence[Doubted], policy: Policy, standing: Standing) -> Verdict:
    """What was taken stays as long as it is among what is likely; only a person puts another in its place."""
    same = next((one for one in found if one.candidate.ref == standing.ref), None)
    if same is not None and said_by(same.candidate) == standing.said:
        return Verdict(Outcome.SAME, same)
    if same is not None and policy.mode != "review" and (
        standing.by_person or policy.bands.verdict(same.score) is Band.AUTOMATIC
    ):  # fmt: skip
        return Verdict(Outcome.APPLIED, same)
    if not found or standing.by_person:
        return Verdict(Outcome.KEPT)
    return Verdict(Outcome.REVIEW, same or found[0], Reason(FIELD, None, "something else was taken before"))


def said_by(candidate: Candidate) -> Any:
    """All values, comparable with what was kept."""
    tracks = {str(id_): dict(values) for id_, values in candidate.tracks.items()}
    artists = {mbid: dict(values) for mbid, values in candidate.artists.items()}
    return [dict(candidate.fields), tracks, artists, candidate.picture]
