"""Which goes with which, so that all of them together fit best: the Hungarian method.

Kuhn 1955, in the form with potentials and shortest augmenting paths (Jonker and Volgenant 1987): O(n² m).
A module of its own, since SciPy is 100 MB for one function on a small server.
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple


class _State(NamedTuple):
    rows: list[float]
    columns: list[float]
    """Potentials; the last column is where paths begin."""
    row_of: list[int]
    """By column; -1 for none."""


def assign(costs: Sequence[Sequence[float]]) -> list[int | None]:
    """The column of each row; None for rows that are left over when there are more of them than columns.

    `costs` are finite, all rows as long as the first. min(rows, columns) pairs are made, with the least sum.
    """
    if not costs or not costs[0]:
        return [None] * len(costs)
    if len(costs) <= len(costs[0]):
        return list(_columns_of(costs))
    rows_of = _columns_of(list(zip(*costs, strict=True)))
    found: list[int | None] = [None] * len(costs)
    for column, row in enumerate(rows_of):
        found[row] = column
    return found


def _columns_of(costs: Sequence[Sequence[float]]) -> list[int]:
    """For at least as many columns as rows."""
    width = len(costs[0])
    state = _State([0.0] * len(costs), [0.0] * (width + 1), [-1] * (width + 1))
    for row in range(len(costs)):
        _add(row, costs, state)
    found = [-1] * len(costs)
    for column, row in enumerate(state.row_of[:width]):
        if row >= 0:
            found[row] = column
    return found


def _add(row: int, costs: Sequence[Sequence[float]], state: _State) -> None:
    """Finds a column for one more row, moving others where that is cheaper."""
    start = len(costs[0])
    least, before = [inf] * start, [start] * start
    used: list[int] = []
    free = set(range(start))
    state.row_of[start], column = row, start
    while state.row_of[column] != -1:
        used.append(column)
        free.discard(column)
        step, following = _nearest(column, costs, state, least, before, free)
        for one in used:
            state.rows[state.row_of[one]] += step
            state.columns[one] -= step
        for one in free:
            least[one] -= step
        column = following
    while column != start:
        state.row_of[column] = state.row_of[before[column]]
        column = before[column]


def _nearest(
    column: int,
    costs: Sequence[Sequence[float]],
    state: _State,
    least: list[float],
    before: list[int],
    free: set[int],
) -> tuple[float, int]:
    """The cheapest step onwards: what it costs, and where it leads. Ties: the first column."""
    row = state.row_of[column]
    own, base, columns = costs[row], state.rows[row], state.columns
    nearest, where = inf, -1
    for one in free:
        reduced = own[one] - base - columns[one]
        if reduced < least[one]:
            least[one], before[one] = reduced, column
        if least[one] < nearest or (least[one] == nearest and one < where):
            nearest, where = least[one], one
    return nearest, where
