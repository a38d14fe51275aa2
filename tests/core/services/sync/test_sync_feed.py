"""Snapshot, changes and digest, as a client reads them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, Forbidden, Gone, InvalidInput, TooManyRequests
from mcma.services.identity.merging import record_merge
from mcma.services.listening.listening import ListeningService
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.sync import feed as feed_module
from mcma.services.sync.cursors import BadCursor
from mcma.services.sync.feed import MOST_WAITING, SyncFeed
from mcma.services.sync.retention import Retention
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.feed import SYNCED
from mcma.store.queries import people, sync_items, sync_state
from mcma.store.tables import catalogue as c
from mcma.store.tables.machinery import changes
from mcma.store.tables.people import library_access, users
from mcma_plugins.ids import TrackId, UserId
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.catalogue import Seeded, a_user
from tests.support.replica import Replica, given

pytestmark = pytest.mark.anyio


def test_every_kind_of_the_feed_is_told() -> None:
    assert {spec.kind for spec in SYNCED} == set(sync_items.KINDS)


async def test_a_snapshot_is_all_there_is(replica: Replica, lib: Seeded) -> None:
    assert set(replica.of("track@1")) == {str(id_) for id_ in lib.tracks}
    assert set(replica.of("album@1")) == {str(id_) for id_ in lib.albums}
    assert set(replica.of("artist@1")) == {str(id_) for id_ in lib.artists}
    assert set(replica.of("library_access@1")) == {str(lib.library_id)}
    track = replica.of("track@1")[str(lib.tracks[0])]
    assert track["library_id"] == str(lib.library_id)
    assert "details" not in track
    assert track["artists"]
    await replica.agrees()


async def test_pages_end_anywhere(
    replica: Replica, feed: SyncFeed, lib: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "PAGE", 7)
    monkeypatch.setattr(feed_module, "_STEP", 3)
    small = Replica(feed, lib.user)
    await small.begin()
    assert small.items == replica.items
    assert small.seen == replica.seen, "nothing twice"


async def test_what_changes_while_pages_are_read_comes_again(
    database: Database, feed: SyncFeed, lib: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "PAGE", 10)
    replica = Replica(feed, lib.user)
    page = await feed.snapshot(lib.user)
    while True:
        async for portion in page.lines:
            replica.take(portion)
            await _rename(database, lib, len(replica.items) % 24)
        if page.ending.next is None:
            break
        page = await feed.more(lib.user, page.ending.next)
    assert page.ending.cursor is not None
    replica.cursor = page.ending.cursor
    await replica.follow()
    await replica.agrees()


async def _rename(database: Database, lib: Seeded, place: int) -> None:
    async with database.write() as transaction:
        change = sa.update(c.tracks).where(c.tracks.c.id == lib.tracks[place])
        await transaction.connection.execute(change.values(title=f"Renamed {uuid4()}"))


async def test_changes_come_once_and_as_they_are_now(
    database: Database, replica: Replica, lib: Seeded
) -> None:
    assert await replica.follow() == 0
    for _ in range(3):
        await _rename(database, lib, 0)
    await _rename(database, lib, 1)
    assert await replica.follow(limit=1) == 2
    assert replica.of("track@1")[str(lib.tracks[0])]["title"].startswith("Renamed")
    assert await replica.follow() == 0
    await replica.agrees()


async def test_likes_and_playlists_are_mine(database: Database, replica: Replica, lib: Seeded) -> None:
    other = Replica(replica.feed, lib.admin)
    await other.begin("me", "shared")
    listening, playlists = ListeningService(database), PlaylistService(database)
    await listening.like(lib.user, [ItemRef(ItemKind.TRACK, lib.tracks[0])], True)
    made = await playlists.create(lib.user, "Mine", [TrackId(lib.tracks[1])])
    await replica.follow()
    [liked] = replica.of("user_item@1").values()
    assert (liked["item_id"], liked["liked_at"] is None) == (str(lib.tracks[0]), False)
    assert replica.of("playlist@1")[str(made.id)]["public"] is False
    [row] = replica.of("playlist_item@1").values()
    assert (row["track_id"], row["claim"]) == (str(lib.tracks[1]), None)
    await replica.agrees()
    assert await other.follow() == 0


async def test_a_merged_track_is_gone_and_says_where_to(
    database: Database, replica: Replica, lib: Seeded
) -> None:
    loser, winner = lib.tracks[:2]
    async with database.write() as transaction:
        await record_merge(transaction.connection, "track", loser, winner, "test")
    await replica.follow()
    key = (f"catalog:{lib.library_id}", "track@1", str(loser))
    assert replica.gone[key] == ("merged", str(winner))
    await replica.agrees()


async def test_a_library_that_is_withdrawn(database: Database, replica: Replica, lib: Seeded) -> None:
    async with database.write() as transaction:
        mine = library_access.c.user_id == lib.user.user_id
        await transaction.connection.execute(sa.delete(library_access).where(mine))
    with pytest.raises(Forbidden, match=str(lib.library_id)) as refused:
        await replica.follow()
    assert refused.value.stable_code == "scope_denied"
    known = replica.known
    left = known._replace(scopes=tuple(one for one in known.scopes if not one.startswith("catalog")))
    replica.cursor = await given(database, replica.caller, left)
    await replica.follow()
    assert replica.gone["me", "library_access@1", str(lib.library_id)] == ("access", None)


async def test_rows_of_a_playlist_are_shared_and_withdrawn_with_it(
    database: Database, replica: Replica, lib: Seeded
) -> None:
    playlists, track = PlaylistService(database), TrackId(lib.tracks[1])
    other = Replica(replica.feed, lib.admin)
    await other.begin()
    made = await playlists.create(lib.user, "Mine", [track, track])
    for public, seen in ((True, 2), (False, 0), (True, 2)):
        await playlists.edit(lib.user, made.id, public=public)
        await other.follow()
        assert len(other.of("playlist_item@1")) == seen
        await other.agrees()
        fresh = Replica(replica.feed, lib.admin)
        await fresh.begin()
        assert fresh.of("playlist_item@1") == other.of("playlist_item@1")
    await playlists.delete(lib.user, made.id)
    await other.follow()
    assert not other.of("playlist_item@1")
    await playlists.restore(lib.user, made.id)
    await other.follow()
    assert len(other.of("playlist_item@1")) == 2
    await other.agrees()


async def test_waiting_ends_with_the_first_change(
    database: Database, replica: Replica, feed: SyncFeed, lib: Seeded
) -> None:
    await replica.follow()
    waiting = asyncio.create_task(feed.changes(lib.user, replica.cursor, wait=30))
    await asyncio.sleep(0)
    await _rename(database, lib, 3)
    found = await waiting
    assert [line["id"] for line in found.changes] == [str(lib.tracks[3])]
    quiet = await feed.changes(lib.user, found.next, wait=0.05)
    assert not quiet.changes


async def test_what_others_do_does_not_end_waiting(
    database: Database, replica: Replica, feed: SyncFeed, lib: Seeded
) -> None:
    await replica.follow()
    listening, item = ListeningService(database), ItemRef(ItemKind.TRACK, lib.tracks[0])
    waiting = asyncio.create_task(feed.changes(lib.user, replica.cursor, wait=30))
    for liked in (True, False, True):
        await listening.like(lib.admin, [item], liked)
        await asyncio.wait([waiting], timeout=0.05)
    await _rename(database, lib, 3)
    assert [line["id"] for line in (await waiting).changes] == [str(lib.tracks[3])]


async def test_one_user_does_not_wait_without_end(
    database: Database, replica: Replica, feed: SyncFeed, lib: Seeded
) -> None:
    await replica.follow()
    asked = [feed.changes(lib.user, replica.cursor, wait=30) for _ in range(MOST_WAITING + 1)]
    waiting = [asyncio.create_task(one) for one in asked]
    [refused], others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert isinstance(refused.exception(), TooManyRequests)
    theirs = await given(database, lib.admin, replica.known)
    assert not (await feed.changes(lib.admin, theirs, wait=0.01)).changes
    await _rename(database, lib, 3)
    assert all([(await one).changes for one in others])
    assert not (await feed.changes(lib.user, (await others.pop()).next, wait=0.01)).changes


async def test_another_epoch_and_a_lost_past(database: Database, replica: Replica, feed: SyncFeed) -> None:
    known = replica.known
    for stale in (known._replace(epoch="another"), known._replace(seq=known.seq + 100)):
        with pytest.raises(Conflict) as refused:
            await feed.changes(replica.caller, await given(database, replica.caller, stale))
        assert refused.value.stable_code == "epoch_changed"


async def test_a_cursor_is_of_one_user_and_of_this_server(replica: Replica, feed: SyncFeed) -> None:
    other = replace(replica.caller, user_id=UserId(uuid4()))
    text, _, signature = replica.cursor.rpartition(".")
    forged = replica.known._replace(seq=0).packed()
    for caller, cursor in (
        (other, replica.cursor), (replica.caller, f"{forged}.{signature}"), (replica.caller, text),
        (replica.caller, f"{text}."), (replica.caller, ""), (replica.caller, "\ud800"),
    ):  # fmt: skip
        with pytest.raises(BadCursor):
            await feed.changes(caller, cursor)
        with pytest.raises(BadCursor):
            await feed.more(caller, cursor)


async def test_deletions_are_forgotten_in_time(
    database: Database, replica: Replica, feed: SyncFeed, lib: Seeded
) -> None:
    retention = Retention(database, days=30)
    async with database.write() as transaction:
        gone = sa.update(c.tracks).where(c.tracks.c.id == lib.tracks[0]).values(deleted_at=utcnow())
        await transaction.connection.execute(gone)
    assert await retention.forget() == 0
    behind = replica.cursor
    await replica.follow()
    await _age_marks(database, 31)
    assert await retention.forget() == 1
    assert await replica.follow() == 0, "who has followed meanwhile misses nothing"
    with pytest.raises(Gone, match="snapshot") as refused:
        await feed.changes(lib.user, behind)
    assert refused.value.stable_code == "cursor_expired"
    await replica.agrees()
    async with database.read() as connection:
        left = sa.select(sa.func.count()).select_from(changes).where(changes.c.op == "del")
        assert await connection.scalar(left) == 0


async def _age_marks(database: Database, days: int) -> None:
    async with database.write() as transaction:
        now = await sync_state.state(transaction.connection)
        assert now is not None
        marks = tuple(mark._replace(at=mark.at - timedelta(days=days)) for mark in now.marks)
        await sync_state.keep(transaction.connection, now._replace(marks=marks))


@pytest.mark.parametrize("text", ["", "x", "bm90IGpzb24", "WzEsMl0", "WyJhIiwtMV0", "é", "WyJhIiwxLFtdXQ"])
async def test_a_cursor_of_nowhere(feed: SyncFeed, lib: Seeded, text: str) -> None:
    with pytest.raises(InvalidInput):
        await feed.changes(lib.user, text)
    with pytest.raises(InvalidInput):
        await feed.more(lib.user, text)


@pytest.mark.parametrize("scope", ["", "you", "catalog", "catalog:", "catalog:x", "me:1"])
async def test_a_scope_that_is_none(feed: SyncFeed, lib: Seeded, scope: str) -> None:
    with pytest.raises(InvalidInput):
        await feed.snapshot(lib.user, [scope])


async def test_a_scope_that_is_not_mine(feed: SyncFeed, lib: Seeded) -> None:
    with pytest.raises(Forbidden):
        await feed.snapshot(lib.user, ["me", f"catalog:{uuid4()}"])


async def test_types_that_are_not_known_are_left_out(feed: SyncFeed, lib: Seeded) -> None:
    page = await feed.snapshot(lib.user, None, ["track@1", "hologram@1", "album@9"])
    found = {line["type"] async for portion in page.lines for line in portion}
    assert found == {"track@1"}
    nothing = await feed.snapshot(lib.user, None, ["hologram@1"])
    assert [line async for portion in nothing.lines for line in portion] == []
    assert nothing.ending.cursor is not None


async def test_the_last_changes_may_be_taken_out_of_the_feed(
    database: Database, replica: Replica, lib: Seeded
) -> None:
    """A user is deleted whose changes were the last ones: nobody else's past is lost by it."""
    row, other = a_user("gone")
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(users).values(row))
    await PlaylistService(database).create(other, "Mine", [])
    await replica.follow()
    async with database.write() as transaction:
        await people.delete_user(transaction.connection, other.user_id)
    async with database.write() as transaction:
        await people.forget_feed(transaction.connection, other.user_id)
    assert await replica.follow() == 0
    await _rename(database, lib, 0)
    assert await replica.follow() == 1
