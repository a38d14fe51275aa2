"""How the archive was when it was last asked. Nobody asks it only to find out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from mcma_plugins import AuthorisationNeeded, PermanentError, PluginError, RetryLater, SourceHealth

SHORTEST_REST: Final = 30.0
"""Seconds, when it asks to slow down and does not say for how long."""
_OF_THE_ARCHIVE: Final = {"no_network", "unreachable", "rate_limited", "blocked", "misconfigured"}
_WHEREVER: Final = {"no_network", "rate_limited"}
"""What holds for all of it, also when a file was asked for: those come from many servers."""


@dataclass
class Condition:
    seconds: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _fault: PluginError | None = None
    _last_success: datetime | None = None
    _rests_until: float = 0.0

    @property
    def _left(self) -> float:
        return self._rests_until - self.seconds()

    def check(self) -> None:
        """Raises `RetryLater` while it wants to be left alone."""
        if self._left > 0:
            code = "rate_limited" if self._fault is None else self._fault.stable_code
            raise RetryLater("The archive asked to be left alone for a while.", after=self._left, code=code)

    def well(self) -> None:
        self._fault, self._last_success = None, self.now()

    def fault(self, error: PluginError, of_one_file: bool = False) -> PluginError:
        """The error to raise, remembered when it says something about the archive as a whole."""
        said = error if of_one_file else _of_the_whole(error)
        passing = isinstance(said, RetryLater) or said.stable_code in _OF_THE_ARCHIVE
        if passing and (not of_one_file or said.stable_code in _WHEREVER):
            self._fault = said
            self._rests_until = max(self._rests_until, self.seconds() + _rest(said))
        return said

    def health(self) -> SourceHealth:
        last = self._last_success
        details = {"last_success": None if last is None else last.isoformat()}
        if self._left > 0:
            details["until"] = (self.now() + timedelta(seconds=self._left)).isoformat()
        elif self._fault is None or self._fault.stable_code == "rate_limited":
            return SourceHealth(True, "ready", None, details)
        if self._fault is None:
            return SourceHealth(False, "rate_limited", "It asked to be left alone for a while.", details)
        known = self._fault.stable_code in _OF_THE_ARCHIVE
        return SourceHealth(
            False, self._fault.stable_code if known else "degraded", self._fault.message, details
        )


def _rest(said: PluginError) -> float:
    """Seconds to leave it alone for: as long as it says, and a while when it only says `too often`."""
    if not isinstance(said, RetryLater):
        return 0.0
    return max(said.after or 0.0, SHORTEST_REST if said.stable_code == "rate_limited" else 0.0)


def _of_the_whole(error: PluginError) -> PluginError:
    if isinstance(error, AuthorisationNeeded) or error.stable_code == "forbidden":
        return RetryLater("The archive refuses this server.", code="blocked")
    if isinstance(error, PermanentError) and error.stable_code == "refused_address":
        return PermanentError(
            error.message, code="misconfigured", hint="MCMA_PLUGIN_ARCHIVE_ALLOWED_HOSTS=host:port"
        )
    return error
