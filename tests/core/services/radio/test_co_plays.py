"""Pairs that are played together: kept up to date, rebuilt to the same, nobody's business in particular."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.services.listening.listening import ListeningService
from mcma.services.radio import co_plays as service_module
from mcma.services.radio.co_plays import MOST, CoPlays
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import plays
from mcma.store.tables.people import users
from mcma.store.tables.radio import co_plays
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller, ItemKind, ListenReport
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row
from tests.support.jobs import Workshop

pytestmark = pytest.mark.anyio
NOW = utcnow()
Pairs = dict[tuple[UUID, UUID], float]


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=120)


@pytest.fixture
def service(database: Database) -> CoPlays:
    return CoPlays(database)


async def hear(
    database: Database, caller: Caller, tracks: Iterable[UUID], start: datetime, minutes: float = 4
) -> None:
    reports = [
        ListenReport(TrackId(id_), start + place * timedelta(minutes=minutes))
        for place, id_ in enumerate(tracks)
    ]
    await ListeningService(database).listened(caller, reports, "test")


async def pairs(database: Database) -> Pairs:
    async with database.read() as connection:
        rows = await connection.execute(sa.select(co_plays))
        return {(row.track_id, row.other_id): row.score for row in rows}


def one_of_each(lib: Seeded) -> list[UUID]:
    """A track of every album."""
    return [lib.tracks_of[album][0] for album in lib.albums]


async def test_what_is_heard_within_half_an_hour(database: Database, lib: Seeded, service: CoPlays) -> None:
    a, b, far, *_ = one_of_each(lib)
    await hear(database, lib.user, [a, b], NOW - timedelta(days=1))
    await hear(database, lib.user, [far], NOW - timedelta(days=1) + timedelta(minutes=34.5))
    await hear(database, lib.admin, [far], NOW - timedelta(days=1))
    assert await service.refresh() == 3
    assert await pairs(database) == {
        (a, b): 1.0,
        (b, a): 1.0,
    }, "each by itself, and not by two people"
    await hear(database, lib.admin, [b, a], NOW - timedelta(days=2))
    await service.refresh()
    assert (await pairs(database))[a, b] == 2.0, "of everybody together"


async def test_albums_are_together_anyway(database: Database, lib: Seeded, service: CoPlays) -> None:
    await hear(database, lib.user, lib.tracks_of[lib.albums[0]], NOW - timedelta(days=1))
    await service.refresh()
    assert await pairs(database) == {}


async def test_late_plays_count_less_and_skips_not_at_all(
    database: Database, lib: Seeded, service: CoPlays
) -> None:
    a, b, d, e, *_ = one_of_each(lib)
    await hear(database, lib.user, [a, b], NOW - timedelta(days=200))
    await hear(database, lib.user, [a, d], NOW - timedelta(days=800))
    await hear(database, lib.user, [a, e], NOW - timedelta(days=1200))
    skipped = [ListenReport(TrackId(d), NOW - timedelta(days=1)),
               ListenReport(TrackId(e), NOW - timedelta(days=1) + timedelta(minutes=1), 1000)]  # fmt: skip
    await ListeningService(database).listened(lib.user, skipped, "test")
    await service.refresh()
    found = await pairs(database)
    assert (found[a, b], found[a, d], found.get((a, e)), found.get((d, e))) == (0.5, 0.25, None, None)


async def test_keeping_up_and_rebuilding_end_in_the_same(
    database: Database, lib: Seeded, service: CoPlays
) -> None:
    tracks = one_of_each(lib)
    for day in range(1, 6):
        await hear(database, lib.user, tracks[day : day + 4], NOW - timedelta(days=day))
        await service.refresh()
        await hear(database, lib.admin, tracks[:day], NOW - timedelta(days=30 + day))
    await service.refresh()
    await service.refresh()
    kept = await pairs(database)
    assert len(kept) > 20
    assert await service.rebuild() == 9
    assert await pairs(database) == kept
    assert await service.refresh() >= 0, "and again changes nothing"
    assert await pairs(database) == kept


async def test_a_play_that_was_made_long_ago_and_reported_now(
    database: Database, lib: Seeded, service: CoPlays
) -> None:
    a, b, d, *_ = one_of_each(lib)
    start = NOW - timedelta(days=3)
    await hear(database, lib.user, [a, b], start)
    await service.refresh()
    await hear(database, lib.user, [d], start + timedelta(minutes=2))
    await service.refresh()
    assert set(await pairs(database)) == {(a, b), (b, a), (a, d), (d, a), (b, d), (d, b)}


async def test_no_more_than_so_many_of_each(
    database: Database, lib: Seeded, service: CoPlays, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST == 50
    monkeypatch.setattr(service_module, "MOST", 3)
    tracks = one_of_each(lib)[:8]
    for day in range(1, 4):
        await hear(database, lib.user, tracks[: 2 + 2 * day], NOW - timedelta(days=day), minutes=1)
        await service.refresh()
    found = await pairs(database)
    count = {one: sum(track == one for track, _ in found) for one in tracks}
    assert max(count.values()) == 3
    best = {other for track, other in found if track == tracks[0]}
    assert best == set(tracks[1:4]), "those heard together most often"


async def test_merged_tracks_hand_on_what_they_were_played_with(
    database: Database, lib: Seeded, service: CoPlays
) -> None:
    from mcma.services.listening.rebuild import rebuild_for

    a, b, loser, *_ = one_of_each(lib)
    await hear(database, lib.user, [loser, b], NOW - timedelta(days=1))
    await service.refresh()
    assert (loser, b) in await pairs(database)
    await set_row(database, c.tracks, loser, deleted_at=EPOCH, replaced_by=a)
    row = {"id": new_id(), "item_kind": ItemKind.TRACK.value, "loser_id": loser, "winner_id": a,
           "reason": "test", "at": utcnow()}  # fmt: skip
    async with database.write() as transaction:
        await insert(transaction.connection, c.merges, [row])
        await rebuild_for(transaction.connection, [loser, a])
    await service.refresh()
    assert set(await pairs(database)) == {(a, b), (b, a)}


async def test_who_is_deleted_is_forgotten_by_the_weekly_run(
    database: Database, lib: Seeded, service: CoPlays
) -> None:
    a, b, *_ = one_of_each(lib)
    await hear(database, lib.user, [a, b], NOW - timedelta(days=1))
    await service.refresh()
    async with database.write() as transaction:
        await transaction.connection.execute(sa.delete(plays).where(plays.c.user_id == lib.user.user_id))
        assert await transaction.connection.scalar(sa.select(sa.func.count()).select_from(users))
    await service.rebuild()
    assert await pairs(database) == {}


async def test_the_jobs_run_by_themselves(database: Database, lib: Seeded, service: CoPlays) -> None:
    a, b, *_ = one_of_each(lib)
    await hear(database, lib.user, [a, b], NOW - timedelta(days=1))
    schedules = service.schedules()
    assert {one.kind for one in schedules.values()} == {kind.name for kind in service.job_kinds()}
    workshop = Workshop(database)
    try:
        await workshop.runner(*service.job_kinds())
        for schedule in schedules.values():
            job = await workshop.jobs.submit(schedule.kind, schedule.payload)
            assert (await workshop.over(job)).state == "succeeded"
            assert (await workshop.row(job)).result == {"tracks": 2}
    finally:
        await workshop.stop()
    assert len(await pairs(database)) == 2
