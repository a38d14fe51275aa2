"""From logs to state: when something has been liked since, which listens are one play, which plays count.

All are folds over a log in the order (time, id), so that the state is the same in whatever order events come.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

SAME_PLAY_S = 30
"""Listens of other channels that start this close are the same listening (sync protocol)."""
FULL_MS = 240_000
"""Four minutes count whatever the length (Last.fm's rule, as half of the length is)."""


class LikeMark(NamedTuple):
    at: datetime
    id: UUID
    liked: bool


class RatingMark(NamedTuple):
    at: datetime
    id: UUID
    rating: int


class Heard(NamedTuple):
    """One observation. Sorted as it is: by time, then id."""

    at: datetime
    """When it started."""
    id: UUID
    source: str
    ms_played: int | None
    precision_s: int = 1


class PlayState(NamedTuple):
    """One listening. Its id is the first listen's, so that it can be made again."""

    id: UUID
    listen_id: UUID
    started_at: datetime
    ms_played: int | None
    counted: bool
    listens: tuple[UUID, ...]


def liked_since(marks: Iterable[LikeMark]) -> datetime | None:
    """The first like after the last withdrawal: liking again does not move it."""
    since = None
    for mark in sorted(marks):
        since = (since or mark.at) if mark.liked else None
    return since


def rated(marks: Iterable[RatingMark]) -> tuple[int | None, datetime | None]:
    """The last rating and when it was given; 0 has removed it."""
    last = max(marks, default=None)
    return (last.rating or None, last.at) if last else (None, None)


def counts(ms_played: int | None, duration_ms: int) -> bool:
    """Half of the track, four minutes, or a channel that reports full plays only."""
    return ms_played is None or ms_played >= FULL_MS or 2 * ms_played >= duration_ms


@dataclass(slots=True)
class _Listening:
    heard: list[Heard] = field(default_factory=list)

    def takes(self, one: Heard) -> bool:
        """The same channel never reports one play twice: two starts are two plays."""
        first = self.heard[0]
        near = timedelta(seconds=max(SAME_PLAY_S, first.precision_s, one.precision_s))
        return one.at - first.at <= near and all(one.source != each.source for each in self.heard)

    def state(self, duration_ms: int) -> PlayState:
        best = min(self.heard, key=_poverty)
        return PlayState(
            self.heard[0].id, best.id, best.at, best.ms_played, counts(best.ms_played, duration_ms),
            tuple(sorted(each.id for each in self.heard)),
        )  # fmt: skip


def _poverty(one: Heard) -> tuple[bool, int, int, datetime, UUID]:
    """The richest first: how much was played, then when it was, and how exactly."""
    return one.ms_played is None, one.precision_s, -(one.ms_played or 0), one.at, one.id


def plays_of(heard: Iterable[Heard], duration_ms: int) -> list[PlayState]:
    """The plays of one user and one track."""
    made: list[_Listening] = []
    for one in sorted(heard):
        taker = next((each for each in reversed(made[-8:]) if each.takes(one)), None)
        if taker is None:
            made.append(taker := _Listening())
        taker.heard.append(one)
    return [each.state(duration_ms) for each in made]
