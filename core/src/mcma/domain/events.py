"""What becomes of an event that a client sends (sync protocol)."""

from enum import StrEnum


class Status(StrEnum):
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    """The same id with the same content: it was answered before."""
    SUPERSEDED = "superseded"
    """Stored, but something later decides the state, or a part of it."""
    REJECTED = "rejected"
    """It never will be anything."""
    DEFERRED = "deferred"
    """Not stored: to be sent again."""
