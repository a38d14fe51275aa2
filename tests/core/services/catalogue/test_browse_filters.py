"""Every filter of native lists against the same question asked in Python; counts, seeds, plans."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import InvalidInput
from mcma.domain.layerrules import layering
from mcma.services.catalogue.browse import COUNTED, Ask, Browse, Count
from mcma.services.catalogue.filters import Filters
from mcma.services.indexing.overlays import OPTION
from mcma.store.access import sight
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.queries import lists
from mcma.store.queries.conditions import Used
from mcma.store.queries.sorts import SORTS, Part, sorted_by
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma_plugins.values import AlbumView, ItemKind, TrackView
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row

pytestmark = pytest.mark.anyio
EVERYTHING = Ask(limit=1000)
COUNTING = Ask(counted=True)


class Library(NamedTuple):
    seeded: Seeded
    browse: Browse
    guest: UUID
    """An artist who sings on others' albums."""

    async def tracks(self, **fields: Any) -> set[UUID]:
        found = await self.browse.list_tracks(self.seeded.user, Filters(**fields), EVERYTHING)
        return {view.id for view in found.items}

    async def albums(self, **fields: Any) -> set[UUID]:
        found = await self.browse.list_albums(self.seeded.user, Filters(**fields), EVERYTHING)
        return {view.id for view in found.items}

    async def artists(self, **fields: Any) -> set[UUID]:
        found = await self.browse.list_artists(self.seeded.user, Filters(**fields), EVERYTHING)
        return {view.id for view in found.items}


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Library]:
    seeded = await seed(database, tracks=120)
    await _varied(database, seeded)
    async with database.write() as transaction:
        await _done(transaction.connection, seeded)
        await _credited(transaction.connection, seeded)
    yield Library(seeded, Browse(database), seeded.artists[-1])


async def _varied(database: Database, seeded: Seeded) -> None:
    await set_row(database, c.albums, seeded.albums[:3], compilation=True, explicit=True, artwork_id=new_id())
    for album in seeded.albums[2:5]:
        async with database.read() as connection:
            old = await connection.scalar(sa.select(c.albums.c.details).where(c.albums.c.id == album))
        await set_row(database, c.albums, album, details={**(old or {}), "release_types": ["album", "live"]})
    await set_row(database, c.tracks, seeded.tracks[:9], explicit=True, metadata_status="review")
    await set_row(database, c.tracks, seeded.tracks[40:45], artwork_id=new_id())
    await set_row(database, c.tracks, seeded.tracks[-2:], missing_since=EPOCH)
    async with database.write() as transaction:
        change = sa.update(c.track_files).where(c.track_files.c.track_id.in_(seeded.tracks[20:50]))
        values = {"suffix": "mp3", "codec": "mp3", "lossless": False, "bit_rate_kbps": 192}
        await transaction.connection.execute(change.values(**values))


async def _done(connection: Any, seeded: Seeded) -> None:
    rows = [
        {"user_id": seeded.user.user_id, "item_id": id_, "item_kind": ItemKind.TRACK.value,
         "rating": 1 + n % 5 if n % 2 else None, "play_count": n % 3,
         "last_played_at": EPOCH + timedelta(days=n) if n % 3 else None}
        for n, id_ in enumerate(seeded.tracks[:30])
    ]  # fmt: skip
    await insert(connection, user_items, rows)
    words = [{"id": new_id(), "track_id": id_, "plain": "la"} for id_ in seeded.tracks[5:8]]
    await insert(connection, c.lyrics, words)


async def _credited(connection: Any, seeded: Seeded) -> None:
    label = new_id()
    await insert(connection, c.labels, [{"id": label, "name": "Blue Note", "name_key": "blue note",
                                         "created_at": EPOCH}])  # fmt: skip
    await insert(connection, c.album_labels, [{"album_id": one, "label_id": label, "position": 0}
                                              for one in seeded.albums[4:6]])  # fmt: skip
    guest = seeded.artists[-1]
    roles = [(seeded.tracks[0], "guest"), (seeded.tracks[1], "composer"), (seeded.tracks[14], "composer")]
    await insert(
        connection,
        c.track_artists,
        [
            {"track_id": id_, "role": role, "position": 7, "artist_id": guest, "name": "G"}
            for id_, role in roles
        ],
    )


def _days(number: int) -> Any:
    return EPOCH + timedelta(days=number)


