"""Times as the protocol writes them, and ids that sort by them."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

Clock = Callable[[], datetime]
"""Answers an aware time. It may be wrong: the server corrects it by `sent_at`."""


def now() -> datetime:
    return datetime.now(UTC)


def text_of(time: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: such texts sort as the times do."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def uuid7(time: datetime) -> UUID:
    """RFC 9562, section 5.7: milliseconds, then chance."""
    milliseconds = max(0, int(time.timestamp() * 1000)) & (1 << 48) - 1
    chance = secrets.randbits(74)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | chance >> 62 << 64 | 0b10 << 62 | chance & (1 << 62) - 1)
