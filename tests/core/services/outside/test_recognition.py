"""What is known about things of sources: compared with a library, by a fixed number of queries."""

import dataclasses
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.folding import fold, sort_name
from mcma.services.outside.folded_keys import named, titles_of
from mcma.services.outside.recognition import Knowing
from mcma.services.outside.relations import Found, Known, Relation
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.queries import outside as queries
from mcma.store.queries.outside import Named
from mcma.store.tables import catalogue as c
from mcma.store.tables.people import library_access
from mcma.store.tables.wanted import download_requests, downloads
from mcma_plugins.sources import OutsideAudio, SourceItem, SourceKind
from mcma_plugins.values import Caller
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row
from tests.support.plans import plan

pytestmark = pytest.mark.anyio
MBID = UUID("2a6e62a3-1d7c-4c4e-9f7e-0d0d0d0d0d0d")
LENGTH = 215_000
OPUS = OutsideAudio("opus", 128)
FLAC = OutsideAudio("flac", 900, lossless=True)
MP3 = OutsideAudio("mp3", 192)


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    made = await seed(database, tracks=60)
    await name_track(database, made, 0, "Winter Light", "Ann Ash", lossless=True)
    await name_track(database, made, 1, "The Long Way Home (Live)", "The Bob Birches", codec="mp3", rate=320)
    await name_track(database, made, 2, "Coded", "Somebody", isrc="USABC9900001")
    await name_track(database, made, 3, "Marked", "Somebody", mbid=MBID)
    await name_track(database, made, 4, "Turned", "Carla Crane", artist_key=fold("Crane, Carla"))
    await set_row(database, c.albums, made.albums[0], title="First Album", sort_key=fold("First Album"),
                  artist="Ann Ash", artist_key=fold("Ann Ash"), song_count=10)  # fmt: skip
    await set_row(database, c.artists, made.artists[0], name="Ann Ash", name_key=fold("Ann Ash"))
    yield made


async def name_track(
    database: Database, lib: Seeded, place: int, title: str, artist: str, *, isrc: str | None = None,
    mbid: UUID | None = None, lossless: bool = False, codec: str = "flac", rate: int = 900,
    artist_key: str | None = None,
) -> None:  # fmt: skip
    track = lib.tracks[place]
    await set_row(
        database, c.tracks, track, title=title, sort_key=fold(title), artist=artist, duration_ms=LENGTH,
        artist_key=artist_key or fold(sort_name(artist)), recording_mbid=mbid,
        details={"artists": [[str(uuid4()), artist, ""]]},
    )  # fmt: skip
    async with database.write() as transaction:
        connection = transaction.connection
        files = sa.update(c.track_files).where(c.track_files.c.track_id == track)
        await connection.execute(files.values(lossless=lossless, codec=codec, bit_rate_kbps=rate))
        if isrc is not None:
            row = {"item_kind": "track", "item_id": track, "scheme": "isrc", "value": isrc}
            await insert(connection, c.external_ids, [row])


def song(title: str, *artists: str, source_id: str = "s1", **more: Any) -> SourceItem:
    more = {"duration_ms": LENGTH} | more
    return SourceItem(SourceKind.TRACK, source_id, title, artists, **more)


async def known(database: Database, caller: Caller, *items: SourceItem) -> list[Known]:
    return await Knowing(database).of(caller, [Found("shop", item) for item in items])


OWNED, BETTER, OTHER, NEW = Relation.OWNED, Relation.OWNED_BETTER, Relation.OTHER_VERSION, Relation.NEW


TRACKS = (
    (song("Winter Light", "Ann Ash"), OWNED, 0),
    (song("winter light", "ANN ASH", audio=FLAC), OWNED, 0),
    (song("Winter Light (feat. Bob)", "Ann Ash", audio=OPUS), BETTER, 0),
    (song("Winter Light (Live in Paris)", "Ann Ash"), OTHER, 0),
    (song("Winter Light - Remix", "Ann Ash"), OTHER, 0),
    (song("Winter Light", "Quite Another"), NEW, None),
    (song("Winter Lights Out", "Ann Ash"), NEW, None),
    (song("The Long Way Home", "The Bob Birches"), OTHER, 1),
    (song("The Long Way Home (Live)", "The Bob Birches", audio=MP3), BETTER, 1),
    (song("The Long Way Home (Live)", "The Bob Birches", audio=OPUS), OWNED, 1),
    (song("Coded", "Written Otherwise", isrc="USABC9900001"), NEW, None),
    (song("Coded", "Somebody Else", "Somebody", isrc="USABC9900001"), OWNED, 2),
    (song("Under Another Name", "Nobody", recording_mbid=str(MBID)), OWNED, 3),
    (song("Turned", "Carla Crane"), OWNED, 4),
    (song("Nothing Like It", "Ann Ash"), NEW, None),
    (song("!!!", "???"), NEW, None),
)


