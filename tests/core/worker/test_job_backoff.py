from hypothesis import given
from hypothesis import strategies as st

from mcma.worker.backoff import Backoff

seconds = st.floats(0.001, 1e6)
attempts = st.integers(1, 10_000)


@given(base=seconds, cap=seconds, attempt=attempts, jitter=st.floats(0, 1))
def test_a_delay_lies_between_nothing_and_the_longest(
    base: float, cap: float, attempt: int, jitter: float
) -> None:
    backoff = Backoff(base, cap, lambda: jitter)
    assert 0 <= backoff.delay(attempt) <= backoff.longest(attempt) <= cap


@given(base=seconds, cap=seconds, attempt=attempts)
def test_each_wait_is_at_most_twice_the_one_before(base: float, cap: float, attempt: int) -> None:
    backoff = Backoff(base, cap)
    assert backoff.longest(attempt) <= backoff.longest(attempt + 1) <= 2 * backoff.longest(attempt)


def test_the_longest_waits() -> None:
    backoff = Backoff(base=2, cap=60)
    assert [backoff.longest(attempt) for attempt in range(1, 8)] == [2, 4, 8, 16, 32, 60, 60]


def test_jitter_spreads_over_the_whole_range() -> None:
    delays = [Backoff(base=1).delay(1) for _ in range(1000)]
    assert min(delays) < 0.1
    assert max(delays) > 0.9
