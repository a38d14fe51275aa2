"""Folds of the logs."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.plays import Heard, LikeMark, RatingMark, counts, liked_since, plays_of, rated

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("marks", "since"),
    [([], None), ([(1, True)], 1), ([(1, True), (5, True)], 1), ([(1, True), (5, False)], None),
     ([(1, True), (3, False), (5, True), (7, True)], 5), ([(5, False), (1, True)], None), ([(5, True),
      (7, False), (9, True)], 9)],
)  # fmt: skip
def test_liked_since_the_first_like_after_the_last_withdrawal(
    marks: list[tuple[int, bool]], since: int | None
) -> None:
    made = [LikeMark(at(second), UUID(int=n), liked) for n, (second, liked) in enumerate(marks)]
    assert liked_since(made) == (None if since is None else at(since))


def test_the_id_decides_at_one_time() -> None:
    assert liked_since([LikeMark(at(1), UUID(int=2), False), LikeMark(at(1), UUID(int=1), True)]) is None


def test_the_last_rating_stands_and_none_removes_it() -> None:
    marks = [RatingMark(at(2), UUID(int=1), 3), RatingMark(at(1), UUID(int=2), 5)]
    assert rated(marks) == (3, at(2))
    assert rated([*marks, RatingMark(at(9), UUID(int=3), 0)]) == (None, at(9))
    assert rated([]) == (None, None)


@pytest.mark.parametrize(
    ("ms", "duration", "counted"),
    [(None, 200_000, True), (100_000, 200_000, True), (99_999, 200_000, False), (240_000, 900_000, True),
     (239_999, 900_000, False), (1, 0, True)],
)  # fmt: skip
def test_what_counts(ms: int | None, duration: int, counted: bool) -> None:
    assert counts(ms, duration) is counted


def heard(second: int, source: str, ms: int | None = None, n: int = 0, precision: int = 1) -> Heard:
    return Heard(at(second), UUID(int=n or second + 1), source, ms, precision)


@pytest.mark.parametrize(
    ("listens", "plays"),
    [
        ([heard(0, "a"), heard(30, "b")], 1),
        ([heard(0, "a"), heard(31, "b")], 2),
        ([heard(0, "a"), heard(20, "a")], 2),
        ([heard(0, "a"), heard(10, "b"), heard(20, "c")], 1),
        ([heard(0, "a"), heard(80, "b", precision=90)], 1),
        ([heard(0, "a"), heard(5, "a"), heard(6, "b"), heard(7, "b")], 2),
    ],
)
def test_how_many_plays(listens: list[Heard], plays: int) -> None:
    assert len(plays_of(listens, 200_000)) == plays


def test_the_richer_record_wins() -> None:
    [play] = plays_of([heard(0, "scrobble", n=1), heard(2, "native", 50_000, n=2)], 200_000)
    assert (play.id, play.listen_id, play.started_at) == (UUID(int=1), UUID(int=2), at(2))
    assert (play.ms_played, play.counted, play.listens) == (50_000, False, (UUID(int=1), UUID(int=2)))


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from("abc"), st.none() | st.integers(0, 300_000)),
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
def test_plays_do_not_depend_on_the_order_of_arrival(
    said: list[tuple[int, str, int | None]], rng: random.Random
) -> None:
    listens = [heard(second, source, ms, n + 1) for n, (second, source, ms) in enumerate(said)]
    shuffled = rng.sample(listens, len(listens))
    made = plays_of(listens, 200_000)
    assert plays_of(shuffled, 200_000) == made
    assert sorted(id_ for play in made for id_ in play.listens) == [each.id for each in listens]
