"""Positions that this client makes are positions to the server, and lie where they should."""

from itertools import pairwise
from random import Random

import pytest

from mcma.domain import positions as core
from mcma_client.positions import LONGEST, NoRoom, appended, between


def test_any_insertion_lies_between(seed: int = 7) -> None:
    chance, made = Random(seed), list[str]()
    for _ in range(3000):
        at = chance.randint(0, len(made))
        before, after = made[at] if at < len(made) else None, made[at - 1] if at else None
        position = between(after, before)
        assert core.is_position(position) and len(position) <= core.LONGEST
        made.insert(at, position)
    assert made == sorted(made, key=str.encode) and len(set(made)) == len(made)


def test_both_sides_continue_what_the_other_made() -> None:
    ours = appended(1000, None)
    assert ours == sorted(ours) and max(map(len, ours)) <= 6
    theirs = core.spread(1000, ours[-1])
    assert ours[-1] < theirs[0]
    assert all(core.between(a, b) and between(a, b) for a, b in pairwise(theirs))
    assert between(None, theirs[0]) < theirs[0] < between(theirs[0], theirs[1]) < theirs[1]


@pytest.mark.parametrize(("after", "before"), [("V", "V"), ("b", "a")])
def test_no_room(after: str, before: str) -> None:
    with pytest.raises(NoRoom):
        between(after, before)


def test_one_spot_runs_out_and_says_so() -> None:
    low, high = "V", "W"
    with pytest.raises(NoRoom, match="too long"):
        for _ in range(1000):
            low = between(low, high)
            assert low < high and len(low) <= LONGEST


def test_appending_never_ends() -> None:
    position = "zzzzzy"
    for _ in range(20):
        following = between(position, None)
        assert following > position and core.is_position(following)
        position = following
