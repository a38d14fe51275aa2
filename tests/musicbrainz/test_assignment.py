"""The pairs with the least sum, compared with trying all of them."""

import time
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcma_musicbrainz.assignment import assign

SIDES = st.integers(1, 6)


@st.composite
def matrices(draw: st.DrawFn) -> list[list[float]]:
    rows, columns = draw(SIDES), draw(SIDES)
    cost = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(-10, 10, allow_nan=False))
    return [[draw(cost) for _ in range(columns)] for _ in range(rows)]


def least(costs: list[list[float]]) -> float:
    wide: list[list[float]] = (
        costs if len(costs) <= len(costs[0]) else [list(row) for row in zip(*costs, strict=True)]
    )
    orders = permutations(range(len(wide[0])), len(wide))
    sums: list[float] = [sum(row[column] for row, column in zip(wide, one, strict=True)) for one in orders]
    return min(sums)


@settings(max_examples=150, deadline=None)
@given(matrices())
def test_nothing_is_cheaper(costs: list[list[float]]) -> None:
    found = assign(costs)
    pairs = [(row, column) for row, column in enumerate(found) if column is not None]
    assert len(found) == len(costs)
    assert len(pairs) == min(len(costs), len(costs[0])) == len({column for _, column in pairs})
    assert sum(costs[row][column] for row, column in pairs) == pytest.approx(least(costs))


@pytest.mark.parametrize(("costs", "found"), [
    ([], []), ([[]], [None]), ([[], []], [None, None]), ([[3.0]], [0]), ([[1.0, 1.0], [1.0, 1.0]], [0, 1]),
    ([[1.0], [0.0], [2.0]], [None, 0, None]),
])  # fmt: skip
def test_small_ones(costs: list[list[float]], found: list[int | None]) -> None:
    assert assign(costs) == found


def test_a_box_of_many_tracks_is_no_work_for_long() -> None:
    """Also when they are all alike, or the wrong way round."""
    side = 200
    for costs in (
        [[0.5] * side for _ in range(side)],
        [[abs(side - 1 - row - column) / side for column in range(side)] for row in range(side)],
    ):
        start = time.monotonic()
        found = assign(costs)
        assert sum(costs[row][column or 0] for row, column in enumerate(found)) <= 0.5 * side
        assert time.monotonic() - start < 10
