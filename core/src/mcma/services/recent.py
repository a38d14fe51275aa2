"""Answers that may be a few seconds old: an app that plays a file asks for it range by range."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `capacity` answers, each for `seconds`. When it is full, the oldest go."""

    def __init__(
        self, seconds: float, capacity: int = 1000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._capacity, self._clock = seconds, capacity, clock
        self._held: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V | None:
        found = self._held.get(key)
        if found is None:
            return None
        if found[0] <= self._clock():
            self._held.pop(key, None)
            return None
        return found[1]

    def clear(self) -> None:
        """What was answered may be wrong from now on."""
        self._held.clear()

    def put(self, key: K, value: V) -> V:
        self._held.pop(key, None)
        while len(self._held) >= self._capacity:
            self._held.pop(next(iter(self._held)))
        self._held[key] = (self._clock() + self._seconds, value)
        return value
