"""A source that said how long to wait is left in peace for that long."""

from collections.abc import Callable
from datetime import datetime, timedelta

from mcma.services.outside.faults import SourceFault
from mcma.store.clock import utcnow


class Pauses:
    def __init__(self, clock: Callable[[], datetime] = utcnow) -> None:
        self._clock = clock
        self._held: dict[str, tuple[datetime, SourceFault]] = {}

    def note(self, fault: SourceFault) -> None:
        if fault.retry_after is not None:
            self._held[fault.source] = (self._clock() + timedelta(seconds=fault.retry_after), fault)

    def forget(self, source: str) -> None:
        """It has answered, or somebody has changed what was wrong with it."""
        self._held.pop(source, None)

    def of(self, source: str) -> tuple[datetime, SourceFault] | None:
        """Until when, and why."""
        held = self._held.get(source)
        if held is not None and held[0] <= self._clock():
            del self._held[source]
            return None
        return held

    def check(self, source: str) -> None:
        """Raises the fault again, with what is left of the time."""
        if (held := self.of(source)) is not None:
            until, was = held
            left = (until - self._clock()).total_seconds()
            raise SourceFault(source, was.state, was.reason, left, permanent=was.permanent, hint=was.hint)
