"""Provisional: what plugins of several processes that ask one service have in common, kept in the database.

Limits of a service are per address or account, not per process: `turn` gives each asker, in whichever
process, its own moment. Answers that were got once are kept by `remember`.
"""

from datetime import timedelta
from typing import Protocol


class Remote(Protocol):
    """One for each plugin; names and keys are its own."""

    async def turn(self, service: str, every: float) -> None:
        """Returns when the caller may ask. Turns are `every` seconds apart over all processes, by the clock
        of the database. Raises `RetryLater` (`rate_limited`, with `after`) at once when the wait would be
        more than a minute: a job that comes back is better than one that waits."""
        ...

    async def pause(self, service: str, seconds: float) -> None:
        """Nobody gets a turn for as long: the service asked to be left alone. Never shortens a pause."""
        ...

    async def recall(self, key: str) -> bytes | None:
        """What was remembered and has not aged."""
        ...

    async def remember(self, key: str, answer: bytes, keep: timedelta) -> None:
        """Keeps an answer (at most 1 MiB; what is larger is passed over), in place of what was there."""
        ...
