"""The order of a list and of a radio."""

from collections import Counter
from itertools import pairwise
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.variety import LISTED, RADIO, Choice, arranged


def choices(artists: list[int]) -> list[Choice]:
    return [Choice(UUID(int=n), 1 + n % 5, UUID(int=artist)) for n, artist in enumerate(artists)]


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(0, 50), st.sampled_from([LISTED, RADIO]))
def test_everything_once_or_as_many_as_asked(artists: list[int], count: int, rule: object) -> None:
    made = choices(artists)
    found = arranged(made, count, RADIO if rule is RADIO else LISTED, Random(1))
    assert len(found) == len(set(found)) == min(count, len(made))
    assert set(found) <= set(made)


def test_no_artist_is_heard_too_often_when_there_are_enough() -> None:
    made = choices([n % 8 for n in range(200)])
    found = [one.artist for one in arranged(made, 100, RADIO, Random(7))]
    for start in range(len(found) - RADIO.within):
        near = found[start : start + RADIO.within]
        assert max(Counter(near).values()) <= RADIO.most
    assert all(one != other for one, other in pairwise(found))


def test_what_came_before_counts() -> None:
    made = choices([0, 1])
    before = [Choice(UUID(int=99), 1.0, UUID(int=1))]
    assert arranged(made, 2, LISTED, Random(1), before)[0].artist == UUID(int=0)
    assert arranged(made, 2, LISTED, Random(1))[0] == made[1], "the better one, when nothing came before"


def test_albums_are_spread_as_well() -> None:
    made = [Choice(UUID(int=n), 9.0, UUID(int=n), UUID(int=1)) for n in range(6)]
    made += [Choice(UUID(int=100 + n), 1.0, UUID(int=100 + n), UUID(int=200 + n)) for n in range(20)]
    found = arranged(made, 10, LISTED, Random(1))
    assert sum(one.album == UUID(int=1) for one in found) == LISTED.most


def test_one_artist_alone_goes_on() -> None:
    assert len(arranged(choices([3] * 10), 10, RADIO, Random(1))) == 10


def test_a_seed_decides_and_another_decides_otherwise() -> None:
    made = choices(list(range(40)))
    first, again, other = (arranged(made, 40, RADIO, Random(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert arranged(reversed(made), 40, RADIO, Random(1)) == first, "whatever order they come in"


def test_the_better_come_more_often_early() -> None:
    made = choices(list(range(50)))
    early = [one.score for seed in range(60) for one in arranged(made, 5, RADIO, Random(seed))]
    assert sum(early) / len(early) > 4.0
    listed = [one.score for one in arranged(made, 50, LISTED, Random(1))]
    assert listed == sorted(listed, reverse=True)
