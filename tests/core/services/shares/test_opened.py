"""What somebody with a link sees: never more than its owner may see at that moment."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Forbidden, NotFound, Unavailable
from mcma.domain.smartrules import parsed
from mcma.services.identity.merging import record_merge
from mcma.services.playlists import smart
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.playlists.smart_playlists import SmartPlaylists
from mcma.services.shares import opened
from mcma.services.shares.visits import Visits
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.people import library_access, users
from mcma.store.tables.shares import shares
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind, ShareView
from tests.support.catalogue import set_row
from tests.support.sharing import Home, token_of

pytestmark = pytest.mark.anyio
TRACK, ALBUM, ARTIST, PLAYLIST = ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST, ItemKind.PLAYLIST


@pytest.fixture
def lists(home: Home) -> PlaylistService:
    return PlaylistService(home.database)


async def test_things_in_their_order_each_track_once(home: Home, lists: PlaylistService) -> None:
    tracks, album = home.lib.tracks, home.lib.albums[1]
    on_it = home.lib.tracks_of[album]
    mix = await lists.create(home.user, "Mix", [TrackId(tracks[n]) for n in (30, 2, 30)])
    view = await home.share((TRACK, tracks[5]), (PLAYLIST, mix.id), (ALBUM, album), (TRACK, on_it[0]))
    assert await home.shown(view) == [tracks[5], tracks[30], tracks[2], *on_it]
    assert [one.name for one in view.items][1] == "Mix"


async def test_an_artist_is_all_their_albums_oldest_first(home: Home) -> None:
    artist = home.lib.artists[0]
    albums = home.lib.albums_of[artist]
    for year, album in zip((2001, 1990, 1995), albums, strict=False):
        await set_row(home.database, c.albums, album, year=year)
    view = await home.share((ARTIST, artist))
    async with home.database.read() as connection:
        dated = (await connection.execute(sa.select(c.albums.c.id, c.albums.c.year))).all()
    years = {row.id: row.year for row in dated}
    ordered = sorted(albums, key=lambda album: (years[album], album))
    assert await home.shown(view) == [track for album in ordered for track in home.lib.tracks_of[album]]


async def test_playlists_stay_live_and_private_ones_of_others_are_gone(
    home: Home, lists: PlaylistService
) -> None:
    tracks = [TrackId(one) for one in home.lib.tracks[:3]]
    mix = await lists.create(home.friend, "Mix", tracks[:1], public=True)
    view = await home.share((PLAYLIST, mix.id))
    assert await home.shown(view) == tracks[:1]
    await lists.edit(home.friend, mix.id, add=tracks[1:])
    assert await home.shown(view) == tracks
    await lists.edit(home.friend, mix.id, public=False)
    assert await home.shown(view) == []
    found = await home.shares.share(home.user, view.id)
    assert [one.name for one in found.share.items] == [None]
    await lists.edit(home.friend, mix.id, public=True)
    await lists.delete(home.friend, mix.id)
    assert await home.shown(view) == []


async def test_a_smart_playlist_follows_its_rules(home: Home, lists: PlaylistService) -> None:
    title = home.lib.titles[3]
    rules = parsed({"all": [{"field": "title", "op": "is", "value": title}]})
    made = await SmartPlaylists(home.database, lists).create(home.user, "Same", rules)
    view = await home.share((PLAYLIST, made.id))
    assert home.lib.tracks[3] in await home.shown(view)
    await set_row(home.database, c.tracks, home.lib.tracks, sort_key="another")
    assert await home.shown(view) == []


async def test_rules_that_take_too_long_hold_nothing(
    home: Home, lists: PlaylistService, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await SmartPlaylists(home.database, lists).create(home.user, "All", parsed({"all": []}))
    view = await home.share((PLAYLIST, made.id), (TRACK, home.lib.tracks[0]))
    assert len(await home.shown(view)) == len(home.lib.tracks)

    async def slow(*_: Any) -> Any:
        raise Unavailable("too slow")

    monkeypatch.setattr(smart, "held", slow)
    assert await home.shown(view) == [home.lib.tracks[0]]


async def test_what_is_out_of_the_owners_sight_is_gone(home: Home) -> None:
    tracks = home.lib.tracks
    view = await home.share(*[(TRACK, one) for one in tracks[:4]], (ALBUM, home.lib.albums[2]))
    await set_row(home.database, c.tracks, tracks[0], deleted_at=utcnow())
    await set_row(home.database, c.tracks, tracks[1], missing_since=utcnow())
    on_album = home.lib.tracks_of[home.lib.albums[2]]
    assert await home.shown(view) == list(dict.fromkeys([tracks[2], tracks[3], *on_album]))
    async with home.database.write() as transaction:
        await transaction.connection.execute(
            sa.delete(library_access).where(library_access.c.user_id == home.user.user_id)
        )
    assert await home.shown(view) == []
    home.open.forget()
    for refused in (
        home.open.stream(token_of(view), tracks[2]),
        home.open.cover(token_of(view), tracks[2], 300),
        home.open.cover(token_of(view), None, 300),
    ):
        with pytest.raises(NotFound):
            await refused
    seen = await home.shares.share(home.lib.admin, view.id)
    assert seen.tracks == [], "what the owner cannot see is not in it for anybody"


async def test_a_removed_library_is_gone_for_administrators_too(home: Home) -> None:
    view = await home.share((TRACK, home.lib.tracks[0]), caller=home.lib.admin)
    assert await home.shown(view) == [home.lib.tracks[0]]
    await set_row(home.database, c.libraries, home.lib.library_id, deleted_at=utcnow())
    assert await home.shown(view) == []


async def test_merged_things_lead_to_what_stands_for_them(home: Home) -> None:
    loser, winner = home.lib.tracks[0], home.lib.tracks[30]
    view = await home.share((TRACK, loser))
    async with home.database.write() as transaction:
        await record_merge(transaction.connection, "track", loser, winner, "test")
    assert await home.shown(view) == [winner]


@pytest.mark.parametrize("way", ["expired", "deleted", "disabled", "kept from it", "unknown", "misspelt"])
async def test_a_link_that_leads_nowhere_is_always_the_same(home: Home, way: str) -> None:
    view = await home.share((TRACK, home.lib.tracks[0]), expires_at=utcnow() + timedelta(days=1))
    token = token_of(view)
    await home.open.opened(token)
    match way:
        case "expired":
            await home.shares.update(home.user, view.id, expires_at=utcnow() - timedelta(seconds=1))
        case "deleted":
            await home.shares.delete(home.user, view.id)
        case "disabled":
            await set_row(home.database, users, home.user.user_id, disabled_at=utcnow())
        case "kept from it":
            await set_row(home.database, users, home.user.user_id, may_share=False)
        case "unknown":
            token = "0" * 26
        case "misspelt":
            token = token.upper() + "\0"
    for refused in (
        home.open.opened(token),
        home.open.stream(token, home.lib.tracks[0]),
        home.open.original(token, home.lib.tracks[0]),
        home.open.cover(token, None, 300),
        home.open.cover(token, home.lib.tracks[0], 300),
    ):
        with pytest.raises(NotFound, match="leads nowhere"):
            await refused


async def test_nothing_but_what_is_in_it(home: Home) -> None:
    view = await home.share((TRACK, home.lib.tracks[0]))
    other = home.lib.tracks[1]
    for refused in (
        home.open.stream(token_of(view), other),
        home.open.original(token_of(view), other),
        home.open.cover(token_of(view), other, 300),
    ):
        with pytest.raises(NotFound):
            await refused
    served = await home.open.stream(token_of(view), home.lib.tracks[0])
    assert served.told == "original; reason=asked"


async def test_files_are_saved_only_where_that_is_allowed(home: Home) -> None:
    view = await home.share((TRACK, home.lib.tracks[0]))
    with pytest.raises(Forbidden):
        await home.open.original(token_of(view), home.lib.tracks[0])
    await home.shares.update(home.user, view.id, allow_download=True)
    assert (await home.open.original(token_of(view), home.lib.tracks[0])).told.startswith("original")
    await set_row(home.database, users, home.user.user_id, may_download=False)
    assert not (await home.open.opened(token_of(view))).allow_download
    with pytest.raises(Forbidden):
        await home.open.original(token_of(view), home.lib.tracks[0])
    await set_row(home.database, users, home.user.user_id, is_admin=True)
    assert (await home.open.opened(token_of(view))).allow_download, "administrators have every right"


async def test_a_long_one_is_cut_off_and_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MOST_SHOWN", 5)
    view = await home.share((ARTIST, home.lib.artists[0]), (ALBUM, home.lib.albums[1]))
    found = (await home.open.opened(token_of(view))).shared
    assert (len(found.tracks), found.complete) == (5, False)


async def test_a_list_of_shares_costs_the_same_number_of_queries(home: Home, lists: PlaylistService) -> None:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    engine = home.database._reader.sync_engine
    mix = await lists.create(home.user, "Mix", [TrackId(home.lib.tracks[0])])
    counts = []
    for _ in range(2):
        for _ in range(4):
            await home.share((TRACK, home.lib.tracks[0]), (ALBUM, home.lib.albums[0]), (PLAYLIST, mix.id))
        sa.event.listen(engine, "before_cursor_execute", note)
        statements.clear()
        await home.shares.shares(home.user)
        sa.event.remove(engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16


async def visits_of(home: Home, view: ShareView) -> tuple[int, bool]:
    found = (await home.shares.share(home.user, view.id)).share
    return found.visits, found.last_visited_at is not None


async def test_visits_are_counted_in_few_writes(home: Home) -> None:
    view, other = [await home.share((TRACK, home.lib.tracks[0])) for _ in range(2)]
    assert await visits_of(home, view) == (0, False)
    await home.open.opened(token_of(view), visit=False)
    await home.open.close()
    assert await visits_of(home, view) == (0, False)
    for one in [view] * 20 + [other]:
        await home.open.opened(token_of(one))
    await home.open.close()
    assert await visits_of(home, view) == (20, True)
    assert await visits_of(home, other) == (1, True)


async def test_a_full_disk_costs_visits_and_nothing_else(home: Home, database: Database) -> None:
    view = await home.share((TRACK, home.lib.tracks[0]))
    visits = Visits(database)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.text("ALTER TABLE shares RENAME COLUMN visits TO gone"))
    visits.note(view.id)
    await asyncio.wait_for(visits.flush(), 20)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.text("ALTER TABLE shares RENAME COLUMN gone TO visits"))
    visits.note(view.id)
    await visits.flush()
    async with database.read() as connection:
        assert (await connection.scalar(sa.select(shares.c.visits))) == 1
