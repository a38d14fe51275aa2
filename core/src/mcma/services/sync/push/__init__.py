"""What clients did while they were away, taken back: see `docs/sync.md`, Pushing."""

from mcma.services.sync.push.batch import (
    LARGEST,
    MOST_EVENTS,
    Batch,
    Outcome,
    Pushed,
    Result,
    Sent,
)
from mcma.services.sync.push.push import Push

__all__ = ["LARGEST", "MOST_EVENTS", "Batch", "Outcome", "Push", "Pushed", "Result", "Sent"]
