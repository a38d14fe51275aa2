"""Likes, ratings, plays: logs that only grow, and a state that always equals them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.events import Status
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.listening.listening import ListeningService
from mcma.services.listening.rebuild import rebuild, rebuild_for
from mcma.services.listening.recording import Event
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import like_events, listens, play_listens, plays, user_items
from mcma_plugins.events import LikeRecorded, PlayRecorded
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.services import Listening
from mcma_plugins.values import ItemKind, ItemRef, ListenReport, UserState
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row

pytestmark = pytest.mark.anyio
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=36)


@pytest.fixture
def service(database: Database) -> ListeningService:
    return ListeningService(database)


def track(id_: UUID) -> ItemRef:
    return ItemRef(ItemKind.TRACK, id_)


async def all_rows(database: Database, table: sa.Table, *leave: str) -> list[dict[str, Any]]:
    async with database.read() as connection:
        rows = (await connection.execute(sa.select(table).order_by(*table.primary_key))).mappings()
    return [{name: value for name, value in row.items() if name not in leave} for row in rows]


async def state(database: Database, lib: Seeded, id_: UUID) -> UserState:
    return (await CatalogueService(database).track(lib.user, TrackId(id_))).user


async def merge(database: Database, kind: ItemKind, table: sa.Table, loser: UUID, winner: UUID) -> None:
    await set_row(database, table, loser, deleted_at=EPOCH, replaced_by=winner)
    row = {"id": new_id(), "item_kind": kind.value, "loser_id": loser, "winner_id": winner, "reason": "test",
           "at": EPOCH}  # fmt: skip
    async with database.write() as transaction:
        await insert(transaction.connection, c.merges, [row])
        await rebuild_for(transaction.connection, [loser, winner])


async def test_it_is_what_adapters_are_promised(database: Database) -> None:
    promised: Listening = ListeningService(database)
    assert promised is not None


async def test_liking_again_keeps_the_first_time(
    database: Database, lib: Seeded, service: ListeningService
) -> None:
    item = track(lib.tracks[0])
    for second in (10, 20):
        await service.like(lib.user, [item], True, at(second))
    assert (await state(database, lib, item.id)).liked_at == at(10)
    assert len(await all_rows(database, like_events)) == 2
    await service.like(lib.user, [item], False, at(30))
    assert (await state(database, lib, item.id)).liked_at is None
    await service.like(lib.user, [item], False, at(31))
    await service.like(lib.user, [item], True, at(40))
    assert (await state(database, lib, item.id)).liked_at == at(40)
    assert (await CatalogueService(database).track(lib.admin, TrackId(item.id))).user == UserState()


async def test_a_late_older_event_changes_nothing(
    database: Database, lib: Seeded, service: ListeningService
) -> None:
    item = track(lib.tracks[0])
    await service.like(lib.user, [item], False, at(100))
    await service.like(lib.user, [item], True, at(50))
    assert (await state(database, lib, item.id)).liked_at is None


async def test_what_becomes_of_events(database: Database, lib: Seeded, service: ListeningService) -> None:
    item = track(lib.tracks[0])
    late, newest = (Event(new_id(), item, value, at(s), at(s)) for value, s in ((True, 5), (False, 9)))
    lost = Event(new_id(), track(new_id()), True, at(1), at(1))
    assert await service.record_likes(lib.user, [newest]) == {newest.id: Status.APPLIED}
    assert await service.record_likes(lib.user, [late, newest, lost]) == {
        late.id: Status.SUPERSEDED, newest.id: Status.DUPLICATE, lost.id: Status.REJECTED,
    }  # fmt: skip
    assert len(await all_rows(database, like_events)) == 2


async def test_times_ahead_are_now(database: Database, lib: Seeded, service: ListeningService) -> None:
    ahead = utcnow() + timedelta(days=300)
    await service.like(lib.user, [track(lib.tracks[0])], True, ahead)
    await service.listened(lib.user, [ListenReport(TrackId(lib.tracks[0]), ahead)], "s")
    found = await state(database, lib, lib.tracks[0])
    assert found.liked_at is not None and found.liked_at <= utcnow()
    assert found.last_played_at is not None and found.last_played_at <= utcnow()


async def test_unknown_and_foreign_items_are_skipped(
    database: Database, lib: Seeded, service: ListeningService
) -> None:
    other = await seed(database, tracks=24, seed=2)
    items = [track(new_id()), track(other.tracks[0]), ItemRef(ItemKind.ALBUM, other.albums[0]),
             ItemRef(ItemKind.ARTIST, other.artists[0]), ItemRef(ItemKind.PLAYLIST, new_id()),
             track(lib.tracks[0])]  # fmt: skip
    await service.like(lib.user, items, True)
    assert [row["item_id"] for row in await all_rows(database, user_items)] == [lib.tracks[0]]
    await service.listened(lib.user, [ListenReport(TrackId(other.tracks[0]), at(1))], "s")
    assert await all_rows(database, listens) == []
    for item in items[:5]:
        with pytest.raises(NotFound):
            await service.rate(lib.user, item, 3)


async def test_starred_latest_first(database: Database, lib: Seeded, service: ListeningService) -> None:
    other = await seed(database, tracks=24, seed=2)
    first = [
        track(lib.tracks[2]),
        ItemRef(ItemKind.ALBUM, lib.albums[1]),
        ItemRef(ItemKind.ARTIST, lib.artists[0]),
    ]
    await service.like(lib.user, first, True, at(1))
    await service.like(lib.user, [track(lib.tracks[1]), ItemRef(ItemKind.ALBUM, lib.albums[0])], True, at(2))
    found = await service.starred(lib.user)
    assert [view.id for view in found.tracks] == [lib.tracks[1], lib.tracks[2]]
    assert [view.id for view in found.albums] == [lib.albums[0], lib.albums[1]]
    assert [view.id for view in found.artists] == [lib.artists[0]]
    assert found.tracks[0].user.liked_at == at(2)
    assert await service.starred(lib.user, [2]) == ([], [], [])
    assert await service.starred(other.user) == ([], [], [])


async def test_ratings(database: Database, lib: Seeded, service: ListeningService) -> None:
    album = ItemRef(ItemKind.ALBUM, lib.albums[0])
    catalogue = CatalogueService(database)
    await service.rate(lib.user, album, 4)
    assert (await catalogue.album(lib.user, AlbumId(album.id))).user.rating == 4
    await service.rate(lib.user, album, 0)
    assert (await catalogue.album(lib.user, AlbumId(album.id))).user.rating is None
    for rating in (-1, 6):
        with pytest.raises(InvalidInput):
            await service.rate(lib.user, album, rating)


async def test_a_listen_lands_once(database: Database, lib: Seeded, service: ListeningService) -> None:
    report = ListenReport(TrackId(lib.tracks[0]), at(0))
    for _ in range(3):
        await service.listened(lib.user, [report, report], "subsonic")
    assert len(await all_rows(database, listens)) == 1
    assert await state(database, lib, lib.tracks[0]) == UserState(None, None, 1, at(0))
    await service.listened(lib.admin, [report], "subsonic")
    assert len(await all_rows(database, plays)) == 2


async def test_late_listens_do_not_move_last_played_back(
    database: Database, lib: Seeded, service: ListeningService
) -> None:
    id_ = TrackId(lib.tracks[0])
    for second in (1000, 0, 500):
        await service.listened(lib.user, [ListenReport(id_, at(second))], "subsonic")
    assert await state(database, lib, id_) == UserState(None, None, 3, at(1000))
    album = await CatalogueService(database).album(lib.user, AlbumId(lib.albums[0]))
    assert album.user == UserState(None, None, 3, at(1000))
    artist = await CatalogueService(database).artist(lib.user, ArtistId(lib.artists[0]))
    assert artist.user == UserState(None, None, 3, at(1000))
    assert (await CatalogueService(database).artist(lib.admin, ArtistId(lib.artists[0]))).user == UserState()
    await assert_rebuilt(database)


async def test_everybody_credited_as_artist_was_played_and_nobody_else(
    database: Database, service: ListeningService
) -> None:
    lib = await seed(database, tracks=75)
    played, (main, beside, composer) = lib.tracks[0], lib.artists[:3]
    more = [(beside, "artist", 1), (beside, "artist", 2), (composer, "composer", 0)]
    credits = [
        {"track_id": played, "artist_id": who, "role": role, "position": place, "name": "x"}
        for who, role, place in more
    ]
    async with database.write() as transaction:
        await insert(transaction.connection, c.track_artists, credits)
    for second in (0, 900):
        await service.listened(lib.user, [ListenReport(TrackId(played), at(second))], "s")
    counts = {
        row["item_id"]: row["play_count"]
        for row in await all_rows(database, user_items) if row["item_kind"] == "artist"
    }  # fmt: skip
    assert counts == {main: 2, beside: 2}
    await assert_rebuilt(database)


async def test_rebuilding_gives_artists_of_an_old_database_their_plays(
    database: Database, lib: Seeded, service: ListeningService
) -> None:
    await service.listened(lib.user, [ListenReport(TrackId(lib.tracks[0]), at(0))], "s")
    right = await all_rows(database, user_items, "rev")
    async with database.write() as transaction:
        await transaction.connection.execute(sa.delete(user_items).where(user_items.c.item_kind == "artist"))
    assert await all_rows(database, user_items, "rev") != right
    await rebuild(database)
    assert await all_rows(database, user_items, "rev") == right


async def test_two_channels_are_one_play(database: Database, lib: Seeded, service: ListeningService) -> None:
    id_ = TrackId(lib.tracks[0])
    await service.listened(lib.user, [ListenReport(id_, at(3))], "subsonic")
    assert (await state(database, lib, id_)).play_count == 1
    await service.listened(lib.user, [ListenReport(id_, at(0), 1000)], "native")
    [play] = await all_rows(database, plays)
    assert (play["ms_played"], play["counted"], play["started_at"]) == (1000, False, at(0))
    assert len(await all_rows(database, play_listens)) == 2
    assert await state(database, lib, id_) == UserState()


async def test_skips_are_kept_and_not_counted(
    database: Database, lib: Seeded, service: ListeningService
) -> None:
    id_ = TrackId(lib.tracks[0])
    await service.listened(lib.user, [ListenReport(id_, at(0), 5)], "native")
    assert [row["counted"] for row in await all_rows(database, plays)] == [False]
    found = await state(database, lib, id_)
    assert (found.play_count, found.last_played_at) == (0, None)


async def test_a_thousand_listens_at_once(database: Database, lib: Seeded, service: ListeningService) -> None:
    reports = [ListenReport(TrackId(lib.tracks[n % 36]), at(400 * n)) for n in range(1000)]
    await service.listened(lib.user, reports, "subsonic")
    rows = await all_rows(database, user_items)
    assert sum(row["play_count"] for row in rows if row["item_kind"] == "track") == 1000
    assert sum(row["play_count"] for row in rows if row["item_kind"] == "album") == 1000
    assert sum(row["play_count"] for row in rows if row["item_kind"] == "artist") == 1000


async def test_hooks_hear_what_was_stored(database: Database, lib: Seeded) -> None:
    heard: list[tuple[str, object]] = []

    async def notify(hook: str, event: object) -> None:
        assert await all_rows(database, user_items)
        heard.append((hook, event))

    service = ListeningService(database, notify)
    id_ = TrackId(lib.tracks[0])
    await service.like(lib.user, [track(id_)], True, at(1))
    await service.like(lib.user, [track(id_)], False, at(0))
    for _ in range(2):
        await service.listened(lib.user, [ListenReport(id_, at(5))], "s")
    assert heard == [
        ("like_recorded", LikeRecorded(lib.user.user_id, track(id_), True, at(1))),
        ("play_recorded", PlayRecorded(lib.user.user_id, id_, at(5), None)),
    ]


async def test_merged_items_count_as_their_winner(
    database: Database, lib: Seeded, service: ListeningService
) -> None:
    loser, winner = lib.tracks[:2]
    await service.like(lib.user, [track(loser)], True, at(1))
    await service.listened(lib.user, [ListenReport(TrackId(loser), at(0))], "s")
    await merge(database, ItemKind.TRACK, c.tracks, loser, winner)
    assert await state(database, lib, winner) == UserState(at(1), None, 1, at(0))
    await service.listened(lib.user, [ListenReport(TrackId(loser), at(900))], "s")
    await service.listened(lib.user, [ListenReport(TrackId(winner), at(2000))], "s")
    await service.like(lib.user, [track(loser)], False, at(3))
    assert await state(database, lib, winner) == UserState(None, None, 3, at(2000))
    assert loser not in {row["item_id"] for row in await all_rows(database, user_items)}
    await assert_rebuilt(database)
    await set_row(database, c.tracks, loser, deleted_at=None, replaced_by=None)
    await set_row(
        database, c.merges, [row["id"] for row in await all_rows(database, c.merges)], undone_at=EPOCH
    )
    await rebuild(database, lib.user.user_id)
    assert await state(database, lib, loser) == UserState(at(1), None, 1, at(0))


async def assert_rebuilt(database: Database) -> None:
    """Rebuilding changes nothing, not even a row's rev."""
    before = [await all_rows(database, table) for table in (user_items, plays, play_listens)]
    await rebuild(database)
    assert [await all_rows(database, table) for table in (user_items, plays, play_listens)] == before


