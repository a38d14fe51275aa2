"""What is playing, and the plays that come of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.listening import playing, recording, sessions
from mcma.services.listening.listening import ListeningService
from mcma.services.listening.playing import PlayingService
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import listens, now_playing, plays
from mcma_plugins.events import PlayRecorded
from mcma_plugins.ids import DeviceId, TrackId
from mcma_plugins.playing import NowPlaying, PlaybackReport, PlayingState
from mcma_plugins.services import Playing
from mcma_plugins.values import Caller, ListenReport
from tests.support.catalogue import Seeded, seed, set_row

pytestmark = pytest.mark.anyio
LENGTH = 200_000


class Clock:
    """What the services take for now."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (playing, recording, sessions):
        monkeypatch.setattr(module, "utcnow", made)
    return made


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    seeded = await seed(database, tracks=24)
    await set_row(database, c.tracks, seeded.tracks, duration_ms=LENGTH)
    yield seeded


@pytest.fixture
def service(database: Database, clock: Clock) -> PlayingService:
    return PlayingService(database)


def report(track: UUID, state: str, position_s: float = 0, **more: Any) -> PlaybackReport:
    made = PlaybackReport(TrackId(track), PlayingState(state), int(position_s * 1000))
    return made._replace(**more)


def on(caller: Caller, client: str) -> Caller:
    return replace(caller, client=client)


async def played(database: Database) -> list[tuple[UUID | None, datetime, int | None, bool]]:
    query = sa.select(plays.c.track_id, plays.c.started_at, plays.c.ms_played, plays.c.counted)
    async with database.read() as connection:
        return [tuple(row) for row in await connection.execute(query.order_by(plays.c.started_at))]


async def test_it_is_what_adapters_are_promised(database: Database) -> None:
    promised: Playing = PlayingService(database)
    assert promised is not None


async def test_a_timeline_that_others_see(lib: Seeded, service: PlayingService, clock: Clock) -> None:
    song = lib.tracks[0]
    await service.report(lib.user, report(song, "starting"))
    clock.wait(3)
    [shown] = await service.now_playing(lib.admin)
    assert (shown.state, shown.position_ms) == (PlayingState.STARTING, 0)
    await service.report(lib.user, report(song, "playing", rate=1.5))
    clock.wait(40)
    began = clock.now - timedelta(seconds=40)
    assert await service.now_playing(lib.admin) == [
        NowPlaying(
            lib.user.name, "tests", "tests", shown.track, PlayingState.PLAYING, 60_000, 1.5, began, began
        )
    ]
    await service.report(lib.user, report(song, "paused", 61))
    clock.wait(600)
    assert [one.position_ms for one in await service.now_playing(lib.admin)] == [61_000]
    await service.report(lib.user, report(song, "stopped", 61))
    assert await service.now_playing(lib.admin) == []


@pytest.mark.parametrize(("state", "shown_for"), [("playing", 260), ("paused", 1800), ("starting", 1800)])
async def test_what_is_not_heard_of_again_is_shown_no_more(
    lib: Seeded, service: PlayingService, clock: Clock, state: str, shown_for: float
) -> None:
    await service.report(lib.user, report(lib.tracks[0], state))
    clock.wait(shown_for)
    assert len(await service.now_playing(lib.user)) == 1
    clock.wait(1)
    assert await service.now_playing(lib.user) == []


