"""What the last question said about the service: for its health, and so that it gets the rest it asks for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from mcma_plugins.errors import AuthorisationNeeded, McmaError, RetryLater

_RESTS: Final = frozenset({"rate_limited", "blocked"})


class Condition:
    """Of one way to the service. `clock`: seconds, never backwards."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        self.state = "ready"
        self.reason: str | None = None
        self._hint: str | None = None
        self._until = 0.0

    @property
    def rest(self) -> float:
        """Seconds during which it should be left alone."""
        return max(0.0, self._until - self._clock())

    def check(self) -> None:
        """Raises what was said last, while the service has asked to be left alone."""
        if self.state in _RESTS and self.rest > 0:
            raise RetryLater(self.reason or self.state, after=self.rest, code=self.state, hint=self._hint)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Takes what the block raises for the condition of the service, and its end for a sign of health."""
        try:
            yield
        except RetryLater as error:
            self._note(error, error.after or 0.0)
            raise
        except AuthorisationNeeded as error:
            self._note(error, 0.0)
            raise
        else:
            self.clear()

    def _note(self, error: McmaError, after: float) -> None:
        self.state, self.reason = error.stable_code, error.message
        self._hint = error.hint
        self._until = self._clock() + after
