"""The catalogue as a caller may see it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.store import dialect
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.services import Catalogue
from mcma_plugins.values import AlbumQuery, AlbumSort, Caller, ItemKind, RandomQuery, SearchQuery, Window
from tests.support.catalogue import EPOCH, Seeded, a_user, insert, seed, set_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=120)


@pytest.fixture
def service(database: Database) -> CatalogueService:
    return CatalogueService(database)


async def test_it_is_what_adapters_are_promised(database: Database) -> None:
    promised: Catalogue = CatalogueService(database)
    assert promised is not None


@contextmanager
def statements(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """All that are run: by SQLAlchemy, and past it."""
    seen: list[str] = []
    fetched = dialect.fetched

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    async def noted(connection: AsyncConnection, sql: str, values: Sequence[Any], **how: Any) -> Any:
        seen.append(sql)
        return await fetched(connection, sql, values, **how)

    engine = database._reader.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    monkeypatch.setattr(dialect, "fetched", noted)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


async def state(database: Database, user: Caller, kind: ItemKind, item: UUID, **values: Any) -> None:
    async with database.write() as transaction:
        row = {"user_id": user.user_id, "item_id": item, "item_kind": kind.value, **values}
        await insert(transaction.connection, user_items, [row])


async def test_albums_have_what_the_tables_say(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    album_id = lib.albums[3]
    mbid, cover = uuid4(), uuid4()
    await set_row(
        database, c.albums, album_id, title="Öl", sort_title="Ol", sort_key="ol", version="Deluxe", year=1999,
        date="1999-05", original_date="1998", compilation=True, explicit=False, mbid=mbid, artwork_id=cover,
        details={"artists": [[str(lib.artists[0]), "A", " & "], [str(lib.artists[1]), "B", ""]],
                 "genres": ["Rock", "Jazz"], "labels": ["L"], "moods": ["m"], "release_types": ["ep"],
                 "disc_titles": [[1, "One"], [2, "Two"]]},
    )  # fmt: skip
    liked = datetime(2025, 1, 2, 3, 4, 5, 678000, UTC)
    await state(database, lib.user, ItemKind.ALBUM, album_id, liked_at=liked, rating=4, play_count=7)
    view = await service.album(lib.user, AlbumId(album_id))
    assert (view.id, view.library_id, view.title, view.sort_title) == (album_id, lib.library_id, "Öl", "Ol")
    assert (view.version, view.year, view.date, view.original_date) == ("Deluxe", 1999, "1999-05", "1998")
    assert (view.compilation, view.explicit, view.mbid, view.artwork_id) == (True, False, mbid, cover)
    assert [(each.artist_id, each.name, each.join) for each in view.artists] == [
        (lib.artists[0], "A", " & "), (lib.artists[1], "B", ""),
    ]  # fmt: skip
    assert (view.genres, view.labels, view.moods) == (("Rock", "Jazz"), ("L",), ("m",))
    assert (view.release_types, view.disc_titles) == (("ep",), ((1, "One"), (2, "Two")))
    assert view.song_count == len(lib.tracks_of[album_id])
    assert view.user == (liked, 4, 7, None)
    assert view.created_at.tzinfo is not None
    async with database.read() as connection:
        row = (await connection.execute(sa.select(c.albums).where(c.albums.c.id == album_id))).one()
    assert (view.created_at, view.updated_at) == (row.created_at, row.updated_at)
    assert (view.duration_ms, view.size) == (row.duration_ms, row.size)


async def test_documents_may_lack_anything(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    await set_row(database, c.albums, lib.albums[0], details=None)
    await set_row(database, c.tracks, lib.tracks_of[lib.albums[0]], details={}, file_id=None)
    album = await service.album(lib.user, AlbumId(lib.albums[0]))
    track = (await service.album_tracks(lib.user, album.id))[0]
    assert (album.artists, album.genres, album.disc_titles) == ((), (), ())
    assert (track.artists, track.contributors, track.isrcs) == ((), (), ())
    assert (track.size, track.suffix, track.path, track.channels) == (0, "", None, 0)


async def test_a_track_carries_its_file_and_its_album(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    id_, cover = lib.tracks[0], uuid4()
    details = {"artists": [[str(lib.artists[1]), "B", ""]], "genres": ["Folk"], "isrcs": ["X"],
               "contributors": [["composer", str(lib.artists[0]), "A", None]]}  # fmt: skip
    await set_row(database, c.tracks, id_, details=details, bpm=120.5, disc=2, track=9, comment="c")
    await set_row(database, c.albums, lib.albums[0], artwork_id=cover)
    view = await service.track(lib.user, TrackId(id_))
    album = await service.album(lib.user, AlbumId(lib.albums[0]))
    assert (view.album_id, view.album, view.album_artist) == (album.id, album.title, album.artist)
    assert view.album_artists == album.artists
    assert view.artists[0].artist_id == lib.artists[1]
    assert [tuple(each) for each in view.contributors] == [("composer", lib.artists[0], "A", None)]
    assert (view.disc, view.track, view.bpm, view.comment) == (2, 9, 120.5, "c")
    assert (view.suffix, view.content_type, view.bit_rate_kbps) == ("flac", "audio/flac", 900)
    assert (view.sample_rate_hz, view.bit_depth, view.channels) == (44100, 16, 2)
    assert (view.track_gain_db, view.track_peak, view.album_gain_db) == (-6.5, 0.98, None)
    assert (view.isrcs, view.metadata_status, view.size) == (("X",), "pending", view.duration_ms * 40)
    assert view.artwork_id == cover
    assert view.path is not None and view.path.endswith("/0.flac")


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        (AlbumSort.NAME, lambda v: (v.title.lower(), v.id)),
        (AlbumSort.ARTIST, lambda v: (v.artist.lower(), v.title.lower(), v.id)),
        (AlbumSort.YEAR, lambda v: (v.year, v.title.lower(), v.id)),
    ],
)
async def test_lists_are_in_order(lib: Seeded, service: CatalogueService, sort: AlbumSort, key: Any) -> None:
    views = await service.albums(lib.user, AlbumQuery(sort, Window(100)))
    assert len(views) == len(lib.albums)
    assert list(views) == sorted(views, key=key)


async def test_newest_and_latest_year_first(lib: Seeded, service: CatalogueService) -> None:
    newest = await service.albums(lib.user, AlbumQuery(AlbumSort.NEWEST, Window(100)))
    assert list(newest) == sorted(newest, key=lambda view: view.created_at, reverse=True)
    years = [
        view.year for view in await service.albums(lib.user, AlbumQuery(AlbumSort.YEAR_DESC, Window(100)))
    ]
    assert years == sorted(years, key=lambda year: -(year or 0))


async def test_years_and_genres_narrow(lib: Seeded, service: CatalogueService) -> None:
    everything = await service.albums(lib.user, AlbumQuery(window=Window(100)))
    query = AlbumQuery(AlbumSort.YEAR, Window(100), from_year=1980, to_year=1999)
    expected = {view.id for view in everything if view.year and 1980 <= view.year <= 1999}
    assert {view.id for view in await service.albums(lib.user, query)} == expected != set()
    genre = everything[0].genres[0]
    found = await service.albums(lib.user, AlbumQuery(window=Window(100), genre=genre.upper()))
    assert {view.id for view in found} == {view.id for view in everything if genre in view.genres}
    assert await service.albums(lib.user, AlbumQuery(genre="nothing")) == []


async def test_lists_of_what_one_did(database: Database, lib: Seeded, service: CatalogueService) -> None:
    old, new = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
    first, second, third = lib.albums[:3]
    await state(
        database, lib.user, ItemKind.ALBUM, first, liked_at=old, rating=5, play_count=1, last_played_at=new
    )
    await state(database, lib.user, ItemKind.ALBUM, second, liked_at=new, rating=2, play_count=9,
                last_played_at=old)  # fmt: skip
    await state(database, lib.admin, ItemKind.ALBUM, third, liked_at=new, rating=5, play_count=99)
    expected = {AlbumSort.LIKED: [second, first], AlbumSort.RATING: [first, second],
                AlbumSort.FREQUENT: [second, first], AlbumSort.RECENT: [first, second]}  # fmt: skip
    for sort, ids in expected.items():
        assert [view.id for view in await service.albums(lib.user, AlbumQuery(sort))] == ids, sort


async def test_missing_items_are_in_no_list_but_at_their_id(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    album_id = lib.albums[0]
    track_ids = lib.tracks_of[album_id]
    await set_row(database, c.albums, album_id, missing_since=EPOCH)
    await set_row(database, c.tracks, track_ids, missing_since=EPOCH)
    assert album_id not in {
        view.id for view in await service.albums(lib.user, AlbumQuery(window=Window(100)))
    }
    assert (await service.album(lib.user, AlbumId(album_id))).id == album_id
    assert await service.album_tracks(lib.user, AlbumId(album_id)) == []
    assert (await service.track(lib.user, TrackId(track_ids[0]))).missing_since == EPOCH
    everything = await service.search(lib.user, SearchQuery("", Window(0), Window(0), Window(500)))
    assert len(everything.tracks) == len(lib.tracks) - len(track_ids)


async def test_deleted_items_are_gone(database: Database, lib: Seeded, service: CatalogueService) -> None:
    await set_row(database, c.tracks, lib.tracks[0], deleted_at=EPOCH)
    with pytest.raises(NotFound):
        await service.track(lib.user, TrackId(lib.tracks[0]))
    wanted = [TrackId(lib.tracks[1]), TrackId(lib.tracks[0]), TrackId(new_id()), TrackId(lib.tracks[2])]
    found = await service.tracks(lib.user, [*wanted, wanted[0]])
    assert [view.id for view in found] == [wanted[0], wanted[3], wanted[0]]


async def test_merged_ids_lead_to_the_winner(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    first, second, last = lib.tracks[:3]
    await set_row(database, c.tracks, first, deleted_at=EPOCH, replaced_by=second)
    await set_row(database, c.tracks, second, deleted_at=EPOCH, replaced_by=last)
    assert (await service.track(lib.user, TrackId(first))).id == last
    loser, winner = lib.artists[:2]
    await set_row(database, c.artists, loser, deleted_at=EPOCH, replaced_by=winner)
    assert (await service.artist(lib.user, ArtistId(loser))).id == winner
    await set_row(database, c.albums, lib.albums[0], deleted_at=EPOCH, replaced_by=lib.albums[1])
    assert (await service.album(lib.user, AlbumId(lib.albums[0]))).id == lib.albums[1]


async def test_album_tracks_go_by_disc_and_number(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    album = lib.albums[0]
    ids = lib.tracks_of[album]
    await set_row(database, c.tracks, ids[0], disc=2, track=1)
    await set_row(database, c.tracks, ids[1], disc=None, track=None)
    await set_row(database, c.tracks, ids[2], disc=1, track=1)
    found = [view.id for view in await service.album_tracks(lib.user, AlbumId(album))]
    assert found == [*ids[2:], ids[1], ids[0]]


async def test_artists_by_name_with_the_albums_they_count(lib: Seeded, service: CatalogueService) -> None:
    views = await service.artists(lib.user)
    assert {view.id for view in views} == {id_ for id_ in lib.artists if lib.albums_of.get(id_)}
    assert [view.name.lower() for view in views] == sorted(view.name.lower() for view in views)
    for view in views:
        albums = await service.artist_albums(lib.user, view.id)
        assert {album.id for album in albums} == set(lib.albums_of[view.id])
        assert len(albums) == view.album_count == len(lib.albums_of[view.id])
        assert [album.year for album in albums] == sorted(album.year or 0 for album in albums)
        assert (await service.artist(lib.user, view.id)) == view


async def test_artists_without_albums_are_in_no_list(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    guest = lib.artists[0]
    async with database.write() as transaction:
        await transaction.connection.execute(
            sa.update(c.artist_libraries).where(c.artist_libraries.c.artist_id == guest).values(album_count=0)
        )
    assert guest not in {view.id for view in await service.artists(lib.user)}
    assert (await service.artist(lib.user, ArtistId(guest))).album_count == 0


async def test_an_artist_of_two_libraries_is_counted_over_those_looked_at(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    other = await seed(database, tracks=24, seed=2)
    async with database.write() as transaction:
        row = {
            "artist_id": lib.artists[0],
            "library_id": other.library_id,
            "album_count": 3,
            "song_count": 30,
        }
        await insert(transaction.connection, c.artist_libraries, [row])
    own = (await service.artist(lib.user, ArtistId(lib.artists[0]))).album_count
    assert (await service.artist(lib.admin, ArtistId(lib.artists[0]))).album_count == own + 3
    counts = {view.id: view.album_count for view in await service.artists(lib.admin, [other.library])}
    assert counts[ArtistId(lib.artists[0])] == 3
    assert lib.artists[1] not in counts


async def test_another_library_is_invisible_everywhere(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    other = await seed(database, tracks=24, seed=2)
    me = lib.user
    with pytest.raises(NotFound):
        await service.album(me, AlbumId(other.albums[0]))
    with pytest.raises(NotFound):
        await service.album_tracks(me, AlbumId(other.albums[0]))
    with pytest.raises(NotFound):
        await service.track(me, TrackId(other.tracks[0]))
    with pytest.raises(NotFound):
        await service.artist(me, ArtistId(other.artists[0]))
    with pytest.raises(NotFound):
        await service.artist_albums(me, ArtistId(other.artists[0]))
    with pytest.raises(NotFound):
        await service.lyrics(me, TrackId(other.tracks[0]))
    assert await service.tracks(me, [TrackId(id_) for id_ in other.tracks]) == []
    for numbers in (None, [0], [1, 2]):
        albums = await service.albums(me, AlbumQuery(window=Window(100), libraries=numbers))
        assert {view.library_id for view in albums} == {lib.library_id}
    assert await service.albums(me, AlbumQuery(libraries=[2])) == []
    assert await service.artists(me, [2]) == []
    assert await service.genres(me, [2]) == []
    assert {view.number for view in await service.libraries(me)} == {1}
    assert {view.number for view in await service.libraries(lib.admin)} == {1, 2}
    assert await service.random_tracks(me, RandomQuery(10, libraries=[2])) == []
    genre = (await service.genres(lib.admin, [2]))[0].name
    assert await service.tracks_by_genre(me, genre, Window(10)) == []
    assert len(await service.tracks_by_genre(lib.admin, genre, Window(10))) > 0
    _, stranger = a_user("stranger")
    assert await service.albums(stranger, AlbumQuery()) == []
    assert (await service.changed_at(stranger)).year == 1970


async def test_a_deleted_library_is_nobodys(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    await set_row(database, c.libraries, lib.library_id, deleted_at=EPOCH)
    assert await service.libraries(lib.admin) == []
    assert await service.albums(lib.admin, AlbumQuery()) == []


async def test_roots_are_for_admins(lib: Seeded, service: CatalogueService) -> None:
    assert [view.root for view in await service.libraries(lib.user)] == [None]
    [view] = await service.libraries(lib.admin)
    assert (view.root, view.song_count, view.kind, view.scan_state) == ("/music", 120, "folder", "ok")
    assert await service.changed_at(lib.user) == EPOCH


async def test_genres_are_counted(lib: Seeded, service: CatalogueService) -> None:
    genres = await service.genres(lib.user)
    assert [view.name for view in genres] == sorted(view.name for view in genres)
    assert sum(view.song_count for view in genres) == len(lib.tracks)
    for view in genres:
        tracks = await service.tracks_by_genre(lib.user, view.name, Window(200))
        assert len(tracks) == view.song_count
        assert [track.id for track in tracks] == sorted(track.id for track in tracks)


async def test_random_pages_cover_everything_once(lib: Seeded, service: CatalogueService) -> None:
    seen: list[UUID] = []
    for offset in range(0, 12, 4):
        query = AlbumQuery(AlbumSort.RANDOM, Window(4, offset))
        seen += [view.id for view in await service.albums(lib.user, query)]
    assert sorted(seen) == sorted(lib.albums)
    orders = {
        tuple(view.id for view in await service.random_tracks(lib.user, RandomQuery(20))) for _ in range(4)
    }
    assert len(orders) > 1
    assert all(len(set(order)) == 20 for order in orders)


async def test_random_tracks_narrow(lib: Seeded, service: CatalogueService) -> None:
    genre = (await service.genres(lib.user))[0]
    found = await service.random_tracks(lib.user, RandomQuery(500, genre=genre.name))
    assert len({view.id for view in found}) == len(found) == genre.song_count
    some = await service.random_tracks(lib.user, RandomQuery(500, genre.name.upper(), 1990, 2000))
    assert {view.id for view in some} == {view.id for view in found if 1990 <= (view.year or 0) <= 2000}
    found = await service.random_tracks(lib.user, RandomQuery(500, from_year=1990, to_year=2000))
    assert all(view.year is not None and 1990 <= view.year <= 2000 for view in found)
    assert len(found) > 0
    assert [await service.random_tracks(lib.user, RandomQuery(*few)) for few in ((0,), (5, "no"))] == [[], []]


async def test_lyrics(database: Database, lib: Seeded, service: CatalogueService) -> None:
    track = lib.tracks[0]
    rows = [
        {"id": new_id(), "track_id": track, "lang": "eng", "plain": "one\ntwo"},
        {"id": new_id(), "track_id": track, "lang": "und", "synced": [[0, "a"], [1500, "b"]]},
    ]
    async with database.write() as transaction:
        for row in rows:
            await insert(transaction.connection, c.lyrics, [row])
    found = {each.lang: each for each in await service.lyrics(lib.user, TrackId(track))}
    assert (found["eng"].synced, list(found["eng"].lines)) == (False, [(None, "one"), (None, "two")])
    assert (found["und"].synced, list(found["und"].lines)) == (True, [(0, "a"), (1500, "b")])
    assert await service.lyrics(lib.user, TrackId(lib.tracks[1])) == []


async def test_a_page_is_one_query(
    database: Database, service: CatalogueService, monkeypatch: pytest.MonkeyPatch
) -> None:
    lib = await seed(database, tracks=700)
    ids = [TrackId(id_) for id_ in lib.tracks[:500]]
    nothing = Window(0)
    calls = [
        (service.albums(lib.user, AlbumQuery(window=Window(500))), 1),
        (service.albums(lib.user, AlbumQuery(AlbumSort.RANDOM, Window(500))), 2),
        (service.artists(lib.user), 3),
        (service.artists(lib.user), 2),
        (service.tracks(lib.user, ids), 1),
        (service.search(lib.user, SearchQuery("", nothing, nothing, Window(500))), 1),
        (service.search(lib.user, SearchQuery("ka")), 5),
    ]
    for call, most in calls:
        with statements(database, monkeypatch) as seen:
            assert await call
        assert 1 <= len(seen) <= most, seen
