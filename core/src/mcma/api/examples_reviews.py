"""What reviews look like in the document."""

from datetime import timedelta
from typing import Any

from mcma.api import shapes_reviews as shapes
from mcma.services.matching.barring import BlockView
from mcma.services.matching.deciding import Decided
from mcma.services.matching.reviews import CandidateView, ReviewView
from mcma.services.matching.service import Answered
from mcma.services.matching.values import Thing
from mcma_plugins.values import ClaimView, TrackView, UserView


def review_examples(claim: ClaimView, track: TrackView, user: UserView) -> dict[str, Any]:
    at, id_ = user.created_at, track.id
    live = CandidateView(
        id_, id_, None, None, "Little Girl Blue (Live)", ("Nina Simone",), None, 398_000, 0.6, "other",
        (("title", 1.0, "the same title"), ("version", 0.0, "live on one side alone")), "library", (), at,
    )  # fmt: skip
    video = live._replace(
        id=claim.id, track_id=None, source="youtube", source_id="dQw4w9WgXcQ", score=0.86,
        title="Little Girl Blue", duration_ms=262_000, version="same",
        reasons=(("duration", 0.53, "8 s apart"),), provider="source:youtube",
        links=("https://music.example/watch?v=dQw4w9WgXcQ",),
    )  # fmt: skip
    review = shapes.review(
        ReviewView(claim.id, user.id, user.name, claim, "open", "download", 0.86, None, None, None, None, at,
                   at + timedelta(hours=1), (video, live))
    )  # fmt: skip
    block = BlockView(id_, user.id, None, None, "youtube", "dQw4w9WgXcQ", "A bad copy", at)
    decided = Answered(claim.id, Decided(claim.id, id_, True, Thing(id_)), None)
    return {
        "MatchCandidate": review["candidates"][1],
        "MatchReason": {"field": "version", "score": 0.0, "note": "live on one side alone"},
        "ReviewAnswer": shapes.review_answer(decided), "Review": review,
        "MatchBlock": shapes.match_block(block),
        "ReviewAnswers": {"results": [shapes.review_answer(decided)]},
    }  # fmt: skip
