"""What is being played: what devices report, and what others are shown of it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from mcma_plugins.ids import TrackId
from mcma_plugins.values import TrackView


class PlayingState(StrEnum):
    """States of OpenSubsonic's playbackReport."""

    STARTING = "starting"
    """Loading, from the beginning or anew: nothing is heard yet."""
    PLAYING = "playing"
    PAUSED = "paused"
    STOPPED = "stopped"


class PlaybackReport(NamedTuple):
    """What a device says of the track it plays, at every change of state and now and then between."""

    track_id: TrackId
    state: PlayingState = PlayingState.PLAYING
    position_ms: int = 0
    rate: float = 1.0
    """Of the music's own speed."""
    counts: bool = True
    """Whether a play may come of these reports: not where the client reports plays itself, or none."""


class NowPlaying(NamedTuple):
    user: str
    client: str
    """Name the client gives itself."""
    player: str
    """Tells the players of one user apart."""
    track: TrackView
    state: PlayingState
    position_ms: int
    """Where it is now, worked out from the last report."""
    rate: float
    started_at: datetime
    reported_at: datetime
    """Of the last report."""
