"""A timeline out of reports."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.playing import Session, stepped
from mcma_plugins.ids import TrackId
from mcma_plugins.playing import PlaybackReport, PlayingState

START = datetime(2026, 1, 1, tzinfo=UTC)
SONG, OTHER = TrackId(UUID(int=1)), TrackId(UUID(int=2))
LENGTH = 200_000
Told = tuple[float, str, int]
"""(seconds since the start, state, position in seconds)."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def report(state: str, position_s: float = 0, track: TrackId = SONG, **more: Any) -> PlaybackReport:
    made = PlaybackReport(track, PlayingState(state), int(position_s * 1000))
    return made._replace(**more)


def followed(told: list[Told], length: int = LENGTH) -> tuple[Session | None, list[Session]]:
    """What is known at the end, and all that ended."""
    held, ended = None, []
    for second, state, position in told:
        step = stepped(held, report(state, position), length, at(second))
        held = step.now or held
        ended += [step.ended] if step.ended else []
    return held, ended


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ([(0, "starting", 0), (1, "playing", 0), (201, "stopped", 200)], [200_000]),
        ([(0, "playing", 0), (30, "playing", 30), (60, "paused", 60), (900, "playing", 60),
          (960, "stopped", 120)], [120_000]),
        # Buffering: the clock went on, the music did not.
        ([(0, "starting", 0), (50, "starting", 0), (50, "playing", 0), (150, "stopped", 80)], [0, 80_000]),
        # Who jumps ahead has not heard what lies between, who jumps back has heard something twice.
        ([(0, "playing", 0), (10, "playing", 190), (20, "stopped", 200)], [20_000]),
        ([(0, "playing", 0), (100, "playing", 100), (110, "playing", 9), (199, "stopped", 98)], [199_000]),
        # A report that comes hours late says nothing of the time after the end.
        ([(0, "playing", 100), (1500, "stopped", 100)], [0]),
        # Players that leave out "playing", or send nothing but the end.
        ([(0, "starting", 0), (190, "stopped", 190)], [190_000]),
        ([(0, "stopped", 190)], []),
        ([(0, "playing", 0), (150, "stopped", 150), (151, "stopped", 150)], [150_000]),
    ],
)  # fmt: skip
def test_how_much_was_heard(told: list[Told], heard: list[int]) -> None:
    assert [one.heard_ms for one in followed(told)[1]] == heard


@pytest.mark.parametrize(
    ("told", "length", "plays"),
    [
        ([(0, "playing", 0), (100, "stopped", 100)], LENGTH, [True]),
        ([(0, "playing", 0), (99, "stopped", 99)], LENGTH, [False]),
        ([(0, "playing", 0), (240, "stopped", 240)], 3_600_000, [True]),
        ([(0, "playing", 0), (0, "stopped", 0)], 0, [False]),
        ([(0, "playing", 0), (60, "stopped", 60)], 0, [True]),
        # Again, said and unsaid; and back to the start before it was heard is the same one still.
        ([(0, "playing", 0), (190, "starting", 0), (380, "stopped", 200)], LENGTH, [True, True]),
        ([(0, "playing", 0), (200, "playing", 0), (400, "stopped", 200)], LENGTH, [True, True]),
        ([(0, "playing", 0), (20, "playing", 0), (60, "stopped", 40)], LENGTH, [False]),
    ],
)
def test_what_becomes_a_play(told: list[Told], length: int, plays: list[bool]) -> None:
    assert [one.is_play for one in followed(told, length)[1]] == plays


def test_reports_that_are_not_to_count_never_do() -> None:
    first = stepped(None, report("playing"), LENGTH, at(0)).now
    ended = stepped(first, report("stopped", 200, counts=False), LENGTH, at(200)).ended
    assert ended is not None and ended.heard_ms == LENGTH and not ended.is_play


def test_another_track_ends_the_one_before() -> None:
    first = stepped(None, report("playing"), LENGTH, at(0)).now
    step = stepped(first, report("starting", track=OTHER), LENGTH, at(150))
    assert step.ended is not None and (step.ended.track_id, step.ended.heard_ms) == (SONG, 150_000)
    assert step.now is not None and step.now.track_id == OTHER
    late = stepped(step.now, report("stopped", 150), LENGTH, at(151))
    assert late == (None, None), "the end of what was over already"


def test_half_an_hour_after_its_planned_end_nothing_is_followed() -> None:
    first = stepped(None, report("playing"), LENGTH, at(0)).now
    assert first is not None
    assert first.is_followed(at(200 + 1800)) and not first.is_followed(at(200 + 1801))
    step = stepped(first, report("playing", 10), LENGTH, at(5000))
    assert step.ended is not None and not step.ended.is_play, "nobody said that it was heard"
    assert step.now is not None and step.now.started_at == at(5000)


def test_positions_are_worked_out() -> None:
    waiting = stepped(None, report("starting", 5), LENGTH, at(0)).now
    assert waiting is not None and waiting.position_at(at(60)) == 5000
    moving = stepped(waiting, report("playing", 5, rate=2.0), LENGTH, at(60)).now
    assert moving is not None and moving.started_at == at(60)
    assert [moving.position_at(at(60 + s)) for s in (0, 10, 97.5, 500)] == [5000, 25_000, LENGTH, LENGTH]
    assert moving.position_at(at(0)) == 5000, "clocks of two servers"
    still = stepped(moving, report("paused", 30), LENGTH, at(80)).now
    assert still is not None and still.position_at(at(900)) == 30_000
    assert still.heard_ms == 25_000


_TOLD = st.lists(
    st.tuples(
        st.integers(0, 4000), st.sampled_from(list(PlayingState)), st.integers(0, 2**53 - 1), st.booleans(),
        st.floats(1 / 16, 16), st.sampled_from([SONG, OTHER]),
    ),
    max_size=12,
)  # fmt: skip


@given(_TOLD, st.integers(0, 2**31))
def test_nobody_hears_more_than_there_was_time_for(
    told: list[tuple[int, PlayingState, int, bool, float, TrackId]], length: int
) -> None:
    held, heard, now, most = None, 0, 0.0, 0.0
    for wait, state, position, counting, rate, track in told:
        most += wait * 1000 * (held.rate if held else 1)
        now += wait
        step = stepped(held, PlaybackReport(track, state, position, rate, counting), length, at(now))
        held = step.now or held
        heard += step.ended.heard_ms if step.ended else 0
    assert 0 <= heard <= most + len(told)
