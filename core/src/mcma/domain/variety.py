"""An order that people like to hear: the better more often and earlier, and no artist in a row.

A plain shuffle (Fisher and Yates) puts an artist's tracks side by side more often than people expect. So the
draw is by weight, and each place then takes the first of the drawn whose artist is not heard too often near
it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from random import Random
from typing import NamedTuple
from uuid import UUID


class Choice(NamedTuple):
    id: UUID
    score: float
    artist: UUID | None = None
    album: UUID | None = None


@dataclass(frozen=True, slots=True)
class Variety:
    """An artist at most `most` times in any `within` places, and the same for an album; never twice in a row
    while there is anything else."""

    most: int
    within: int
    heat: float = 0.0
    """0 orders by score; the larger, the more luck. A score larger by `heat` is 2.7 times as likely."""


LISTED = Variety(most=3, within=10)
"""Of a list of similar tracks: the best first."""
RADIO = Variety(most=2, within=8, heat=0.4)


def arranged(
    choices: Iterable[Choice], count: int, rule: Variety, random: Random, before: Sequence[Choice] = ()
) -> list[Choice]:
    """At most `count` of them. `before` are those that come just before the first, in their order."""
    waiting = _drawn(choices, rule.heat, random)
    near: deque[Choice] = deque(before[-(rule.within - 1) :], maxlen=rule.within - 1)
    chosen: list[Choice] = []
    while waiting and len(chosen) < count:
        place = _first_that_fits(waiting, near, rule)
        chosen.append(waiting.pop(place))
        near.append(chosen[-1])
    return chosen


def _drawn(choices: Iterable[Choice], heat: float, random: Random) -> list[Choice]:
    """Weighted sampling without replacement: the Gumbel-max trick. In an order that the seed decides."""
    ordered = sorted(choices, key=lambda choice: (-choice.score, choice.id))
    if not heat:
        return ordered
    keys = {one.id: one.score / heat - log(-log(random.random() or 1e-12)) for one in ordered}
    return sorted(ordered, key=lambda one: -keys[one.id])


def _first_that_fits(waiting: Sequence[Choice], near: Sequence[Choice], rule: Variety) -> int:
    """By both rules, else not twice in a row, else whatever is there."""
    second: int | None = None
    for place, one in enumerate(waiting):
        if _follows_itself(one, near):
            continue
        if _rare(one, near, rule):
            return place
        second = place if second is None else second
    return second or 0


def _follows_itself(one: Choice, near: Sequence[Choice]) -> bool:
    return bool(near) and one.artist is not None and near[-1].artist == one.artist


def _rare(one: Choice, near: Sequence[Choice], rule: Variety) -> bool:
    artist = sum(1 for other in near if one.artist is not None and other.artist == one.artist)
    album = sum(1 for other in near if one.album is not None and other.album == one.album)
    return artist < rule.most and album < rule.most
