"""Durations: some seconds are nothing, more are another edit."""

from mcma.domain.matching.values import FieldReason

NOTHING_MS = 3_000
MOST_NOTHING_MS = 8_000
FAR_MS = 12_000
LONGEST_MS = 2**53


def against(one: int | None, other: int | None) -> tuple[FieldReason, float]:
    """How well they agree, and the most that is left of a score."""
    if not one or not other or one < 0 or other < 0:
        return FieldReason("duration", None, "a duration is not said on both sides"), 1.0
    one, other = min(one, LONGEST_MS), min(other, LONGEST_MS)
    apart, longer = abs(one - other), max(one, other)
    nothing = min(max(NOTHING_MS, longer // 50), MOST_NOTHING_MS)
    far = max(FAR_MS, longer * 8 // 100)
    score = min(1.0, max(0.0, 1 - (apart - nothing) / (far - nothing)))
    if score == 1.0:
        return FieldReason("duration", 1.0, "of one length"), 1.0
    note = f"{apart / 1000:.0f} s apart"
    if score > 0:
        return FieldReason("duration", round(score, 3), note), 0.7 + 0.3 * score
    return FieldReason("duration", 0.0, note), 0.72 if apart * 4 <= longer else 0.5
