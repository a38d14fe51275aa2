"""Reviews on the wire."""

from mcma.api.shapes import Shape, claim
from mcma.services.matching.barring import BlockView
from mcma.services.matching.reviews import CandidateView, ReviewView
from mcma.services.matching.service import Answered


def review(view: ReviewView) -> Shape:
    found = [_candidate(one) for one in view.candidates]
    return {**view._asdict(), "claim": claim(view.claim), "candidates": found}


def _candidate(view: CandidateView) -> Shape:
    reasons = [{"field": field, "score": score, "note": note} for field, score, note in view.reasons]
    return {**view._asdict(), "reasons": reasons}


def review_answer(made: Answered) -> Shape:
    error, thing = made.error, None if made.decided is None else made.decided.thing
    return {
        "claim_id": made.claim_id, "status": "decided" if error is None else "rejected",
        "code": error and error.stable_code, "message": error and error.message,
        "track_id": thing and thing.track_id, "source": thing and thing.source,
        "source_id": thing and thing.source_id,
    }  # fmt: skip


def match_block(view: BlockView) -> Shape:
    return view._asdict()
