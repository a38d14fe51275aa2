"""Numbers about libraries and listening, against the same sums in Python."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from mcma.domain.errors import InvalidInput
from mcma.services.catalogue import browse as browsing
from mcma.services.catalogue.browse import Ask, Browse
from mcma.services.catalogue.filters import Filters
from mcma.services.catalogue.statistics import KEPT_SECONDS, Share, Statistics
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import plays, user_items
from mcma_plugins.values import ItemKind
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def lib(database: Database) -> Seeded:
    seeded = await seed(database, tracks=60)
    await set_row(database, c.track_files, await _files(database, seeded, 10), suffix="mp3")
    await set_row(database, c.albums, seeded.albums[0], year=None)
    await set_row(database, c.libraries, seeded.library_id, duration_ms=7, size=8)
    return seeded


async def _files(database: Database, seeded: Seeded, count: int) -> list[Any]:
    query = c.track_files.select().where(c.track_files.c.track_id.in_(seeded.tracks[:count]))
    async with database.read() as connection:
        return [row.id for row in await connection.execute(query)]


async def test_a_library_in_numbers(database: Database, lib: Seeded) -> None:
    found = await Statistics(database).library(lib.user)
    views = (await Browse(database).list_albums(lib.user, Filters(), Ask(limit=500))).items
    assert (found.songs, found.albums, found.duration_ms, found.size) == (60, len(lib.albums), 7, 8)
    assert found.artists == len(lib.artists)
    assert [(one.name, one.number) for one in found.formats] == [("flac", 50), ("mp3", 10)]
    decades = Counter(f"{view.year // 10 * 10}" for view in views if view.year)
    assert {one.name: one.number for one in found.decades} == decades
    assert sum(one.amount for one in found.months) == 60
    assert {one.name for one in found.months} == {view.created_at.strftime("%Y-%m") for view in views}


async def test_what_may_not_be_seen_is_not_counted(database: Database, lib: Seeded) -> None:
    other = await seed(database, tracks=24, seed=2)
    statistics = Statistics(database)
    assert (await statistics.library(other.user)).songs == 24
    assert (await statistics.library(other.admin)).songs == 84
    assert (await statistics.library(other.admin, [1])).songs == 60
    nothing = await statistics.library(other.user, [1])
    assert (nothing.songs, nothing.artists, nothing.formats) == (0, 0, [])


async def test_sums_are_kept_until_the_library_changes(database: Database, lib: Seeded) -> None:
    clock = Clock()
    statistics = Statistics(database, clock)
    before = await statistics.library(lib.user)
    await set_row(database, c.track_files, await _files(database, lib, 20), suffix="opus")
    clock.now += 10 * KEPT_SECONDS
    assert (await statistics.library(lib.user)).formats == before.formats, "nothing says that it changed"
    await set_row(database, c.libraries, lib.library_id, changed_at=EPOCH + timedelta(days=1))
    after = (await statistics.library(lib.user)).formats
    assert after != before.formats
    await set_row(database, c.track_files, await _files(database, lib, 30), suffix="opus")
    await set_row(database, c.libraries, lib.library_id, changed_at=EPOCH + timedelta(days=2))
    assert (await statistics.library(lib.user)).formats == after, "too soon"
    clock.now += KEPT_SECONDS
    assert Share("opus", 30, 0)[:2] in [one[:2] for one in (await statistics.library(lib.user)).formats]


async def test_what_somebody_did(database: Database, lib: Seeded) -> None:
    rows = [
        {"user_id": lib.user.user_id, "item_id": id_, "item_kind": ItemKind.TRACK.value,
         "liked_at": EPOCH if n < 3 else None, "rating": 4 if n < 2 else None, "play_count": n}
        for n, id_ in enumerate(lib.tracks[:5])
    ]  # fmt: skip
    async with database.write() as transaction:
        await insert(transaction.connection, user_items, rows)
    track, album, artist = await Statistics(database).mine(lib.user)
    assert track == ("track", 3, 2, 4, 10)
    assert (album, artist) == (("album", 0, 0, 0, 0), ("artist", 0, 0, 0, 0))


async def test_what_somebody_listened_to(database: Database, lib: Seeded) -> None:
    first, second = lib.tracks[0], lib.tracks_of[_of_another(lib)][0]
    heard = [(first, 0, None), (first, 1, 1000), (second, 1, 2000), (first, 40, 1), (first, 1, None)]
    rows = [
        {"id": new_id(), "user_id": lib.user.user_id, "track_id": track, "listen_id": new_id(),
         "started_at": EPOCH + timedelta(days=day), "ms_played": ms, "counted": n != 4}
        for n, (track, day, ms) in enumerate(heard)
    ]  # fmt: skip
    async with database.write() as transaction:
        await insert(transaction.connection, plays, rows)
    statistics = Statistics(database)
    found = await statistics.listening(lib.user, EPOCH, EPOCH + timedelta(days=30))
    whole = found.tracks[0].item.duration_ms
    assert [tuple(day) for day in found.days] == [("2024-01-01", 1, whole), ("2024-01-02", 2, 3000)]
    assert (found.plays, found.ms) == (3, whole + 3000)
    assert [(top.item.id, top.plays) for top in found.tracks] == [(first, 2), (second, 1)]
    assert [(top.item.id, top.plays) for top in found.albums] == [(lib.albums[0], 2), (_of_another(lib), 1)]
    assert [top.plays for top in found.artists] == [2, 1]
    none = await statistics.listening(lib.admin, EPOCH, EPOCH + timedelta(days=30))
    assert (none.plays, none.days, none.tracks) == (0, [], [])
    for since, until in ((EPOCH, EPOCH), (EPOCH + timedelta(days=1), EPOCH), (EPOCH, EPOCH + _years(11))):
        with pytest.raises(InvalidInput):
            await statistics.listening(lib.user, since, until)


def _of_another(lib: Seeded) -> UUID:
    """An album of another artist than the first."""
    first = next(albums for albums in lib.albums_of.values() if lib.albums[0] in albums)
    return next(one for one in lib.albums if one not in first)


def _years(number: int) -> timedelta:
    return timedelta(days=366 * number)


async def test_common_genres_are_the_same_list(
    database: Database, lib: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    browse = Browse(database)
    wanted = Filters(genres=["rock", "jazz"])
    for ask in (Ask("title", limit=500), Ask("-year", limit=500)):
        few = (await browse.list_tracks(lib.user, wanted, ask)).items
        albums = (await browse.list_albums(lib.user, wanted, ask)).items
        with monkeypatch.context() as patched:
            patched.setattr(browsing, "COMMON", 0)
            assert (await browse.list_tracks(lib.user, wanted, ask)).items == few != []
            assert (await browse.list_albums(lib.user, wanted, ask)).items == albums != []
