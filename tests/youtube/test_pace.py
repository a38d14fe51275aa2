"""How often the service is asked."""

import pytest

from mcma_plugins.errors import RetryLater
from mcma_youtube.pace import PATIENT, SOON, Questions


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_person_is_told_when_to_come_back() -> None:
    clock = Clock()
    questions = Questions(3, clock)
    assert [questions.reserve(SOON) for _ in range(3)] == [0, 0, 0]
    with pytest.raises(RetryLater) as caught:
        questions.reserve(SOON)
    assert (caught.value.stable_code, caught.value.after) == ("rate_limited", 60)
    clock.now = 59
    assert questions.reserve(SOON) == 1, "soon enough to wait for"
    clock.now = 61
    assert questions.reserve(SOON) == 0


@pytest.mark.parametrize("most", [1, 7, 60, 1000])
def test_a_list_of_any_length_never_uses_up_the_minute(most: int) -> None:
    clock, asked = Clock(), list[float]()
    questions = Questions(most, clock)
    gap = 60 / most
    for _ in range(3 * most):
        wait = questions.reserve(max(PATIENT, gap), spaced=True)
        assert wait <= gap + 1e-6
        clock.now += wait + 0.01
        asked.append(clock.now)
    assert all(later - one >= 60 - 0.02 for one, later in zip(asked, asked[most:], strict=False))


def test_a_page_waits_for_those_who_asked_before() -> None:
    clock = Clock()
    questions = Questions(2, clock)
    questions.reserve(SOON)
    clock.now = 40
    questions.reserve(SOON)
    clock.now = 44
    with pytest.raises(RetryLater):
        questions.reserve(PATIENT, spaced=True)
    clock.now = 50
    assert questions.reserve(PATIENT, spaced=True) == 20