TRACKS: list[tuple[dict[str, Any], Callable[[TrackView], object]]] = [
    ({"from_year": 1990, "to_year": 1999}, lambda v: 1990 <= (v.year or 0) <= 1999),
    ({"added_since": _days(200)}, lambda v: v.created_at >= _days(200)),
    ({"added_before": _days(200)}, lambda v: v.created_at < _days(200)),
    ({"updated_since": _days(300)}, lambda v: v.updated_at >= _days(300)),
    ({"min_rating": 4}, lambda v: (v.user.rating or 0) >= 4),
    ({"played": True}, lambda v: v.user.play_count),
    ({"played": False}, lambda v: not v.user.play_count),
    ({"played_since": _days(10)}, lambda v: (v.user.last_played_at or EPOCH) >= _days(10)),
    (
        {"played_before": _days(10)},
        lambda v: v.user.last_played_at is not None and v.user.last_played_at < _days(10),
    ),
    ({"status": ["review", "manual"]}, lambda v: v.metadata_status == "review"),
    ({"explicit": True}, lambda v: v.explicit),
    ({"explicit": False}, lambda v: not v.explicit),
    ({"suffixes": ["mp3", "opus"]}, lambda v: v.suffix == "mp3"),
    ({"codecs": ["flac"]}, lambda v: v.suffix == "flac"),
    ({"lossless": True}, lambda v: v.suffix == "flac"),
    ({"lossless": False}, lambda v: v.suffix == "mp3"),
    ({"min_bit_rate_kbps": 500}, lambda v: v.bit_rate_kbps >= 500),
    ({"max_bit_rate_kbps": 192}, lambda v: v.bit_rate_kbps <= 192),
    (
        {"min_duration_ms": 200_000, "max_duration_ms": 250_000},
        lambda v: 200_000 <= v.duration_ms <= 250_000,
    ),
    ({"has_cover": True}, lambda v: v.artwork_id),
    ({"has_cover": False}, lambda v: not v.artwork_id),
    ({"genres": ["ROCK", "jazz"]}, lambda v: set(v.genres) & {"Rock", "Jazz"}),
    (
        {"genres": ["rock"], "lossless": True, "played": False},
        lambda v: "Rock" in v.genres and v.suffix == "flac" and not v.user.play_count,
    ),
]


@pytest.mark.parametrize(("fields", "holds"), TRACKS, ids=[" ".join(fields) for fields, _ in TRACKS])
async def test_filters_of_tracks(
    lib: Library, fields: dict[str, Any], holds: Callable[[TrackView], object]
) -> None:
    whole = (await lib.browse.list_tracks(lib.seeded.user, Filters(), EVERYTHING)).items
    assert len(whole) == 118
    expected = {view.id for view in whole if holds(view)}
    assert 0 < len(expected) < len(whole)
    assert await lib.tracks(**fields) == expected


async def test_lyrics_of_plugins_count_where_they_are_shown(lib: Library, database: Database) -> None:
    before = await lib.tracks(has_lyrics=True)
    [told, silent] = [next(iter(before)), lib.seeded.tracks[20]]
    async with database.write() as transaction:
        for track in (told, silent):
            row = {"id": new_id(), "track_id": track, "lang": "eng", "origin": "plugin:x", "plain": "la"}
            await insert(transaction.connection, c.lyrics, [row])
    assert await lib.tracks(has_lyrics=True) == {*before, silent}
    database.know(**{OPTION: layering(["lyrics=off"])})
    assert await lib.tracks(has_lyrics=True) == before
    assert silent in await lib.tracks(has_lyrics=False)
    page = await lib.browse.list_tracks(lib.seeded.user, Filters(has_lyrics=True), COUNTING)
    assert page.counted == Count(len(before), exact=True)


async def test_filters_of_tracks_by_what_hangs_on_them(lib: Library) -> None:
    seeded = lib.seeded
    assert await lib.tracks(has_lyrics=True) == set(seeded.tracks[5:8])
    assert len(await lib.tracks(has_lyrics=False)) == 115
    assert await lib.tracks(missing=True) == set(seeded.tracks[-2:])
    assert await lib.tracks(missing=False) == await lib.tracks()
    wanted = seeded.tracks[3:30]
    assert await lib.tracks(ids=wanted) == set(wanted)
    assert await lib.tracks(ids=[]) == await lib.tracks(artist_ids=[]) == set()
    assert await lib.tracks(album_ids=seeded.albums[:2]) == set(
        seeded.tracks_of[seeded.albums[0]] + seeded.tracks_of[seeded.albums[1]]
    )
    assert await lib.tracks(compilation=True) == {
        one for album in seeded.albums[:3] for one in seeded.tracks_of[album]
    }
    labelled = {one for album in seeded.albums[4:6] for one in seeded.tracks_of[album]}
    assert await lib.tracks(labels=["BLUE NOTE"]) == labelled


async def test_roles(lib: Library) -> None:
    seeded, guest = lib.seeded, lib.guest
    own = {one for album in seeded.albums_of[guest] for one in seeded.tracks_of[album]}
    present = await lib.tracks()
    assert await lib.tracks(artist_ids=[guest], roles=["composer"]) == {seeded.tracks[1], seeded.tracks[14]}
    assert await lib.tracks(artist_ids=[guest], roles=["guest"]) == {seeded.tracks[0]}
    assert await lib.tracks(artist_ids=[guest], roles=["album_artist"]) == own & present
    assert await lib.tracks(artist_ids=[guest], roles=["album_artist", "guest"]) == (
        (own & present) | {seeded.tracks[0]}
    )
    assert await lib.artists(roles=["composer"]) == {guest}
    leads = {one for one in seeded.artists if seeded.albums_of.get(one)}
    assert await lib.artists(roles=["album_artist"]) == leads
    assert await lib.artists(roles=["guest", "album_artist"]) == leads | {guest}


