"""Bookmarks: one per user and track, the last writer wins."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.identity.merging import record_merge
from mcma.services.listening.bookmarks import BookmarkService
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.machinery import changes
from mcma_plugins.ids import TrackId
from mcma_plugins.services import Bookmarks
from mcma_plugins.values import Caller
from tests.support.catalogue import Seeded, seed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> Seeded:
    return await seed(database, tracks=24)


@pytest.fixture
def service(database: Database) -> BookmarkService:
    return BookmarkService(database)


async def test_it_is_what_adapters_are_promised(database: Database) -> None:
    promised: Bookmarks = BookmarkService(database)
    assert promised is not None


async def held(service: BookmarkService, caller: Caller) -> list[tuple[TrackId, int, str | None]]:
    return [(one.track.id, one.position_ms, one.comment) for one in await service.bookmarks(caller)]


async def test_set_again_and_removed(lib: Seeded, service: BookmarkService) -> None:
    first, second = (TrackId(id_) for id_ in lib.tracks[:2])
    made = await service.save(lib.user, first, 1000, "here")
    await service.save(lib.user, second, 5)
    assert await held(service, lib.user) == [(second, 5, None), (first, 1000, "here")]
    changed = await service.save(lib.user, first, 2000)
    assert (changed.created_at, changed.comment, changed.position_ms) == (made.created_at, None, 2000)
    assert changed.changed_at > made.changed_at
    assert await service.bookmark(lib.user, first) == changed
    await service.remove(lib.user, first)
    await service.remove(lib.user, first)
    assert await held(service, lib.user) == [(second, 5, None)]
    with pytest.raises(NotFound):
        await service.bookmark(lib.user, first)
    again = await service.save(lib.user, first, 3)
    assert again.created_at > made.created_at
    assert await held(service, lib.admin) == []


async def test_the_latest_change_decides_in_whatever_order_they_come(
    lib: Seeded, service: BookmarkService
) -> None:
    track, now = TrackId(lib.tracks[0]), utcnow()
    await service.save(lib.user, track, 10, at=now)
    late = await service.save(lib.user, track, 20, at=now - timedelta(hours=1))
    assert late.position_ms == 10
    await service.remove(lib.user, track, at=now - timedelta(minutes=1))
    assert (await service.bookmark(lib.user, track)).position_ms == 10
    ahead = await service.save(lib.user, track, 30, at=now + timedelta(days=9))
    assert ahead.changed_at < utcnow() + timedelta(minutes=1)
    await service.remove(lib.user, track)
    with pytest.raises(NotFound):
        await service.save(lib.user, track, 40, at=now)
    assert await held(service, lib.user) == []


async def test_tracks_that_are_not_there(database: Database, lib: Seeded, service: BookmarkService) -> None:
    other = await seed(database, tracks=12, seed=2)
    for id_ in (new_id(), other.tracks[0]):
        with pytest.raises(NotFound):
            await service.save(lib.user, TrackId(id_), 1)
        with pytest.raises(NotFound):
            await service.remove(lib.user, TrackId(id_))
    for position, comment in ((-1, None), (2**53, None), (1, "x" * 10_001)):
        with pytest.raises(InvalidInput):
            await service.save(lib.user, TrackId(lib.tracks[0]), position, comment)


async def test_a_merged_tracks_bookmark_is_the_winners(
    database: Database, lib: Seeded, service: BookmarkService
) -> None:
    loser, winner = (TrackId(id_) for id_ in lib.tracks[:2])
    await service.save(lib.user, loser, 10)
    async with database.write() as transaction:
        await record_merge(transaction.connection, "track", loser, winner, "test")
    assert await held(service, lib.user) == [(winner, 10, None)]
    await service.save(lib.user, loser, 20)
    assert await held(service, lib.user) == [(winner, 20, None)]
    await service.remove(lib.user, winner)
    assert await held(service, lib.user) == []


async def test_devices_hear_of_it(database: Database, lib: Seeded, service: BookmarkService) -> None:
    track = TrackId(lib.tracks[0])
    await service.save(lib.user, track, 10)
    await service.remove(lib.user, track)
    query = sa.select(changes.c.scope, changes.c.scope_id, changes.c.op).where(changes.c.kind == "bookmark")
    async with database.read() as connection:
        assert [tuple(row) for row in await connection.execute(query)] == [("me", lib.user.user_id, "del")]
