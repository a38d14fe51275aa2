"""Putting whole playlists into another order."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.positions import LONGEST, spread
from mcma.services.playlists.playlist_order import Row, placed
from tests.support.catalogue import EPOCH


def row(number: int, position: str) -> Row:
    return Row(UUID(int=number), position, UUID(int=1), EPOCH)


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)))
def test_any_order_is_reached_and_a_longest_run_stays(order: list[int], fresh: set[int]) -> None:
    places = spread(12)
    rows = [row(number, "" if number in fresh else places[number]) for number in order]
    made = placed(rows)
    assert [one.id for one in made] == [one.id for one in rows]
    positions = [one.position for one in made]
    assert positions == sorted(set(positions))
    assert max(map(len, positions)) <= LONGEST
    stayed = sum(1 for old, new in zip(rows, made, strict=True) if old.position == new.position)
    assert stayed == longest([number for number in order if number not in fresh])


def longest(order: list[int]) -> int:
    """Of a rising run, by trying all."""
    best: list[int] = []
    for at, number in enumerate(order):
        best.append(1 + max((best[i] for i in range(at) if order[i] < number), default=0))
    return max(best, default=0)


def test_rows_at_one_position_are_parted() -> None:
    made = placed([row(1, "V"), row(2, "V"), row(3, "V")])
    assert len({one.position for one in made}) == 3
