"""Proposals compared with what is said, and whether one of them is it without asking."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from mcma.domain.matching import Band, Bands, Compared, Facts, FieldReason, compare
from mcma.services.matching.values import Judged, Outcome, Proposal, Verdict

NEAR = 0.03
"""Two tracks whose scores are this near each other are told apart by a person."""
MOST_LIFTED = 0.89
"""What a plugin's word alone can bring a score to."""


def judged(said: Facts, proposals: Iterable[Proposal]) -> list[Judged]:
    """The best first; of equal ones the first."""
    found = [Judged(one, _with_word(compare(said, one.facts), one)) for one in proposals]
    return sorted(found, key=lambda one: -one.score)


def _with_word(compared: Compared, proposal: Proposal) -> Compared:
    word = proposal.claimed_score
    if word is None:
        return compared
    word = min(max(word, 0.0), 1.0)
    note = proposal.claimed_reason[:200] or "proposed"
    reasons = (*compared.reasons, FieldReason("plugin", word, note))
    return compared._replace(score=max(compared.score, min(word, MOST_LIFTED)), reasons=reasons)


def verdict(found: Sequence[Judged], bands: Bands) -> Verdict:
    """Of candidates that may be chosen, the best first."""
    if not found:
        return Verdict(Outcome.NONE)
    best = found[0]
    band = bands.verdict(best.score)
    if band is Band.NONE:
        return Verdict(Outcome.NONE, None, best.score)
    if band is Band.AUTOMATIC and not _rivals(best, found[1:]):
        return Verdict(Outcome.AUTOMATIC, best.thing, best.score)
    return Verdict(Outcome.HELD, None, best.score)


def _rivals(best: Judged, others: Iterable[Judged]) -> bool:
    """Things of a source that are much alike do as well as each other; two tracks of a library may be two
    takes, unless they are known to be one recording."""
    if best.thing.track_id is None:
        return False
    near = [one for one in others if one.thing.track_id is not None and one.score >= best.score - NEAR]
    return any(not _one_recording(best.recording_id, one.recording_id) for one in near)


def _one_recording(one: UUID | None, other: UUID | None) -> bool:
    return one is not None and one == other
