"""How far it is known what something is, from where it stands with each enricher. Pure."""

from collections.abc import Collection

MANUAL, REVIEW, ENRICHED, FAILED, PENDING = "manual", "review", "enriched", "failed", "pending"
_ORDER = (REVIEW, ENRICHED, FAILED, PENDING)
_ANSWERED = frozenset({"nothing", "failed", "enriched"})


def automatic_status(states: Collection[str], *, taken: bool) -> str:
    """`states`: those of `enrichment_states`. `taken`: a value of what was identified is laid over the tags;
    a track that the answer for its album does not name has none."""
    if REVIEW in states:
        return REVIEW
    if taken:
        return ENRICHED
    return FAILED if states and all(one in _ANSWERED for one in states) else PENDING


def album_status(tracks: Collection[str]) -> str:
    """Of an album whose tracks have these."""
    if tracks and all(one == MANUAL for one in tracks):
        return MANUAL
    return next((one for one in _ORDER if one in tracks), PENDING)