async def test_tracks(database: Database, lib: Seeded) -> None:
    found = await known(database, lib.user, *(item for item, _, _ in TRACKS))
    for (item, relation, place), one in zip(TRACKS, found, strict=True):
        assert one.relation is relation, (item, one)
        if place is not None:
            assert one.track_id == lib.tracks[place], (item, one)


async def test_what_came_from_there_is_owned_whatever_it_is_called(database: Database, lib: Seeded) -> None:
    track = lib.tracks[7]
    async with database.write() as transaction:
        await insert(
            transaction.connection, c.source_refs,
            [{"id": new_id(), "source": source, "instance": "", "source_id": b"s1", "display": "s1",
              "track_id": track, "created_at": EPOCH} for source in ("shop",)],
        )  # fmt: skip
    item = song("Anything", "Anybody", audio=OPUS)
    assert (await known(database, lib.user, item))[0] == Known(BETTER, track_id=track, score=1.0)
    [other] = await Knowing(database).of(lib.user, [Found("other", item)])
    assert other.relation is NEW, "an id means nothing in another source"
    await set_row(database, c.tracks, track, deleted_at=EPOCH, replaced_by=lib.tracks[8])
    assert (await known(database, lib.user, item))[0].track_id == lib.tracks[8], "a merged one leads on"


async def test_what_nobody_may_see_is_not_told(database: Database, lib: Seeded) -> None:
    stranger = (await seed(database, tracks=12, seed=2)).user
    items = [
        song("Winter Light", "Ann Ash"), song("x", "y", recording_mbid=str(MBID)),
        SourceItem(SourceKind.ALBUM, "a1", "First Album", ("Ann Ash",)),
        SourceItem(SourceKind.ARTIST, "r1", "Ann Ash"),
    ]  # fmt: skip
    assert {one.relation for one in await known(database, stranger, *items)} == {NEW}
    assert NEW not in {one.relation for one in await known(database, lib.admin, *items)}
    async with database.write() as transaction:
        given = {"user_id": stranger.user_id, "library_id": lib.library_id, "created_at": EPOCH}
        await insert(transaction.connection, library_access, [given])
    assert NEW not in {one.relation for one in await known(database, stranger, *items)}
    await set_row(database, c.tracks, lib.tracks[0], missing_since=EPOCH)
    assert (await known(database, stranger, items[0]))[0].relation is NEW, "its file is gone"


async def test_albums_and_artists(database: Database, lib: Seeded) -> None:
    def album(title: str, artist: str, **more: Any) -> SourceItem:
        return SourceItem(SourceKind.ALBUM, "a1", title, (artist,), **more)

    found = await known(
        database, lib.user, album("first album", "Ann Ash"),
        album("First Album", "Ann Ash", track_count=10), album("First Album", "Ann Ash", track_count=12),
        album("First Album (Deluxe Edition)", "Ann Ash"), album("First Album", "Another"),
        SourceItem(SourceKind.ARTIST, "r1", "ANN ASH"), SourceItem(SourceKind.ARTIST, "r2", "Absent One"),
        SourceItem(SourceKind.PLAYLIST, "p1", "First Album"),
    )  # fmt: skip
    here = [(one.relation.value, one.album_id, one.songs) for one in found[:5]]
    first = lib.albums[0]
    assert here == [("owned", first, 10), ("owned", first, 10), ("partly", first, 10),
                    ("other_version", first, 10), ("new", None, None)]  # fmt: skip
    assert found[5] == Known(OWNED, artist_id=lib.artists[0])
    assert [one.relation for one in found[6:]] == [NEW, NEW]


