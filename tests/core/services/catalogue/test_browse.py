"""Native lists: every sort both ways, page by page; filters; cursors."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from mcma.domain.errors import InvalidInput
from mcma.services.catalogue.browse import Ask, Browse
from mcma.services.catalogue.filters import Filters
from mcma.store.engine import Database
from mcma.store.queries.sorts import SORTS
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma_plugins.values import ItemKind
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row

pytestmark = pytest.mark.anyio
ALL = Filters()
ONE = str(UUID(int=1))


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    seeded = await seed(database, tracks=60)
    await set_row(database, c.albums, seeded.albums[0], year=None)
    await set_row(database, c.tracks, seeded.tracks[:7], year=None)
    await set_row(
        database,
        c.tracks,
        seeded.tracks[3:9],
        album_id=None,
        disc=None,
        track=None,
        album_sort="",
        album_place=10_000,
    )
    async with database.write() as transaction:
        rows = [
            {"user_id": seeded.user.user_id, "item_id": id_, "item_kind": ItemKind.TRACK.value,
             "rating": 1 + n % 5, "play_count": n % 3, "liked_at": EPOCH if n % 2 else None,
             "last_played_at": EPOCH + timedelta(days=n) if n % 3 else None}
            for n, id_ in enumerate(seeded.tracks[:20])
        ]  # fmt: skip
        await insert(transaction.connection, user_items, rows)
    yield seeded


@pytest.fixture
def browse(database: Database) -> Browse:
    return Browse(database)


async def pages(call: Any, lib: Seeded, sort: str, limit: int, filters: Filters = ALL) -> list[UUID]:
    found: list[UUID] = []
    cursor = None
    while True:
        page = await call(lib.user, filters, Ask(sort, cursor, limit))
        assert len(page.items) <= limit
        found += [view.id for view in page.items]
        if page.next_cursor is None:
            return found
        assert len(page.items) == limit
        cursor = page.next_cursor


@pytest.mark.parametrize("sort", sorted(SORTS[ItemKind.TRACK]))
async def test_tracks_in_pages_are_the_whole_list(lib: Seeded, browse: Browse, sort: str) -> None:
    whole = await pages(browse.list_tracks, lib, sort, 100)
    assert set(whole) == set(lib.tracks)
    assert await pages(browse.list_tracks, lib, sort, 7) == whole
    assert await pages(browse.list_tracks, lib, f"-{sort}", 7) == whole[::-1]


@pytest.mark.parametrize("sort", sorted(SORTS[ItemKind.ALBUM]))
async def test_albums_in_pages_are_the_whole_list(lib: Seeded, browse: Browse, sort: str) -> None:
    whole = await pages(browse.list_albums, lib, sort, 100)
    assert set(whole) == set(lib.albums)
    assert await pages(browse.list_albums, lib, sort, 2) == whole
    assert await pages(browse.list_albums, lib, f"-{sort}", 2) == whole[::-1]


@pytest.mark.parametrize("sort", sorted(SORTS[ItemKind.ARTIST]))
async def test_artists_in_pages_are_the_whole_list(lib: Seeded, browse: Browse, sort: str) -> None:
    whole = await pages(browse.list_artists, lib, sort, 100)
    assert set(whole) == set(lib.artists)
    assert await pages(browse.list_artists, lib, sort, 1) == whole
    assert await pages(browse.list_artists, lib, f"-{sort}", 1) == whole[::-1]


@pytest.mark.parametrize(
    ("sort", "key"),
    [("title", lambda v: v.title.lower()), ("created", lambda v: v.created_at), ("year",
     lambda v: v.year or 0),
     ("last_played", lambda v: v.user.last_played_at or EPOCH), ("liked", lambda v: v.user.liked_at or EPOCH),
     ("updated", lambda v: v.updated_at),
     ("duration", lambda v: v.duration_ms), ("rating", lambda v: v.user.rating or 0),
     ("plays", lambda v: v.user.play_count), ("artist",
      lambda v: v.artist.lower()),
     ("album", lambda v: ((v.album or "").lower(), v.disc or 1, v.track or 0))],
)  # fmt: skip
async def test_sorts_mean_what_they_say(lib: Seeded, browse: Browse, sort: str, key: Any) -> None:
    page = await browse.list_tracks(lib.user, ALL, Ask(sort, limit=100))
    assert len(page.items) == 60
    assert [key(view) for view in page.items] == sorted(key(view) for view in page.items)


async def test_filters(database: Database, lib: Seeded, browse: Browse) -> None:
    async def tracks(**fields: Any) -> set[UUID]:
        page = await browse.list_tracks(lib.user, Filters(**fields), Ask(limit=1000))
        return {view.id for view in page.items}

    everything = (await browse.list_tracks(lib.user, ALL, Ask(limit=1000))).items
    artist = everything[0].artists[0].artist_id
    assert await tracks(artist_ids=[artist]) == {
        v.id for v in everything if artist in [a.artist_id for a in v.artists]
    }
    assert (
        await tracks(album_ids=[lib.albums[1]])
        == {v.id for v in everything if v.album_id == lib.albums[1]}
        != set()
    )
    genre = everything[0].genres[0]
    assert await tracks(genres=[genre]) == {v.id for v in everything if genre in v.genres}
    assert await tracks(from_year=1980, to_year=2000) == {
        v.id for v in everything if 1980 <= (v.year or 0) <= 2000
    }
    assert await tracks(liked=True) == {id_ for n, id_ in enumerate(lib.tracks[:20]) if n % 2}
    assert await tracks(liked=False) == set(lib.tracks) - await tracks(liked=True)
    start = everything[5].title[:3]
    expected = {v.id for v in everything if v.title.lower().startswith(start.lower())}
    assert await tracks(q=start.upper()) == expected != set()
    await set_row(database, c.tracks, lib.tracks[0], metadata_status="manual")
    assert await tracks(status=["manual"]) == {lib.tracks[0]}
    assert await tracks(libraries=[1]) == await tracks(library_ids=[lib.library_id]) == set(lib.tracks)
    assert await tracks(libraries=[2]) == await tracks(library_ids=[lib.albums[0]]) == set()


async def test_filters_of_albums_and_artists(lib: Seeded, browse: Browse) -> None:
    artist = next(id_ for id_ in lib.artists if lib.albums_of.get(id_))
    albums = await browse.list_albums(lib.user, Filters(artist_ids=[artist]))
    assert {view.id for view in albums.items} == set(lib.albums_of[artist])
    one = await browse.list_albums(lib.user, Filters(album_ids=[lib.albums[1]]))
    assert [view.id for view in one.items] == [lib.albums[1]]
    genre = one.items[0].genres[0]
    assert lib.albums[1] in {
        view.id for view in (await browse.list_albums(lib.user, Filters(genres=[genre]))).items
    }
    assert (await browse.list_albums(lib.user, Filters(genres=["none"]))).items == []
    assert [v.id for v in (await browse.list_artists(lib.user, Filters(artist_ids=[artist]))).items] == [
        artist
    ]


async def test_other_libraries_stay_out(database: Database, lib: Seeded, browse: Browse) -> None:
    other = await seed(database, tracks=24, seed=2)
    for call in (browse.list_tracks, browse.list_albums, browse.list_artists):
        assert (await call(other.user, Filters(libraries=[1]))).items == []
        assert (await call(other.user, Filters(library_ids=[lib.library_id]))).items == []
        assert len((await call(other.user, ALL)).items) > 0


async def test_a_page_goes_on_where_it_ended_while_rows_come_and_go(
    database: Database, lib: Seeded, browse: Browse
) -> None:
    whole = await pages(browse.list_tracks, lib, "title", 100)
    page = await browse.list_tracks(lib.user, ALL, Ask(limit=10))
    await set_row(database, c.tracks, whole[:3], missing_since=EPOCH)
    following = await browse.list_tracks(lib.user, ALL, Ask("title", page.next_cursor, 100))
    assert [view.id for view in following.items] == whole[10:]


def packed(*values: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "é", "AAAA", packed(), packed("title"), packed("year", 0, "a", ONE),
     packed("title", 0, "a", "b"), packed("title", 0, 1, ONE), packed("title", 0, "a", ONE, 3),
     packed("title", 0, "a\0", ONE), packed("title", 1, "a", ONE), packed("title", -1, "a", ONE),
     packed("title", True, "a", ONE), packed("title", "0", "a", ONE), packed("title", "a", ONE),
     base64.urlsafe_b64encode(b"{}").decode()],
)  # fmt: skip
async def test_cursors_from_elsewhere_are_refused(lib: Seeded, browse: Browse, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        await browse.list_tracks(lib.user, ALL, Ask("title", cursor))


async def test_unknown_sorts_are_refused_and_limits_bounded(lib: Seeded, browse: Browse) -> None:
    with pytest.raises(InvalidInput, match="duration"):
        await browse.list_tracks(lib.user, ALL, Ask("size"))
    assert len((await browse.list_tracks(lib.user, ALL, Ask(limit=-3))).items) == 1
    assert len((await browse.list_tracks(lib.user, ALL, Ask(limit=10**9))).items) == 60
