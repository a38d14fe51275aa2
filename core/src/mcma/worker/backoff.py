"""How long to wait before the next attempt: exponential back-off with full jitter, so that what failed
together does not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015)."""

import random
from collections.abc import Callable
from dataclasses import dataclass

_MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds. The first wait is at most `base`, each further one at most twice as long, none above `cap`."""

    base: float = 2.0
    cap: float = 3600.0
    jitter: Callable[[], float] = random.random
    """From 0 to 1."""

    def longest(self, attempt: int) -> float:
        """After so many attempts, counted from 1."""
        return min(self.cap, self.base * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))

    def delay(self, attempt: int) -> float:
        return self.jitter() * self.longest(attempt)
