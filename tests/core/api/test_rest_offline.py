"""What apps need that keep a copy: everything, in an order that stays, whatever happens meanwhile."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.store.clock import new_id, utcnow
from mcma.store.tables import catalogue as c
from mcma_plugins.values import Caller
from tests.support.catalogue import Seeded, insert, seed, set_row
from tests.support.rest import App
from tests.support.server import Server

pytestmark = pytest.mark.anyio

PAGES = {"artist": 5, "album": 11, "song": 100}
SONGS = 330
"""Of each kind some are needed."""
PREFIX = {"artist": "ar-", "album": "al-", "song": "tr-"}
TABLES = {"artist": c.artists, "album": c.albums, "song": c.tracks}


@dataclass
class House:
    server: Server
    seeded: Seeded

    async def app(self, name: str, caller: Caller | None = None) -> App:
        made = await self.server.core.services.app_passwords.create(caller or self.seeded.user, name)
        return App(self.server.nobody.client, made.secret, name)


@pytest.fixture
async def house(own_server: Server) -> AsyncIterator[House]:
    yield House(own_server, await seed(own_server.database, tracks=SONGS))


@dataclass
class Copy:
    """What an app has got of each kind, in the order in which it came."""

    app: App
    query: str
    held: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in PAGES})

    async def page(self, *kinds: str) -> bool:
        """The next page of these kinds; whether there was any."""
        asked: dict[str, Any] = {f"{kind}Count": 0 for kind in PAGES}
        for kind in kinds:
            asked |= {f"{kind}Count": PAGES[kind], f"{kind}Offset": len(self.held[kind])}
        found = await self.app.ask("search3", query=self.query, **asked)
        for kind in kinds:
            self.held[kind] += [one["id"] for one in found[kind]]
        assert all(found[kind] == [] for kind in PAGES.keys() - {*kinds})
        return any(found[kind] for kind in kinds)


class Meddler:
    """Changes the library between the pages, before and behind what was read."""

    def __init__(self, server: Server) -> None:
        self.database = server.database
        self.gone: set[str] = set()
        self.left = {kind: PREFIX[kind] for kind in PAGES}

    async def ids(self, kind: str) -> list[UUID]:
        table = TABLES[kind].c
        query = sa.select(table.id).where(table.deleted_at.is_(None)).order_by(table.id)
        async with self.database.read() as connection:
            return list(await connection.scalars(query))

    async def meddle(self, kind: str, read: Iterable[str]) -> None:
        known, ids = [UUID(id_.removeprefix(PREFIX[kind])) for id_ in read], await self.ids(kind)
        ahead = [id_ for id_ in ids if id_ not in set(known)]
        for id_ in (known[0], known[-1], *ahead[:1], *ahead[-1:]):
            await self._renamed(kind, id_)
        for id_ in (known[1], known[len(known) // 2], *ahead[1:2], *ahead[-3:-2]):
            await set_row(self.database, TABLES[kind], id_, deleted_at=utcnow())
            self.gone.add(f"{PREFIX[kind]}{id_}")
        if kind == "song":
            await self._added(known[0])

    async def _renamed(self, kind: str, id_: UUID) -> None:
        name = "name" if kind == "artist" else "title"
        said = {name: "Zzz", "sort_key": "zzz", "sort_name" if kind == "artist" else "sort_title": "Zzz"}
        await set_row(self.database, TABLES[kind], id_, **said)

    async def _added(self, like: UUID) -> None:
        async with self.database.write() as transaction:
            query = sa.select(c.tracks).where(c.tracks.c.id == like)
            row = dict((await transaction.connection.execute(query)).mappings().one())
            await insert(transaction.connection, c.tracks, [row | {"id": new_id(), "deleted_at": None}])


async def test_a_copy_is_whole_whatever_happens_meanwhile(house: House) -> None:
    meddler, copy = Meddler(house.server), Copy(await house.app("phone"), "")
    other = Copy(await house.app("tablet"), '""')
    before = {kind: {f"{PREFIX[kind]}{id_}" for id_ in await meddler.ids(kind)} for kind in PAGES}
    while await copy.page(*PAGES):
        await other.page("song")
        for kind in PAGES:
            if len(copy.held[kind]) < len(before[kind]):
                await meddler.meddle(kind, copy.held[kind])
    for kind, held in copy.held.items():
        assert len(held) == len(set(held)), "nothing twice"
        assert before[kind] - set(held) <= meddler.gone, "nothing that stayed is left out"
        assert held == sorted(held), "in the order of ids, which never change"
    assert len(set(copy.held["song"]) - before["song"]) > 0, "what comes while it is read is read as well"
    assert len(other.held["song"]) == len(set(other.held["song"]))


async def test_one_kind_after_another_is_the_same(house: House) -> None:
    at_once, each = Copy(await house.app("one"), '""'), Copy(await house.app("two"), "")
    while await at_once.page(*PAGES):
        pass
    for kind in PAGES:
        while await each.page(kind):
            pass
    assert each.held == at_once.held
    assert {kind: len(held) for kind, held in each.held.items()} == {
        "artist": len(house.seeded.artists), "album": len(house.seeded.albums), "song": SONGS,
    }  # fmt: skip


async def test_any_place_without_having_been_there(house: House) -> None:
    app, ids = await house.app("jumper"), sorted(f"tr-{id_}" for id_ in house.seeded.tracks)
    for offset, count in ((70, 100), (SONGS - 1, 500), (SONGS, 10), (2**63 - 1, 10), (0, 0), (3, 10_000)):
        found = await app.ask("search3", query="", songOffset=offset, songCount=count)
        assert [song["id"] for song in found["song"]] == ids[offset : offset + count]


async def test_new_albums_do_not_push_others_over_the_edge_of_a_page(house: House) -> None:
    app, held = await house.app("newest"), list[str]()
    while page := (await app.ask("getAlbumList2", type="newest", size=10, offset=len(held)))["album"]:
        held += [one["id"] for one in page]
        first = UUID(held[0].removeprefix("al-"))
        async with house.server.database.write() as transaction:
            query = sa.select(c.albums).where(c.albums.c.id == first)
            row = dict((await transaction.connection.execute(query)).mappings().one())
            fresh = row | {"id": new_id(), "album_key": f"k{len(held)}", "created_at": utcnow()}
            await insert(transaction.connection, c.albums, [fresh])
    assert len(held) == len(set(held)) == len(house.seeded.albums)


async def test_what_was_not_changed_is_not_sent_again(house: House) -> None:
    app = await house.app("indexes")
    whole = await app.ask("getIndexes")
    known = whole["lastModified"]
    same = {"ignoredArticles": whole["ignoredArticles"], "lastModified": known}
    assert await app.ask("getIndexes", ifModifiedSince=known) == same
    assert await app.ask("getIndexes", ifModifiedSince=known + 1) == same
    assert await app.ask("getIndexes", ifModifiedSince=known - 1) == whole
    assert await app.ask("getIndexes", ifModifiedSince="") == whole
    await set_row(house.server.database, c.libraries, house.seeded.library_id, changed_at=utcnow())
    changed = await app.ask("getIndexes", ifModifiedSince=known)
    assert changed["lastModified"] > known
    assert changed["index"] == whole["index"]
    await app.refused("getIndexes", 0, ifModifiedSince="yesterday")
