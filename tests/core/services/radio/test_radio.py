"""Radios: endless, without repetition, within what the caller may see, with a reason for everything."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.variety import RADIO
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.radio.likeness import Likeness
from mcma.services.radio.radio import KEPT, RadioService
from mcma.services.radio.radiopools import MOST, Pools
from mcma.services.radio.similar import SimilarService
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import plays, user_items
from mcma.store.tables.radio import radio_items, radios
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.services import Radio
from mcma_plugins.suggestions import RadioAbout, RadioPage
from mcma_plugins.values import Caller, ItemKind, ItemRef
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row

pytestmark = pytest.mark.anyio
MINE = RadioAbout()


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=240)


@pytest.fixture
def service(database: Database) -> RadioService:
    likeness = Likeness(database)
    pools = Pools(database, SimilarService(database, likeness), PlaylistService(database).entries)
    return RadioService(database, likeness, pools)


def about(kind: ItemKind, *ids: UUID) -> RadioAbout:
    return RadioAbout(tuple(ItemRef(kind, id_) for id_ in ids))


def ids(page: RadioPage) -> list[UUID]:
    return [one.track.id for one in page.items]


async def rows(database: Database, table: sa.Table, made: Sequence[dict[str, Any]]) -> None:
    async with database.write() as transaction:
        await insert(transaction.connection, table, made)


async def did(database: Database, caller: Caller, item: UUID, kind: str = "track", **values: Any) -> None:
    row = {"user_id": caller.user_id, "item_id": item, "item_kind": kind, **values}
    await rows(database, user_items, [row])


async def heard(service: RadioService, caller: Caller, page: RadioPage, most: int = 100) -> list[UUID]:
    """All that it gives, page by page."""
    found = ids(page)
    for _ in range(most):
        if page.next is None:
            return found
        page = await service.next(caller, page.id, page.next, 50)
        found += ids(page)
    raise AssertionError("it does not end")


async def test_it_is_what_adapters_are_promised(service: RadioService) -> None:
    promised: Radio = service
    assert promised is not None


async def test_it_goes_on_until_everything_was_given_once(lib: Seeded, service: RadioService) -> None:
    begun = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 50)
    found = await heard(service, lib.user, begun)
    assert len(found) == len(set(found))
    assert set(found) == set(lib.tracks), "the one it began with included, once nothing else is left"


async def test_what_is_alike_comes_before_what_is_not(lib: Seeded, service: RadioService) -> None:
    page = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 30, seed=1)
    assert len(page.items) == 30
    codes = {reason.code for one in page.items for reason in one.reasons}
    assert "shared_genre" in codes
    assert "from_your_library" not in codes
    for one in page.items:
        assert one.reasons
        assert one.score == pytest.approx(sum(reason.weight for reason in one.reasons), abs=0.01)
    assert [note.code for note in page.notes] == ["sound_absent"]


async def test_artists_are_spread_over_pages_too(lib: Seeded, service: RadioService) -> None:
    page = await service.start(lib.user, about(ItemKind.TRACK, *lib.tracks[::40]), 7, seed=3)
    artists = [one.track.artists[0].artist_id for one in page.items]
    for _ in range(6):
        page = await service.next(lib.user, page.id, page.next or 0, 7)
        artists += [one.track.artists[0].artist_id for one in page.items]
    assert all(one != other for one, other in pairwise(artists))
    for start in range(len(artists) - RADIO.within):
        assert max(Counter(artists[start : start + RADIO.within]).values()) <= RADIO.most


async def test_a_page_asked_for_again_is_the_same(lib: Seeded, service: RadioService) -> None:
    begun = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 10)
    second = await service.next(lib.user, begun.id, 10, 10)
    assert await service.next(lib.user, begun.id, 10, 10) == second._replace(notes=())
    assert ids(await service.next(lib.user, begun.id, 0, 15)) == ids(begun) + ids(second)[:5]


async def test_two_who_ask_at_once_get_the_same(lib: Seeded, service: RadioService) -> None:
    begun = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 5)
    pages = await asyncio.gather(*(service.next(lib.user, begun.id, 5, 10) for _ in range(4)))
    assert [ids(page) for page in pages] == [ids(pages[0])] * 4


async def test_the_same_seed_makes_the_same_radio(lib: Seeded, service: RadioService) -> None:
    wanted = about(ItemKind.ALBUM, lib.albums[3])
    one, same, other = [await service.start(lib.user, wanted, 20, seed=seed) for seed in (7, 7, 8)]
    assert ids(one) == ids(same) != ids(other)
    assert one.id != same.id


@pytest.mark.parametrize("kind", ["album", "artist", "playlist", "genre", "several", "me"])
async def test_from_anything(database: Database, lib: Seeded, service: RadioService, kind: str) -> None:
    playlist = await PlaylistService(database).create(lib.user, "p", [TrackId(id_) for id_ in lib.tracks[:9]])
    await did(database, lib.user, lib.tracks[17], liked_at=EPOCH, play_count=4, last_played_at=EPOCH)
    wanted = {
        "album": about(ItemKind.ALBUM, lib.albums[0]),
        "artist": about(ItemKind.ARTIST, lib.artists[0]),
        "playlist": about(ItemKind.PLAYLIST, playlist.id),
        "genre": RadioAbout(genre="ROCK"),
        "several": RadioAbout((ItemRef(ItemKind.TRACK, lib.tracks[0]),), "Jazz"),
        "me": MINE,
    }[kind]
    page = await service.start(lib.user, wanted, 20)
    assert len(page.items) == 20
    async with database.read() as connection:
        row = (await connection.execute(sa.select(radios))).one()
    assert 1 <= len(row.pool) <= MOST
    assert {UUID(id_) for id_ in row.pool} <= set(lib.tracks)
    if kind == "me":
        assert row.pool == [str(lib.tracks[17])]


async def test_somebody_new_hears_the_library(lib: Seeded, service: RadioService) -> None:
    page = await service.start(lib.user, MINE, 20)
    assert {reason.code for one in page.items for reason in one.reasons} == {"from_your_library"}
    assert len(page.items) == 20


async def test_what_is_not_there(lib: Seeded, database: Database, service: RadioService) -> None:
    other = await seed(database, tracks=24, seed=2)
    hidden = await PlaylistService(database).create(lib.admin, "hidden", [])
    for wanted in (
        about(ItemKind.TRACK, uuid4()),
        about(ItemKind.TRACK, lib.tracks[0], other.tracks[0]),
        about(ItemKind.PLAYLIST, hidden.id),
        RadioAbout(genre="No such genre"),
    ):
        with pytest.raises(NotFound):
            await service.start(lib.user, wanted)
    begun = await service.start(lib.user, MINE, 5)
    with pytest.raises(NotFound):
        await service.next(lib.admin, begun.id)
    with pytest.raises(NotFound):
        await service.next(lib.user, uuid4())
    with pytest.raises(InvalidInput):
        await service.next(lib.user, begun.id, 6)


async def test_only_libraries_of_the_caller(database: Database, lib: Seeded, service: RadioService) -> None:
    other = await seed(database, tracks=36, seed=2)
    begun = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 50)
    assert not set(await heard(service, lib.user, begun)) & set(other.tracks)


async def test_dislikes_are_never_heard(database: Database, lib: Seeded, service: RadioService) -> None:
    await did(database, lib.user, lib.tracks[1], rating=1)
    await did(database, lib.user, lib.albums[2], "album", rating=1)
    await did(database, lib.user, lib.artists[3], "artist", rating=1)
    begun = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 50)
    page, found = begun, ids(begun)
    for _ in range(3):
        page = await service.next(lib.user, begun.id, page.next or 0, 40)
        found += ids(page)
    hated = {lib.tracks[1], *lib.tracks_of[lib.albums[2]]}
    hated |= {id_ for album in lib.albums_of[lib.artists[3]] for id_ in lib.tracks_of[album]}
    assert not set(found) & hated


async def test_what_was_just_heard_waits(database: Database, lib: Seeded, service: RadioService) -> None:
    first = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 10, seed=4)
    now = utcnow()
    made = [
        {"id": new_id(), "user_id": lib.user.user_id, "track_id": id_, "listen_id": new_id(),
         "started_at": now - timedelta(minutes=5), "counted": place % 2 == 0}
        for place, id_ in enumerate(ids(first))
    ]  # fmt: skip
    await rows(database, plays, made)
    again = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 40, seed=4)
    assert not set(ids(again)) & set(ids(first)), "skipped ones too"
    others = await service.start(lib.admin, about(ItemKind.TRACK, lib.tracks[0]), 10, seed=4)
    assert ids(others) == ids(first)


async def test_a_library_that_was_just_heard_is_better_than_silence(
    database: Database, service: RadioService
) -> None:
    small = await seed(database, tracks=12, seed=5)
    now = utcnow()
    made = [
        {"id": new_id(), "user_id": small.user.user_id, "track_id": id_, "listen_id": new_id(),
         "started_at": now, "counted": True}
        for id_ in small.tracks
    ]  # fmt: skip
    await rows(database, plays, made)
    page = await service.start(small.user, about(ItemKind.TRACK, small.tracks[0]), 20)
    assert set(ids(page)) == set(small.tracks)
    assert page.next == 12
    assert [note.code for note in page.notes] == ["sound_absent", "just_heard"]
    assert (await service.next(small.user, page.id, 12)).next is None


async def test_what_has_one_star_never_comes_and_what_was_just_heard_comes_last(
    database: Database, service: RadioService
) -> None:
    small = await seed(database, tracks=100, seed=5)
    album, artist = small.albums[0], small.artists[-1]
    bad = {*small.tracks_of[album], *(id_ for one in small.albums_of[artist] for id_ in small.tracks_of[one])}
    good = [id_ for id_ in small.tracks if id_ not in bad]
    assert len(bad) > 1 and len(good) > 4
    await did(database, small.user, album, "album", rating=1)
    await did(database, small.user, artist, "artist", rating=1)
    await did(database, small.user, good[0], rating=1)
    made = {"id": new_id(), "user_id": small.user.user_id, "track_id": good[1], "listen_id": new_id(),
            "started_at": utcnow(), "counted": True}  # fmt: skip
    await rows(database, plays, [made])
    page = await service.start(small.user, about(ItemKind.TRACK, good[2]), len(good) - 2)
    assert set(ids(page)) == set(good[2:])
    assert [note.code for note in page.notes] == ["sound_absent"]
    last = await service.next(small.user, page.id, len(good) - 2, 50)
    assert ids(last) == [good[1]]
    assert [note.code for note in last.notes] == ["sound_absent", "just_heard"]
    assert (await service.next(small.user, page.id, len(good) - 1)).next is None


async def test_many_with_one_star_do_not_end_a_radio(
    database: Database, lib: Seeded, service: RadioService
) -> None:
    """More than one walk looks at, wherever it begins."""
    listed = lib.tracks
    await set_row(database, c.tracks, listed[:230], rnd=0.999999)
    await set_row(database, c.tracks, listed[230:], rnd=0.9999999)
    one_star = {"user_id": lib.user.user_id, "item_kind": "track", "rating": 1}
    await rows(database, user_items, [{**one_star, "item_id": id_} for id_ in listed[:230]])
    page = await service.start(lib.user, MINE, 2)
    assert set(await heard(service, lib.user, page)) == set(listed[230:])


async def test_tracks_that_go_away_leave_a_gap_and_no_error(
    database: Database, lib: Seeded, service: RadioService
) -> None:
    begun = await service.start(lib.user, about(ItemKind.TRACK, lib.tracks[0]), 10)
    await set_row(database, c.tracks, ids(begun)[3], deleted_at=EPOCH)
    again = await service.next(lib.user, begun.id, 0, 10)
    assert ids(again) == ids(begun)[:3] + ids(begun)[4:]
    assert again.next == 10


async def test_old_radios_are_forgotten_with_what_they_gave(
    database: Database, lib: Seeded, service: RadioService
) -> None:
    first = await service.start(lib.user, MINE, 2)
    await set_row(database, radios, first.id, used_at=EPOCH)
    theirs = await service.start(lib.admin, MINE, 2)
    await service.start(lib.user, MINE, 2)
    with pytest.raises(NotFound):
        await service.next(lib.user, first.id)
    assert len((await service.next(lib.admin, theirs.id)).items) == 2
    async with database.read() as connection:
        left = set(await connection.scalars(sa.select(radio_items.c.radio_id)))
    assert first.id not in left
    assert KEPT >= 20


async def test_a_playlist_of_somebody_else_that_is_shared(
    database: Database, lib: Seeded, service: RadioService
) -> None:
    playlists = PlaylistService(database)
    made = await playlists.create(lib.admin, "shared", [TrackId(lib.tracks[0])])
    await playlists.edit(lib.admin, PlaylistId(made.id), public=True)
    assert (await service.start(lib.user, about(ItemKind.PLAYLIST, made.id), 5)).items