async def test_rebuilding_mends(database: Database, lib: Seeded, service: ListeningService) -> None:
    await service.like(lib.user, [track(lib.tracks[0])], True, at(1))
    await service.listened(lib.user, [ListenReport(TrackId(lib.tracks[0]), at(0))], "s")
    right = [await all_rows(database, table, "rev") for table in (user_items, plays, play_listens)]
    wrong = {"user_id": lib.user.user_id, "item_id": lib.tracks[5], "item_kind": "track", "rating": 5}
    async with database.write() as transaction:
        connection = transaction.connection
        await connection.execute(sa.update(user_items).values(liked_at=None, play_count=9, rating=3))
        await connection.execute(sa.delete(plays))
        await insert(connection, user_items, [wrong])
    await rebuild(database, lib.admin.user_id)
    assert [await all_rows(database, table, "rev") for table in (user_items, plays, play_listens)] != right
    await rebuild(database, lib.user.user_id)
    assert [await all_rows(database, table, "rev") for table in (user_items, plays, play_listens)] == right


Action = tuple[str, int, int, int, str]
actions = st.lists(
    st.tuples(
        st.sampled_from(["like", "rate", "listen", "merge"]), st.integers(0, 3), st.integers(0, 5),
        st.integers(0, 120), st.sampled_from(["subsonic", "native", "import"]),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions)
def test_recording_equals_rebuilding(
    sqlite_template: Any, tmp_path_factory: Any, said: Sequence[Action]
) -> None:
    import shutil

    from mcma.store.engine import sqlite_url

    path = tmp_path_factory.mktemp("h") / "mcma.db"
    shutil.copy(sqlite_template, path)

    async def run() -> None:
        database = Database(sqlite_url(path))
        try:
            lib = await seed(database, tracks=24)
            for action in said:
                await perform(database, lib, *action)
            await assert_rebuilt(database)
        finally:
            await database.close()

    asyncio.run(run())


async def perform(
    database: Database, lib: Seeded, what: str, which: int, value: int, when: int, source: str
) -> None:
    service = ListeningService(database)
    item = track(lib.tracks[which * 6])
    if what == "like":
        events = [Event(new_id(), item, value % 2, at(when), at(when))]
        await service.record_likes(lib.user, events)
    elif what == "rate":
        await service.record_ratings(lib.user, [Event(new_id(), item, value, at(when), at(when))])
    elif what == "listen":
        played = None if value == 0 else value * 50_000
        await service.listened(lib.user, [ListenReport(TrackId(item.id), at(when), played)], source)
    elif which < 3:
        already = {row["loser_id"] for row in await all_rows(database, c.merges)}
        if item.id not in already:
            await merge(database, ItemKind.TRACK, c.tracks, item.id, lib.tracks[which * 6 + 6])


async def test_two_writers_of_one_user(database: Database, lib: Seeded, service: ListeningService) -> None:
    """Each must derive with the other's event, or the last to commit forgets one."""
    id_ = TrackId(lib.tracks[0])
    await asyncio.gather(
        *(service.listened(lib.user, [ListenReport(id_, at(100 * n))], "s") for n in range(8)),
        *(
            service.like(lib.user, [ItemRef(ItemKind.ARTIST, ArtistId(lib.artists[0]))], True, at(n))
            for n in range(4)
        ),
    )
    assert (await state(database, lib, id_)).play_count == 8
    await assert_rebuilt(database)


async def test_a_song_said_several_times_without_a_time_was_played_now(
    service: ListeningService, database: Database, lib: Seeded
) -> None:
    await service.listened(lib.user, [ListenReport(TrackId(lib.tracks[0]))] * 500, "subsonic")
    assert (await state(database, lib, lib.tracks[0])).play_count == 1