async def test_several_players_and_several_people(
    database: Database, lib: Seeded, service: PlayingService, clock: Clock
) -> None:
    other = await seed(database, tracks=24, seed=2)
    device = DeviceId(new_id())
    await service.report(on(lib.user, "phone"), report(lib.tracks[0], "playing"))
    clock.wait(1)
    await service.report(on(lib.user, "desk"), report(lib.tracks[1], "playing"))
    clock.wait(1)
    await service.report(
        replace(lib.user, client="phone", device_id=device), report(lib.tracks[2], "playing")
    )
    clock.wait(1)
    await service.announce(lib.admin, TrackId(lib.tracks[3]))
    await service.announce(other.user, TrackId(other.tracks[0]))
    shown = await service.now_playing(lib.user)
    assert [(one.user, one.player) for one in shown] == [
        (lib.admin.name, "tests"), (lib.user.name, str(device)), (lib.user.name, "desk"),
        (lib.user.name, "phone"),
    ]  # fmt: skip
    assert [one.user for one in await service.now_playing(other.user)] == [other.user.name]


async def test_what_was_heard_is_recorded_once_when_it_ends(
    database: Database, lib: Seeded, clock: Clock
) -> None:
    heard: list[tuple[str, object]] = []
    service = PlayingService(database, lambda hook, event: heard.append((hook, event)))
    song, began = TrackId(lib.tracks[0]), clock.now
    await service.report(lib.user, report(song, "playing"))
    for second in (60, 120):
        clock.wait(60)
        await service.report(lib.user, report(song, "playing", second))
    assert await played(database) == []
    clock.wait(60)
    for _ in range(2):
        await service.report(lib.user, report(song, "stopped", 180))
    assert await played(database) == [(song, began, 180_000, True)]
    assert heard == [("play_recorded", PlayRecorded(lib.user.user_id, song, began, 180_000))]


@pytest.mark.parametrize("how", ["next", "again", "lost"])
async def test_a_player_that_does_not_say_stop(
    database: Database, lib: Seeded, service: PlayingService, clock: Clock, how: str
) -> None:
    song, began = lib.tracks[0], clock.now
    await service.report(lib.user, report(song, "playing"))
    clock.wait(150)
    await service.report(lib.user, report(song, "playing", 150))
    if how == "lost":
        clock.wait(3600)
        await service.report(on(lib.user, "another"), report(lib.tracks[1], "starting"))
    else:
        await service.report(lib.user, report(song if how == "again" else lib.tracks[1], "starting"))
    assert await played(database) == [(song, began, 150_000, True)]


async def test_what_is_skipped_or_not_to_count_is_no_play(
    database: Database, lib: Seeded, service: PlayingService, clock: Clock
) -> None:
    for track, more, seconds in ((lib.tracks[0], {}, 20), (lib.tracks[1], {"counts": False}, 200)):
        await service.report(lib.user, report(track, "playing", **more))
        clock.wait(seconds)
        await service.report(lib.user, report(track, "stopped", seconds, **more))
    await service.announce(lib.user, TrackId(lib.tracks[2]))
    clock.wait(200)
    await service.announce(lib.user, TrackId(lib.tracks[3]))
    assert await played(database) == []


@pytest.mark.parametrize(
    ("after", "how", "says_next"),
    [(100, "untimed", False), (190, "timed", True), (215, "untimed", True), (215, "timed", False)],
)
async def test_a_client_that_scrobbles_what_it_reported_adds_nothing(
    database: Database,
    lib: Seeded,
    service: PlayingService,
    clock: Clock,
    after: int,
    how: str,
    says_next: bool,
) -> None:
    listening, song, began = ListeningService(database), TrackId(lib.tracks[0]), clock.now
    scrobble = ListenReport(song, began + timedelta(seconds=2) if how == "timed" else None)
    await service.report(lib.user, report(song, "starting"))
    await service.announce(lib.user, song)
    clock.wait(1)
    await service.report(lib.user, report(song, "playing"))
    clock.wait(min(after, 200))
    if after <= 200:
        await listening.listened(lib.user, [scrobble], "subsonic")
    clock.wait(max(0, 200 - after))
    if says_next:
        await service.report(lib.user, report(lib.tracks[1], "starting"))
    await service.report(lib.user, report(song, "stopped", 200))
    clock.wait(15)
    for _ in range(2):
        await listening.listened(lib.user, [scrobble], "subsonic")
    [play] = await played(database)
    assert (play[0], play[3]) == (song, True)
    assert abs(play[1] - began) <= timedelta(seconds=2)


