"""A device's reports as a timeline: where the music is, how much of it was heard, when a play comes of it.

Rules of OpenSubsonic's playbackReport: nothing moves before "playing" is reported, positions between two
reports are worked out, and what was planned to end half an hour ago is not followed any more.
"""

from datetime import datetime, timedelta
from typing import NamedTuple, Self
from uuid import UUID

from mcma.domain.plays import counts
from mcma_plugins.playing import PlaybackReport, PlayingState

FOLLOWED_FOR = timedelta(minutes=30)
"""After the planned end."""
AT_THE_START_MS = 5000
LONGEST_MS = 2**53 - 1


class Session(NamedTuple):
    """One track on one player, from its start to its end."""

    track_id: UUID
    duration_ms: int
    started_at: datetime
    reported_at: datetime
    state: PlayingState
    position_ms: int
    rate: float
    heard_ms: int
    """Of the music, whatever its rate; between reports only."""
    counting: bool

    @property
    def ends_at(self) -> datetime:
        """When the music is planned to end; of what pauses, were it to go on at once."""
        if self.state is PlayingState.STOPPED:
            return self.reported_at
        left = max(0, self.duration_ms - self.position_ms) / self.rate
        return self.reported_at + timedelta(milliseconds=min(left, _A_WEEK_MS))

    @property
    def is_play(self) -> bool:
        return self.counting and self.heard_ms > 0 and counts(self.heard_ms, self.duration_ms)

    def is_followed(self, now: datetime) -> bool:
        return self.state is not PlayingState.STOPPED and now <= self.ends_at + FOLLOWED_FOR

    def position_at(self, now: datetime) -> int:
        if self.state is not PlayingState.PLAYING:
            return self.position_ms
        end = max(self.duration_ms, self.position_ms)
        return min(end, self.position_ms + self._passed(now))

    def reported(self, report: PlaybackReport, now: datetime) -> Self:
        began = self.state is PlayingState.STARTING and report.state is PlayingState.PLAYING
        return self._replace(
            started_at=now if began else self.started_at, reported_at=now, state=report.state,
            position_ms=report.position_ms, rate=report.rate, counting=self.counting and report.counts,
            heard_ms=min(LONGEST_MS, self.heard_ms + self._heard(report.position_ms, now)),
        )  # fmt: skip

    def left(self, now: datetime) -> Self:
        """Something else is played now: the music went on until then, or to its end."""
        passed = self._possible(now) if self.state is PlayingState.PLAYING else 0
        return self._replace(heard_ms=min(LONGEST_MS, self.heard_ms + passed), state=PlayingState.STOPPED)

    def starts_anew(self, report: PlaybackReport, now: datetime) -> bool:
        """Said to start, or back at the start after a whole play: some players repeat without a word."""
        back = report.state is PlayingState.PLAYING and report.position_ms <= AT_THE_START_MS
        return report.state is PlayingState.STARTING or (back and self.left(now).is_play)

    def _passed(self, now: datetime) -> int:
        """Milliseconds of music since the last report, if it went on."""
        return max(0, int((now - self.reported_at) / timedelta(milliseconds=1) * self.rate))

    def _possible(self, now: datetime) -> int:
        passed = self._passed(now)
        return min(passed, max(0, self.duration_ms - self.position_ms)) if self.duration_ms else passed

    def _heard(self, position_ms: int, now: datetime) -> int:
        """Never more than there was time for: who jumps ahead has not heard what lies between."""
        step = position_ms - self.position_ms
        if self.state is PlayingState.PLAYING:
            return min(self._possible(now), step) if step >= 0 else self._possible(now)
        if self.state is PlayingState.STARTING:  # players that leave out "playing"
            return max(0, min(self._possible(now), step))
        return 0


_A_WEEK_MS = 7 * 86_400_000


class Step(NamedTuple):
    """What a report leads to."""

    now: Session | None
    """None: the report is about what was over already, and changes nothing."""
    ended: Session | None = None


def stepped(held: Session | None, report: PlaybackReport, duration_ms: int, now: datetime) -> Step:
    """`held` is what is known of the player, `duration_ms` the length of the reported track."""
    same = held is not None and held.track_id == report.track_id and held.is_followed(now)
    if held is not None and same and not held.starts_anew(report, now):
        moved = held.reported(report, now)
        return Step(moved, moved if report.state is PlayingState.STOPPED else None)
    if report.state is PlayingState.STOPPED:
        return Step(None)
    fresh = Session(
        report.track_id,
        duration_ms,
        now,
        now,
        report.state,
        report.position_ms,
        report.rate,
        0,
        report.counts,
    )
    return Step(fresh, _ended(held, now))


def _ended(held: Session | None, now: datetime) -> Session | None:
    if held is None or held.state is PlayingState.STOPPED:
        return None
    return held.left(now) if held.is_followed(now) else held
