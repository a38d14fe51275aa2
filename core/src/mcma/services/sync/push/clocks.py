"""Devices whose clocks are wrong: what they say of times is moved by as much as they are wrong."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

TOLERATED = timedelta(minutes=2)
"""What a batch may have been on its way for, or a clock be wrong by, before anything is corrected."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(NamedTuple):
    """Of one batch."""

    sent_at: datetime
    """As the device said."""
    received_at: datetime

    def corrected(self, at: datetime) -> datetime:
        """Never ahead of now: nothing that happened did so later."""
        skew = self.received_at - self.sent_at
        moved = at + skew if abs(skew) > TOLERATED else at
        return max(_FIRST, min(moved, self.received_at))