async def test_what_is_asked_for_is_on_its_way(database: Database, lib: Seeded) -> None:
    """One's own wishes, whatever they wait for; of others only what is really being got."""

    async def ask(caller: Caller, source_id: str, state: str, **more: Any) -> None:
        row = {"id": new_id(), "user_id": caller.user_id, "source": "shop", "source_id": source_id,
               "state": state, "created_at": EPOCH, "changed_at": EPOCH, **more}  # fmt: skip
        async with database.write() as transaction:
            await insert(transaction.connection, download_requests, [row])

    async def get(source_id: str, state: str, kind: str = "track") -> None:
        row = {"id": new_id(), "source": "shop", "source_id": source_id, "kind": kind, "state": state,
               "created_at": EPOCH, "changed_at": EPOCH}  # fmt: skip
        async with database.write() as transaction:
            await insert(transaction.connection, downloads, [row])

    await ask(lib.user, "mine", "requested")
    await ask(lib.user, "had", "have")
    await ask(lib.user, "gone", "cancelled", deleted_at=EPOCH)
    await ask(lib.admin, "theirs", "requested")
    await ask(lib.admin, "running", "running")
    await get("running", "running")
    await get("failed", "failed")
    await get("album", "running", kind="album")
    ids = ("mine", "running", "had", "gone", "theirs", "failed", "album", "none")
    items = [song("Far Away", "Nobody", source_id=id_) for id_ in ids]
    states = [one.relation.value for one in await known(database, lib.user, *items)]
    assert states == ["downloading", "downloading", *["new"] * 6]
    there = dataclasses.replace(items[0], title="Winter Light", artists=("Ann Ash",))
    assert (await known(database, lib.user, there))[0].relation is OWNED, "it has come another way"


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    made: list[str] = []

    def note(*arguments: Any) -> None:
        made.append(arguments[2])

    engine = database._reader.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


async def test_the_number_of_queries_does_not_grow(database: Database, lib: Seeded) -> None:
    def some(count: int) -> list[SourceItem]:
        tracks = [
            song(f"Song Number {n}", f"Artist {n}", source_id=f"t{n}", isrc=f"USABC{n:07}",
                 recording_mbid=str(uuid4()))
            for n in range(count)
        ]  # fmt: skip
        albums = [SourceItem(SourceKind.ALBUM, f"a{n}", f"Album {n}", (f"Artist {n}",)) for n in range(count)]
        artists = [SourceItem(SourceKind.ARTIST, f"r{n}", f"Artist {n}") for n in range(count)]
        return [*tracks, *albums, *artists]

    with counted(database) as few:
        await known(database, lib.user, *some(1))
    with counted(database) as many:
        await known(database, lib.user, *some(150))
    assert len(few) == len(many) <= 9, few
    with counted(database) as none:
        assert await known(database, lib.user) == []
    assert none == []


async def test_names_are_looked_up_along_indexes(database: Database) -> None:
    lib = await seed(database, tracks=1000)
    wanted = [Named(fold(f"artist {n}"), fold(f"title {n}")) for n in range(60)]
    titles = [one.title for one in wanted]
    ids = {"shop": [f"s{n}" for n in range(60)]}
    for query, index in (
        (queries.tracks_named(wanted, lib.user), "ix_tracks_artist"),
        (queries.albums_named(wanted, lib.user), "ix_albums_artist"),
        (queries.tracks_called(titles, lib.user), "ix_tracks_(sort|original|missing)"),
        (queries.tracks_recorded([uuid4()], lib.user), "ix_tracks_(recording_mbid|original)"),
        (queries.referred(ids), "uq_source_refs|autoindex_source_refs"),
        (queries.coming(ids, lib.user), "uq_download_requests_thing"),
        (queries.coming(ids, lib.user), "uq_downloads|autoindex_downloads"),
    ):
        told = await plan(database, query)
        assert re.search(index, told), told


def test_how_a_thing_may_be_listed() -> None:
    item = song("The Song (Live) - Remix", "The Ann Ash & Bob")
    assert titles_of(item)[0] == "the song live remix" and "song the" in titles_of(item)
    assert Named("ann ash the", "the song") in set(named(item))
    assert list(named(song("", "Ann"))) == []
