"""The rows of a whole playlist put into another order, with as few of them moved as possible."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from mcma.domain.positions import LONGEST, spaced, spread


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a playlist; without a track it waits for one."""

    id: UUID
    position: str
    track_id: UUID | None
    added_at: datetime

    def of(self, track: UUID) -> "Row":
        return self if track == self.track_id else replace(self, track_id=track)


def refilled(rows: Sequence[Row], fresh: Sequence[Row], stays: Callable[[Row], bool]) -> list[Row]:
    """The new tracks in order; rows that `stays` are at the place in the list that they had.

    A track that was there takes its old row along.
    """
    held: dict[UUID | None, list[Row]] = defaultdict(list)
    for row in reversed(rows):
        if not stays(row):
            held[row.track_id].append(row)
    made = [held[row.track_id].pop() if held[row.track_id] else row for row in fresh]
    for place, row in enumerate(rows):
        if stays(row):
            made.insert(min(place, len(made)), row)
    return made


def placed(rows: Sequence[Row]) -> list[Row]:
    """The rows with positions that rise: the longest run in order stays, the others fit in between.

    Where that would take long positions, or finds no room, all are placed anew.
    """
    try:
        return _fitted(rows)
    except ValueError:
        places = spread(len(rows))
        return [replace(row, position=place) for row, place in zip(rows, places, strict=True)]


def _fitted(rows: Sequence[Row]) -> list[Row]:
    made: list[Row] = []
    last: str | None = None
    start = 0
    for fixed in [*_rising(rows), len(rows)]:
        following = rows[fixed].position if fixed < len(rows) else None
        gap = rows[start:fixed]
        places = spaced(len(gap), last, following)
        made += [replace(row, position=place) for row, place in zip(gap, places, strict=True)]
        if following is not None:
            made.append(rows[fixed])
        last, start = following, fixed + 1
    if any(len(row.position) > LONGEST for row in made):
        raise ValueError("long positions")
    return made


def _rising(rows: Sequence[Row]) -> list[int]:
    """Indexes of a longest run of rows whose positions rise (patience sorting)."""
    ends: list[str] = []
    at: list[int] = []
    before: dict[int, int | None] = {}
    for index, row in enumerate(rows):
        if row.position:
            pile = bisect_left(ends, row.position)
            before[index] = at[pile - 1] if pile else None
            ends[pile : pile + 1] = [row.position]
            at[pile : pile + 1] = [index]
    found: list[int] = []
    last = at[-1] if at else None
    while last is not None:
        found.append(last)
        last = before[last]
    return found[::-1]
