"""Time and new ids."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID


def utcnow() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random bits."""
    millis = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10), "big")
    high = (millis & ((1 << 48) - 1)) << 16 | 0x7000 | (tail >> 62) & 0x0FFF
    low = (0b10 << 62) | tail & ((1 << 62) - 1)
    return UUID(int=high << 64 | low)
