"""Playlists: whose they are, what order they keep, what waits in them."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.domain.positions import between
from mcma.services.playlists.playlist_columns import KEPT
from mcma.services.playlists.playlist_rows import NewItem
from mcma.services.playlists.playlists import PlaylistService
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import claims, playlist_items, playlists
from mcma.store.tables.people import library_access, users
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.services import Playlists
from mcma_plugins.values import Caller
from tests.support.catalogue import EPOCH, Seeded, a_user, insert, seed, set_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=36)


@pytest.fixture
async def friend(database: Database, lib: Seeded) -> Caller:
    """May see the same library."""
    row, caller = a_user("friend")
    access = {"user_id": row["id"], "library_id": lib.library_id, "created_at": EPOCH}
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
        await insert(transaction.connection, library_access, [access])
    return caller


@pytest.fixture
def service(database: Database) -> PlaylistService:
    return PlaylistService(database)


async def test_it_is_what_adapters_are_promised(database: Database) -> None:
    promised: Playlists = PlaylistService(database)
    assert promised is not None


def ids(lib: Seeded, *places: int) -> list[TrackId]:
    return [TrackId(lib.tracks[place]) for place in places]


async def held(service: PlaylistService, caller: Caller, id_: PlaylistId) -> list[UUID | None]:
    return [entry.track.id if entry.track else None for entry in await service.entries(caller, id_)]


async def waiting(database: Database, playlist: PlaylistId, before: str | None, after: str | None) -> UUID:
    """A row that waits for a track, between two positions."""
    claim = {"id": new_id(), "title": "Some song", "created_at": EPOCH, "updated_at": EPOCH}
    row = {"id": new_id(), "playlist_id": playlist, "position": between(before, after),
    "claim_id": claim["id"],
           "added_at": EPOCH}  # fmt: skip
    async with database.write() as transaction:
        await insert(transaction.connection, claims, [claim])
        await insert(transaction.connection, playlist_items, [row])
    return UUID(str(row["id"]))


async def positions(database: Database, playlist: PlaylistId) -> list[Any]:
    query = sa.select(playlist_items.c.position, playlist_items.c.id, playlist_items.c.rev).where(
        playlist_items.c.playlist_id == playlist, playlist_items.c.deleted_at.is_(None)
    )
    async with database.read() as connection:
        return list((await connection.execute(query.order_by(playlist_items.c.position))).all())


async def durations(database: Database, tracks: Sequence[UUID]) -> int:
    async with database.read() as connection:
        rows = await connection.execute(sa.select(c.tracks.c.id, c.tracks.c.duration_ms))
        lengths: dict[UUID, int] = {row.id: row.duration_ms for row in rows}
    return sum(lengths[id_] for id_ in tracks)


async def test_a_new_playlist(database: Database, lib: Seeded, service: PlaylistService) -> None:
    wanted = ids(lib, 3, 1, 3)
    view = await service.create(lib.user, " Mix ", [*wanted, TrackId(new_id())], "why")
    assert (view.name, view.comment, view.owner, view.owner_id) == (
        "Mix",
        "why",
        lib.user.name,
        lib.user.user_id,
    )
    assert (view.public, view.smart, view.song_count) == (False, False, 3)
    assert view.duration_ms == await durations(database, wanted)
    assert await held(service, lib.user, view.id) == wanted
    assert await service.playlist(lib.user, view.id) == view
    assert await service.playlists(lib.user) == [view]
    with pytest.raises(InvalidInput):
        await service.create(lib.user, "  ")


async def test_whose_it_is(lib: Seeded, friend: Caller, service: PlaylistService) -> None:
    view = await service.create(lib.user, "Mix", ids(lib, 0))
    for caller in (friend, lib.admin):
        for call in (
            service.playlist(caller, view.id), service.entries(caller, view.id), service.delete(caller,
            view.id),
            service.edit(caller, view.id, name="x"), service.replace(caller, view.id, []),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                await call
        assert await service.playlists(caller) == []
    shared = await service.edit(lib.user, view.id, public=True)
    assert shared.public
    assert await held(service, friend, view.id) == ids(lib, 0)
    assert await service.playlists(friend) == [shared]
    for call in (
        service.edit(friend, view.id, name="x"), service.replace(friend, view.id, []),
        service.delete(friend, view.id),
        service.add(friend, view.id, [NewItem(TrackId(lib.tracks[0]))]), service.remove(friend, view.id, []),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
    assert (await service.edit(lib.admin, view.id, name="Better")).name == "Better"
    own = await service.create(friend, "Another")
    assert [each.id for each in await service.playlists(friend)] == [own.id, view.id]
    assert [each.id for each in await service.playlists(friend, lib.user.name)] == [view.id]
    assert await service.playlists(friend, "nobody") == []
    with pytest.raises(NotFound):
        await service.playlist(lib.user, PlaylistId(new_id()))


async def test_a_shared_playlist_shows_only_what_one_may_hear(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    other = await seed(database, tracks=24, seed=2)
    view = await service.create(lib.admin, "Both", [*ids(lib, 0), TrackId(other.tracks[0]), *ids(lib, 1)])
    await service.edit(lib.admin, view.id, public=True)
    assert await held(service, lib.user, view.id) == ids(lib, 0, 1)
    for caller, seen in ((lib.admin, [*ids(lib, 0, 1), other.tracks[0]]), (lib.user, ids(lib, 0, 1))):
        shown = await service.playlist(caller, view.id)
        assert (shown.song_count, shown.duration_ms) == (len(seen), await durations(database, seen))
        assert shown in await service.playlists(caller)
    mine = await service.create(lib.user, "Mine", [TrackId(other.tracks[0])])
    assert mine.song_count == 0


async def test_rows_that_are_hidden_from_an_editor_stay(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    other = await seed(database, tracks=12, seed=2)
    view = await service.create(lib.admin, "Both", [*ids(lib, 0), TrackId(other.tracks[0]), *ids(lib, 1)])
    await set_row(database, playlists, view.id, owner_id=lib.user.user_id)
    await service.replace(lib.user, view.id, ids(lib, 1, 0))
    await service.edit(lib.user, view.id, remove_at=[1])
    access = {"user_id": lib.user.user_id, "library_id": other.library_id, "created_at": EPOCH}
    async with database.write() as transaction:
        await insert(transaction.connection, library_access, [access])
    assert await held(service, lib.user, view.id) == [lib.tracks[1], other.tracks[0]]


async def test_adding_and_removing_by_index(lib: Seeded, service: PlaylistService) -> None:
    view = await service.create(lib.user, "Mix", ids(lib, 0, 1, 2, 3, 4))
    edited = await service.edit(lib.user, view.id, add=ids(lib, 5, 0), remove_at=[1, 1, 3, 99, -1])
    assert await held(service, lib.user, view.id) == ids(lib, 0, 2, 4, 5, 0)
    assert edited.song_count == 5
    assert edited.changed_at > view.changed_at
    assert edited.rev > view.rev
    named = await service.edit(lib.user, view.id, name="New", comment="")
    assert (named.name, named.comment, named.song_count) == ("New", None, 5)


async def test_waiting_rows_keep_their_place(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    view = await service.create(lib.user, "Mix", ids(lib, 0, 1, 2))
    first, second, _ = (row.position for row in await positions(database, view.id))
    waits = await waiting(database, view.id, first, second)
    assert await held(service, lib.user, view.id) == [lib.tracks[0], None, *ids(lib, 1, 2)]
    edited = await service.edit(lib.user, view.id, remove_at=[1], add=ids(lib, 7))
    assert edited.song_count == 3
    assert edited.duration_ms == await durations(database, ids(lib, 0, 2, 7))
    assert await held(service, lib.user, view.id) == [lib.tracks[0], None, *ids(lib, 2, 7)]
    for wanted in (ids(lib, 9, 8, 7), ids(lib, 3), ids(lib, 1, 2, 3, 4)):
        await service.replace(lib.user, view.id, wanted)
        assert await held(service, lib.user, view.id) == [wanted[0], None, *wanted[1:]]
    await service.replace(lib.user, view.id, [])
    assert await held(service, lib.user, view.id) == [None]
    assert [row.id for row in await positions(database, view.id)] == [waits]


async def test_replacing_keeps_the_rows_of_tracks_that_stay(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    view = await service.create(lib.user, "Mix", ids(lib, 0, 1, 2))
    before = await positions(database, view.id)
    await service.replace(lib.user, view.id, ids(lib, 0, 2, 3))
    after = await positions(database, view.id)
    assert [row.id for row in after][:2] == [before[0].id, before[2].id]
    assert [row.rev for row in after] == [1, 1, 1]
    same = await service.replace(lib.user, view.id, ids(lib, 0, 2, 3))
    assert await positions(database, view.id) == after
    await service.replace(lib.user, view.id, ids(lib, 3, 2, 0))
    assert await held(service, lib.user, view.id) == ids(lib, 3, 2, 0)
    assert same.song_count == 3


async def test_a_stale_rev_is_a_conflict(lib: Seeded, service: PlaylistService) -> None:
    view = await service.create(lib.user, "Mix", ids(lib, 0))
    newer = await service.edit(lib.user, view.id, name="Other", expected_rev=view.rev)
    for call in (
        service.edit(lib.user, view.id, name="x", expected_rev=view.rev),
        service.replace(lib.user, view.id, [], expected_rev=view.rev),
        service.delete(lib.user, view.id, expected_rev=view.rev),
    ):
        with pytest.raises(Conflict):
            await call
    assert await service.playlist(lib.user, view.id) == newer


async def test_a_deleted_playlist_is_gone_but_kept(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    view = await service.create(lib.user, "Mix", ids(lib, 0))
    await service.delete(lib.user, view.id)
    assert await service.playlists(lib.user) == []
    with pytest.raises(NotFound):
        await service.entries(lib.user, view.id)
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(playlists)) == 1
        assert await connection.scalar(sa.select(sa.func.count()).select_from(playlist_items)) == 1
    assert [each.id for each in await service.playlists(lib.user, deleted=True)] == [view.id]
    assert await service.playlists(lib.admin, deleted=True) == []
    with pytest.raises(NotFound):
        await service.restore(lib.admin, view.id)
    back = await service.restore(lib.user, view.id)
    assert back.rev > view.rev
    assert await held(service, lib.user, view.id) == ids(lib, 0)
    with pytest.raises(NotFound):
        await service.restore(lib.user, view.id)
    await set_row(database, playlists, view.id, deleted_at=utcnow() - KEPT)
    with pytest.raises(NotFound):
        await service.restore(lib.user, view.id)


async def test_smart_playlists_are_not_filled_by_hand(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    view = await service.create(lib.user, "Mix")
    await set_row(database, playlists, view.id, rules={"genre": "Rock"})
    assert (await service.playlist(lib.user, view.id)).smart
    with pytest.raises(Forbidden):
        await service.edit(lib.user, view.id, add=ids(lib, 0))
    assert (await service.edit(lib.user, view.id, name="Rock")).name == "Rock"


async def test_rows_of_merged_tracks_follow(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    view = await service.create(lib.user, "Mix", ids(lib, 0, 1, 2))
    await set_row(database, c.tracks, lib.tracks[0], deleted_at=EPOCH, replaced_by=lib.tracks[5])
    await set_row(database, c.tracks, lib.tracks[1], deleted_at=EPOCH)
    assert await held(service, lib.user, view.id) == ids(lib, 5, 2)
    await service.edit(lib.user, view.id, remove_at=[1])
    assert await held(service, lib.user, view.id) == ids(lib, 5)


async def test_ten_thousand_rows(lib: Seeded, service: PlaylistService) -> None:
    wanted = ids(lib, *(n % 36 for n in range(10_000)))
    view = await service.create(lib.user, "Long", wanted)
    assert view.song_count == 10_000
    assert await held(service, lib.user, view.id) == wanted
    await service.replace(lib.user, view.id, wanted[::-1])
    edited = await service.edit(lib.user, view.id, remove_at=[0, 9_999], add=ids(lib, 0))
    assert edited.song_count == 9_999
    assert await held(service, lib.user, view.id) == [*wanted[::-1][1:-1], lib.tracks[0]]
