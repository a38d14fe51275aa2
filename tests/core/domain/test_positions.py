"""Fractional positions: order is kept whatever is inserted where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.positions import between, is_position, spaced, spread


@given(st.lists(st.integers(min_value=0, max_value=1000), max_size=60))
def test_any_insertions_keep_their_order(places: list[int]) -> None:
    held: list[str] = []
    for place in places:
        at = place % (len(held) + 1)
        before = held[at - 1] if at else None
        after = held[at] if at < len(held) else None
        made = between(before, after)
        assert before is None or before < made
        assert after is None or made < after
        held.insert(at, made)
    assert held == sorted(set(held))


@pytest.mark.parametrize("at_the_front", [False, True])
def test_many_appends_stay_short(at_the_front: bool) -> None:
    held = [between(None, None)]
    for _ in range(10_000):
        held.append(between(None, held[-1]) if at_the_front else between(held[-1], None))
    assert held == sorted(held, reverse=at_the_front)
    assert max(map(len, held)) <= 6


def test_halving_one_spot_grows_slowly() -> None:
    low, high = spread(2)
    for _ in range(300):
        high = between(low, high)
        assert low < high
    assert len(high) < 70


def test_the_ends_of_the_range_still_have_room() -> None:
    assert between("zzzzzz", None) > "zzzzzz"
    assert between(None, "000001") < "000001"
    assert between("zzzzzzz", None) > "zzzzzzz"


def test_spread_continues() -> None:
    first = spread(3)
    more = spread(3, first[-1])
    assert first + more == sorted({*first, *more})
    assert spread(0) == []


@pytest.mark.parametrize(
    ("a", "b"), [("V", "V"), ("W", "V"), ("V0", None), ("", "V"), (None, "ä"), ("V", "V0")]
)
def test_no_room_or_no_position(a: str | None, b: str | None) -> None:
    with pytest.raises(ValueError, match="position"):
        between(a, b)


@given(st.integers(0, 200), st.booleans(), st.booleans())
def test_spaced_ones_lie_between_and_stay_short(count: int, low: bool, high: bool) -> None:
    after, before = spread(2)
    bounds = (after if low else None, before if high else None)
    made = spaced(count, *bounds)
    assert len(made) == count
    assert made == sorted(set(made))
    assert all(is_position(one) for one in made)
    assert all((not low or after < one) and (not high or one < before) for one in made)
    assert all(len(one) <= 8 for one in made)


@pytest.mark.parametrize("text", ["", "0", "V0", "a b", "ä"])
def test_what_is_no_position(text: str) -> None:
    assert not is_position(text)
