"""Deletions in time: forgotten by the feed in portions, then purged where nobody can hold the row."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.services.listening.bookmarks import BookmarkService
from mcma.services.listening.queues import QueueService
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.sync import purging as purging_module
from mcma.services.sync import retention as retention_module
from mcma.services.sync.purging import Purging
from mcma.services.sync.retention import Retention
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries import sync_state
from mcma.store.tables import listening as heard
from mcma.store.tables.machinery import changes
from mcma.store.tables.people import devices
from mcma_plugins.ids import DeviceId, TrackId
from tests.support.catalogue import Seeded
from tests.support.replica import Replica

pytestmark = pytest.mark.anyio
LONG_AGO = utcnow() - timedelta(days=200)


async def rows(database: Database, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    async with database.read() as connection:
        query = sa.select(sa.func.count()).select_from(table).where(*where)
        return int(await connection.scalar(query) or 0)


async def aged(database: Database, *statements: sa.Executable) -> None:
    async with database.write() as transaction:
        for one in statements:
            await transaction.connection.execute(one)


async def forgotten(database: Database) -> int:
    """As if the retention had passed."""
    retention = Retention(database, days=180)
    await retention.forget()
    async with database.write() as transaction:
        now = await sync_state.state(transaction.connection)
        assert now is not None
        marks = tuple(mark._replace(at=LONG_AGO) for mark in now.marks)
        await sync_state.keep(transaction.connection, now._replace(marks=marks))
    return await retention.forget()


async def test_forgetting_goes_in_portions(
    database: Database, lib: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_module, "AT_ONCE", 7)
    await aged(database, sa.insert(changes).values([
        {"scope": "me", "scope_id": lib.user.user_id, "kind": "playlist", "item_id": new_id(),
         "seq": 100_000 + n, "rev": 1, "op": "put" if n % 3 == 0 else "del", "reason": None}
        for n in range(60)
    ]))  # fmt: skip
    assert await forgotten(database) == 40
    assert await rows(database, changes, changes.c.op == "del") == 0
    assert await rows(database, changes, changes.c.seq >= 100_000) == 20


async def test_a_playlist_and_its_rows(
    database: Database, lib: Seeded, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging_module, "AT_ONCE", 2)
    playlists, tracks = PlaylistService(database), [TrackId(one) for one in lib.tracks[:5]]
    gone, kept = [await playlists.create(lib.user, name, tracks) for name in ("gone", "kept")]
    await playlists.edit(lib.user, gone.id, public=True)
    items = heard.playlist_items
    async with database.read() as connection:
        mine = sa.select(items.c.id).where(items.c.playlist_id == kept.id).order_by(items.c.position)
        first: UUID | None = await connection.scalar(mine.limit(1))
    await playlists.delete(lib.user, gone.id)
    await aged(database, sa.update(items).where(items.c.id == first).values(deleted_at=utcnow()))
    await replica.follow()
    purging = Purging(database, 180)
    assert not any((await purging.purge()).values()), "too young"
    old: dict[str, Any] = {"deleted_at": LONG_AGO}
    await aged(database, sa.update(heard.playlists).where(heard.playlists.c.id == gone.id).values(old),
               sa.update(items).where(items.c.id == first).values(old))  # fmt: skip
    await replica.follow()
    assert not any((await purging.purge()).values()), "clients may still have to be told"
    await forgotten(database)
    assert await purging.purge() == {"playlist_item": 6, "playlist": 1, "bookmark": 0, "device": 0}
    assert await rows(database, heard.playlists) == 1
    assert await rows(database, items) == 4
    assert await rows(database, changes, changes.c.op == "del") == 0, "and leaves no new word of it"
    await replica.follow()
    await replica.agrees()
    fresh = Replica(replica.feed, replica.caller)
    await fresh.begin()
    assert fresh.items == replica.items
    assert len(fresh.of("playlist_item@1")) == 4


async def test_bookmarks_and_devices_that_nothing_names(
    database: Database, lib: Seeded, replica: Replica
) -> None:
    service = BookmarkService(database)
    for track in lib.tracks[:2]:
        await service.save(lib.user, TrackId(track), 5)
    await service.remove(lib.user, TrackId(lib.tracks[0]))
    used, unused, alive = [DeviceId(new_id()) for _ in range(3)]
    for device in (used, unused, alive):
        await aged(database, sa.insert(devices).values(
            id=device, user_id=lib.user.user_id, name="x", created_at=LONG_AGO, updated_at=LONG_AGO,
            revoked_at=None if device == alive else LONG_AGO))  # fmt: skip
    await QueueService(database).save(lib.user, [TrackId(lib.tracks[0])], device_id=used)
    await aged(database, sa.update(heard.bookmarks).where(heard.bookmarks.c.deleted_at.is_not(None))
               .values(deleted_at=LONG_AGO))  # fmt: skip
    await replica.follow()
    await forgotten(database)
    assert await Purging(database, 180).purge() == {
        "playlist_item": 0,
        "playlist": 0,
        "bookmark": 1,
        "device": 1,
    }
    assert await rows(database, heard.bookmarks) == 1
    assert await rows(database, devices, devices.c.id.in_([used, alive])) == 2