ALBUMS: list[tuple[dict[str, Any], Callable[[AlbumView], object]]] = [
    ({"compilation": True}, lambda v: v.compilation),
    ({"compilation": False}, lambda v: not v.compilation),
    ({"explicit": True}, lambda v: v.explicit),
    ({"has_cover": True}, lambda v: v.artwork_id),
    ({"release_types": ["live", "ep"]}, lambda v: "live" in v.release_types),
    ({"from_year": 1990}, lambda v: (v.year or 0) >= 1990),
    ({"min_duration_ms": 2_500_000}, lambda v: v.duration_ms >= 2_500_000),
    ({"genres": ["rock", "jazz"]}, lambda v: set(v.genres) & {"Rock", "Jazz"}),
]


@pytest.mark.parametrize(("fields", "holds"), ALBUMS, ids=[" ".join(fields) for fields, _ in ALBUMS])
async def test_filters_of_albums(
    lib: Library, fields: dict[str, Any], holds: Callable[[AlbumView], object]
) -> None:
    whole = (await lib.browse.list_albums(lib.seeded.user, Filters(), EVERYTHING)).items
    expected = {view.id for view in whole if holds(view)}
    assert 0 < len(expected) < len(whole)
    assert await lib.albums(**fields) == expected


async def test_albums_of_others_on_which_an_artist_is_heard(lib: Library) -> None:
    seeded, guest = lib.seeded, lib.guest
    heard = {
        album
        for album in seeded.albums
        if {seeded.tracks[0], seeded.tracks[1], seeded.tracks[14]} & set(seeded.tracks_of[album])
    }
    assert await lib.albums(appears_on=guest) == heard - set(seeded.albums_of[guest]) != set()
    assert await lib.albums(artist_ids=[guest], roles=["guest"]) <= heard
    assert await lib.albums(labels=["blue note"]) == set(seeded.albums[4:6])


async def test_lists_are_counted_when_asked(lib: Library) -> None:
    me = lib.seeded.user
    page = await lib.browse.list_tracks(me, Filters(min_rating=4), Ask(limit=1, counted=True))
    assert page.counted == Count(len(await lib.tracks(min_rating=4)), True)
    assert (await lib.browse.list_artists(me, Filters(), EVERYTHING)).counted is None
    nothing = await lib.browse.list_albums(me, Filters(ids=[]), Ask(counted=True))
    assert (nothing.items, nothing.counted) == ([], Count(0, True))
    assert COUNTED == 10_000


async def test_a_seed_is_an_order_of_its_own(lib: Library) -> None:
    async def whole(seed_: int, limit: int, sort: str = "random") -> list[UUID]:
        found: list[UUID] = []
        cursor = None
        for _ in range(200):
            ask = Ask(sort, cursor, limit, seed_)
            page = await lib.browse.list_tracks(lib.seeded.user, Filters(), ask)
            found += [view.id for view in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found
        raise AssertionError("no end")

    everything = await lib.tracks()
    first = await whole(1, 50)
    assert first == await whole(1, 50)
    assert set(first) == everything
    assert len(first) == len(everything)
    assert await whole(2, 50) != first
    assert set(await whole(3, 7, "-random")) == everything
    page = await lib.browse.list_tracks(lib.seeded.user, Filters(), Ask("random", None, 5, 1))
    with pytest.raises(InvalidInput, match="cursor"):
        await lib.browse.list_tracks(lib.seeded.user, Filters(), Ask("random", page.next_cursor, 5, 2))


@pytest.mark.parametrize("kind", SORTS)
async def test_pages_follow_an_index(lib: Library, database: Database, kind: ItemKind) -> None:
    """On SQLite, which has no statistics: on PostgreSQL a library this small is sorted in memory."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL plans by size")
    for sort in SORTS[kind]:
        parts = (*sorted_by(kind, sort, descending=False), *sorted_by(kind, sort, descending=True))
        plans = [
            await _plan(database, lists.page(_shape(lib, kind, part), after))
            for part in parts
            for after in (False, True)
        ]
        assert not any("B-TREE FOR ORDER BY" in plan for plan in plans), (sort, plans)


def _shape(lib: Library, kind: ItemKind, part: Part) -> lists.Listing:
    only = frozenset[Used]() if part.only is None else frozenset({Used(part.only)})
    return lists.Listing(kind, sight(lib.seeded.user).scope, part.order, only)


async def _plan(database: Database, prepared: Any) -> str:
    async with database.read() as connection:
        made = prepared._for(connection.dialect)
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made.sql}", (None,) * len(made.names))
        return "\n".join(str(row[-1]) for row in rows)
