"""Search: what is found, in which order, and pages that fit together."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.folding import search_words
from mcma.domain.ranking import ELSEWHERE, EXACT, TITLE_PREFIX, TITLE_WORDS, rank
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.machinery import SEARCH_TABLES, search_albums, search_artists, search_tracks
from mcma_plugins.values import SearchQuery, SearchResult, Window
from tests.support.catalogue import EPOCH, Seeded, seed, set_row

pytestmark = pytest.mark.anyio
NONE = Window(0)


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=120)


@pytest.fixture
def service(database: Database) -> CatalogueService:
    return CatalogueService(database)


async def words(database: Database, table: sa.Table, item: UUID, *texts: str) -> None:
    async with database.write() as transaction:
        await transaction.connection.execute(
            sa.update(table).where(table.c.item_id == item).values(words=search_words(*texts))
        )


def ids(found: Any) -> list[UUID]:
    return [view.id for view in found]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("love", EXACT),
        ("LOVE", EXACT),
        ("lov", TITLE_PREFIX),
        ("queen", ELSEWHERE),
        ("love queen", ELSEWHERE),
    ],
)
def test_ranks(text: str, kind: int) -> None:
    assert rank(search_words("Love", "Queen"), text.lower().split())[0] == kind


def test_ranks_of_longer_names() -> None:
    assert rank(search_words("Crazy Little Love"), ["lit"])[0] == TITLE_WORDS
    assert rank(search_words("AC/DC"), ["acdc"])[0] == EXACT
    assert rank(search_words("AC/DC"), ["ac", "dc"])[0] == EXACT
    assert rank(search_words("Love"), ["lov"]) < rank(search_words("Lovers in Japan"), ["lov"])


async def test_the_best_comes_first(database: Database, lib: Seeded, service: CatalogueService) -> None:
    for item, texts in zip(
        lib.tracks,
        [("Elsewhere", "Xylo"), ("A Xylo", "B"), ("Xylophone", "B"), ("Xylo", "B"), ("Xylo Two", "B")],
        strict=False,
    ):
        await words(database, search_tracks, item, *texts)
    found = await service.search(lib.user, SearchQuery("xylo", NONE, NONE, Window(10)))
    order = [lib.tracks[n] for n in (3, 4, 2, 1, 0)]
    assert ids(found.tracks) == order
    pages = [
        ids((await service.search(lib.user, SearchQuery("xylo", NONE, NONE, Window(2, at)))).tracks)
        for at in (0, 2, 4, 6)
    ]
    assert pages == [order[:2], order[2:4], order[4:], []]


async def test_every_kind_by_its_words(database: Database, lib: Seeded, service: CatalogueService) -> None:
    await words(database, search_artists, lib.artists[1], "Sigur Rós")
    await words(database, search_albums, lib.albums[1], "Takk...", "Sigur Rós")
    await words(database, search_tracks, lib.tracks[1], "Hoppípolla", "Sigur Rós", "Takk...")
    for text in ("sigur ros", "SIGUR", "rós sig"):
        found = await service.search(lib.user, SearchQuery(text))
        assert (ids(found.artists), ids(found.albums), ids(found.tracks)) == (
            [lib.artists[1]], [lib.albums[1]], [lib.tracks[1]],
        ), text  # fmt: skip
    assert ids((await service.search(lib.user, SearchQuery("takk hopp"))).tracks) == [lib.tracks[1]]
    assert await service.search(lib.user, SearchQuery("takkk")) == SearchResult([], [], [])
    assert await service.search(lib.user, SearchQuery("...")) == SearchResult([], [], [])
    nothing = await service.search(lib.user, SearchQuery("sigur", NONE, NONE, NONE))
    assert nothing == SearchResult([], [], [])


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1 --",
        '"*',
        "a AND NEAR(b",
        "x:*&|!'",
        "\0",
        "\ud800 x",
        "(",
        "^k*",
        "x" * 5000,
        "ab " * 5000,
        "abcdefghijklm " + " ".join(map(str, range(3000))),
    ],
)
async def test_no_text_is_an_error(lib: Seeded, service: CatalogueService, text: str) -> None:
    found = await service.search(lib.user, SearchQuery(text))
    assert isinstance(found, SearchResult)


async def test_nothing_typed_lists_everything_once(lib: Seeded, service: CatalogueService) -> None:
    seen: list[UUID] = []
    for offset in range(0, 130, 25):
        query = SearchQuery("", NONE, NONE, Window(25, offset))
        seen += ids((await service.search(lib.user, query)).tracks)
    assert seen == sorted(lib.tracks)
    found = await service.search(lib.user, SearchQuery(" ", Window(500), Window(500), NONE))
    assert ids(found.artists) == sorted(lib.artists)
    assert ids(found.albums) == sorted(lib.albums)


@pytest.mark.parametrize("changed", ["removed", "added"])
async def test_a_changing_library_neither_repeats_nor_skips(
    database: Database, lib: Seeded, service: CatalogueService, changed: str
) -> None:
    order = sorted(lib.tracks)
    if changed == "added":
        await set_row(database, c.tracks, order[:5], missing_since=EPOCH)
    shown = order[5:] if changed == "added" else order
    first = ids((await service.search(lib.user, SearchQuery("", NONE, NONE, Window(50)))).tracks)
    assert first == shown[:50]
    since = None if changed == "added" else EPOCH
    await set_row(database, c.tracks, order[:5], missing_since=since)
    second = ids((await service.search(lib.user, SearchQuery("", NONE, NONE, Window(500, 50)))).tracks)
    assert second == shown[50:]
    elsewhere = CatalogueService(database)
    shifted = ids((await elsewhere.search(lib.user, SearchQuery("", NONE, NONE, Window(500, 50)))).tracks)
    assert shifted != second, "without a memory an offset is all there is"


async def test_ids_of_musicbrainz(database: Database, lib: Seeded, service: CatalogueService) -> None:
    mbid, group = uuid4(), uuid4()
    await set_row(database, c.artists, lib.artists[0], mbid=mbid)
    await set_row(database, c.albums, lib.albums[0], mbid=mbid, release_group_mbid=group)
    await set_row(database, c.tracks, lib.tracks[0], recording_mbid=mbid)
    found = await service.search(lib.user, SearchQuery(str(mbid).upper()))
    assert (ids(found.artists), ids(found.albums), ids(found.tracks)) == (
        [lib.artists[0]], [lib.albums[0]], [lib.tracks[0]],
    )  # fmt: skip
    assert ids((await service.search(lib.user, SearchQuery(str(group)))).albums) == [lib.albums[0]]
    assert await service.search(lib.user, SearchQuery(str(uuid4()))) == SearchResult([], [], [])


async def test_other_libraries_are_not_searched(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    other = await seed(database, tracks=24, seed=2)
    for table, item in zip(SEARCH_TABLES, (other.tracks[0], other.albums[0], other.artists[0]), strict=True):
        await words(database, table, item, "Zzyzx")
    assert await service.search(lib.user, SearchQuery("zzyzx")) == SearchResult([], [], [])
    found = await service.search(other.user, SearchQuery("zzyzx"))
    assert [len(part) for part in found] == [1, 1, 1]
    assert await service.search(lib.admin, SearchQuery("zzyzx", libraries=[1])) == SearchResult([], [], [])
    assert [len(part) for part in await service.search(lib.admin, SearchQuery("zzyzx", libraries=[2]))] == [
        1,
        1,
        1,
    ]
    everything = await service.search(lib.user, SearchQuery("", Window(999), Window(999), Window(999)))
    assert set(ids(everything.tracks)) == set(lib.tracks)
    assert set(ids(everything.artists)) == set(lib.artists)


async def test_a_name_beats_the_cap(service: CatalogueService, database: Database) -> None:
    """However many rows have the word, the one that is called so is found, and first."""
    lib = await seed(database, tracks=1500)
    async with database.write() as transaction:
        await transaction.connection.execute(
            sa.update(search_tracks).values(words=search_words("A Common Song"))
        )
    last = lib.tracks[-1]
    await set_row(database, c.tracks, last, title="Common", sort_title="Common", sort_key="common")
    await words(database, search_tracks, last, "Common")
    found = await service.search(lib.user, SearchQuery("common", NONE, NONE, Window(20)))
    assert found.tracks[0].id == last
    assert len(found.tracks) == 20
