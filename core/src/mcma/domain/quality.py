"""Which of a track's files is played."""

from typing import NamedTuple
from uuid import UUID


class Quality(NamedTuple):
    """Compared field by field: the greatest is preferred. The older id wins a tie."""

    present: bool
    lossless: bool
    depth: int
    rate: int
    bit_rate: int
    age: int


def quality(
    *, present: bool, lossless: bool, bit_depth: int | None, sample_rate_hz: int, bit_rate_kbps: int, id: UUID
) -> Quality:
    depth = (bit_depth or 0) if lossless else 0
    return Quality(present, lossless, depth, sample_rate_hz if lossless else 0, bit_rate_kbps, -id.int)
