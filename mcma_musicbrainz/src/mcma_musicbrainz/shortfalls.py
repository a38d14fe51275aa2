"""What could not be asked about one item, while all else could."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from mcma_musicbrainz.searching import LIMITED
from mcma_musicbrainz.service import TOO_LARGE
from mcma_plugins import PluginError, RetryLater
from mcma_plugins.enrichers import Reason

ENOUGH: Final = 0.6
"""What fits as well is worth telling, also when not everything was asked."""


class Shortfalls:
    def __init__(self) -> None:
        self._met: list[PluginError] = []

    def add(self, fault: PluginError | None) -> None:
        if fault is not None:
            self._met.append(fault)

    @contextmanager
    def noted(self) -> Iterator[None]:
        try:
            yield
        except PluginError as error:
            if error.stable_code not in (LIMITED, TOO_LARGE):
                raise
            self._met.append(error)

    def check(self, scores: Iterable[float]) -> None:
        """Who knows too little says why: else it would be remembered that nothing is known."""
        if self._met and max(scores, default=0.0) < ENOUGH:
            raise self._met[0]

    @property
    def reasons(self) -> Sequence[Reason]:
        return [Reason("asked", None, said) for said in dict.fromkeys(one.message for one in self._met)]


def limited(error: PluginError, after: timedelta) -> RetryLater:
    """As a fault of this question alone."""
    return RetryLater(error.message, after=after.total_seconds(), code=LIMITED, hint=error.hint)
