"""How the archive is, as its last answers say, over time."""

from datetime import UTC, datetime

import pytest

from mcma_archive.condition import SHORTEST_REST, Condition
from mcma_plugins import RetryLater


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def state(condition: Condition) -> str:
    return condition.health().state


def test_it_is_asked_again_when_its_time_is_over() -> None:
    clock = Clock()
    condition = Condition(clock, lambda: datetime(2026, 11, 26, tzinfo=UTC))
    condition.fault(RetryLater("slow down", code="rate_limited"))
    assert (state(condition), condition.health().details["until"]) == (
        "rate_limited",
        "2026-11-26T00:00:30+00:00",
    )
    clock.now += SHORTEST_REST
    condition.check()
    assert state(condition) == "ready"


def test_a_longer_rest_is_not_made_shorter() -> None:
    clock = Clock()
    condition = Condition(clock)
    condition.fault(RetryLater("slow down", after=500, code="rate_limited"))
    condition.fault(RetryLater("slow down", after=5, code="rate_limited"), of_one_file=True)
    clock.now += 400
    assert state(condition) == "rate_limited"
    clock.now += 100
    assert state(condition) == "ready"


def test_an_answer_that_was_under_way_does_not_end_the_rest() -> None:
    condition = Condition(Clock())
    condition.fault(RetryLater("slow down", after=60, code="rate_limited"))
    condition.well()
    assert state(condition) == "rate_limited"
    with pytest.raises(RetryLater) as caught:
        condition.check()
    assert (caught.value.after, caught.value.stable_code) == (60, "rate_limited")