async def test_a_scrobble_without_a_time_is_about_what_was_announced(
    database: Database, lib: Seeded, service: PlayingService, clock: Clock
) -> None:
    listening, song = ListeningService(database), TrackId(lib.tracks[0])
    began = clock.now
    await service.announce(lib.user, song)
    clock.wait(200)
    await listening.listened(lib.user, [ListenReport(song)], "subsonic")
    clock.wait(1)
    await listening.listened(lib.user, [ListenReport(song)], "subsonic")  # sent again
    assert [row[1] for row in await played(database)] == [began]
    clock.wait(100)  # on repeat, in a client that announces it once
    await listening.listened(lib.user, [ListenReport(song)], "subsonic")
    await listening.listened(lib.user, [ListenReport(TrackId(lib.tracks[5]))], "subsonic")
    assert [row[1] for row in await played(database)] == [began, clock.now, clock.now]


async def test_a_track_on_repeat_is_played_as_often_as_it_was(
    database: Database, lib: Seeded, service: PlayingService, clock: Clock
) -> None:
    listening, song = ListeningService(database), TrackId(lib.tracks[0])
    for _ in range(3):
        await service.report(lib.user, report(song, "starting"))
        await service.report(lib.user, report(song, "playing"))
        clock.wait(120)
        await listening.listened(lib.user, [ListenReport(song)], "subsonic")
        clock.wait(80)
    await service.report(lib.user, report(song, "stopped", 200))
    assert len(await played(database)) == 3


@pytest.mark.parametrize(
    "bad",
    [{"position_ms": -1}, {"position_ms": 2**60}, {"rate": 0.0}, {"rate": -1.0}, {"rate": 1e9},
     {"rate": float("nan")}, {"rate": float("inf")}],
)  # fmt: skip
async def test_absurd_numbers_are_refused(
    lib: Seeded, service: PlayingService, bad: dict[str, float]
) -> None:
    with pytest.raises(InvalidInput):
        await service.report(lib.user, report(lib.tracks[0], "playing", **bad))


async def test_tracks_that_are_not_there(database: Database, lib: Seeded, service: PlayingService) -> None:
    other = await seed(database, tracks=24, seed=2)
    for track in (new_id(), other.tracks[0]):
        with pytest.raises(NotFound):
            await service.report(lib.user, report(track, "playing"))
        with pytest.raises(NotFound):
            await service.announce(lib.user, TrackId(track))
    await service.report(lib.user, report(lib.tracks[0], "playing", 2**53 / 1000 - 1))
    assert len(await service.now_playing(lib.user)) == 1


async def test_names_of_clients_are_cut_and_their_number_is_bounded(
    database: Database, lib: Seeded, service: PlayingService, clock: Clock
) -> None:
    for number in range(60):
        clock.wait(0.1)
        await service.report(on(lib.user, f"{number}\0" + "ü🎵" * 2000), report(lib.tracks[0], "playing"))
    async with database.read() as connection:
        kept = list(await connection.scalars(sa.select(now_playing.c.player)))
    assert len(kept) == playing.MOST_PLAYERS
    assert any(name.startswith("59ü") for name in kept)
    assert max(map(len, kept)) == 100


async def test_reports_of_one_player_at_once(
    database: Database, lib: Seeded, service: PlayingService
) -> None:
    song = lib.tracks[0]
    await service.report(lib.user, report(song, "playing"))
    await asyncio.gather(*(service.report(lib.user, report(song, "stopped", 200)) for _ in range(6)))
    async with database.read() as connection:
        assert (await connection.scalar(sa.select(sa.func.count()).select_from(now_playing))) == 1
        assert (await connection.scalar(sa.select(sa.func.count()).select_from(listens))) == 0
