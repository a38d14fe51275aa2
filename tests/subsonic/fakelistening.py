"""Likes, plays and what is playing. Remembers what it was told."""

from collections.abc import Sequence
from datetime import UTC, datetime

from mcma_plugins.errors import InvalidInput, NotFound
from mcma_plugins.ids import TrackId
from mcma_plugins.playing import NowPlaying, PlaybackReport, PlayingState
from mcma_plugins.values import Caller, ItemRef, ListenReport, Starred
from tests.subsonic import fakedata as data


class FakeListening:
    def __init__(self) -> None:
        self.likes: list[tuple[list[ItemRef], bool]] = []
        self.ratings: list[tuple[ItemRef, int]] = []
        self.reports: list[ListenReport] = []

    async def like(
        self, caller: Caller, items: Sequence[ItemRef], liked: bool, at: datetime | None = None
    ) -> None:
        self.likes.append((list(items), liked))

    async def rate(self, caller: Caller, item: ItemRef, rating: int) -> None:
        self.ratings.append((item, rating))

    async def starred(self, caller: Caller, libraries: Sequence[int] | None = None) -> Starred:
        return Starred(data.ARTISTS[:1], data.ALBUMS[:1], data.TRACKS[:1])

    async def listened(self, caller: Caller, reports: Sequence[ListenReport], source: str) -> None:
        self.reports.extend(reports)


class FakePlaying:
    def __init__(self) -> None:
        self.reports: list[PlaybackReport] = []
        self.now: list[TrackId] = []

    async def report(self, caller: Caller, report: PlaybackReport) -> None:
        if not 0 < report.rate <= 16:
            raise InvalidInput("No such rate.")
        if report.track_id not in {track.id for track in data.TRACKS}:
            raise NotFound("Not here.")
        self.reports.append(report)

    async def announce(self, caller: Caller, track_id: TrackId) -> None:
        self.now.append(track_id)

    async def now_playing(self, caller: Caller) -> Sequence[NowPlaying]:
        now, state = datetime.now(UTC), PlayingState.PLAYING
        old = NowPlaying("admin", "", "", data.TRACKS[2], PlayingState.PAUSED, 0, 0.5, data.AT, data.AT)
        return [NowPlaying("gäst", "Amp", "Amp", data.TRACKS[0], state, 61_500, 1.0, now, now), old]
