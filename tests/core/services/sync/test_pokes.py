"""Who follows hears of news: of all writers, once for each scope, and of nothing that is not theirs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Unavailable
from mcma.services.listening.playing import PlayingService
from mcma.services.listening.playing_changes import PlayingChanges
from mcma.services.sync.heads import Heads
from mcma.services.sync.pokes import Following, Poke, Pokes
from mcma.services.sync.scopes import CATALOG, ME, SHARED
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries.sync_state import head
from mcma.store.tables import catalogue as c
from mcma.store.tables.people import library_access
from mcma_plugins.ids import TrackId
from mcma_plugins.playing import PlaybackReport, PlayingState
from tests.support.catalogue import Seeded, seed, set_row
from tests.support.jobs import until

pytestmark = pytest.mark.anyio
EVERY = 0.01


@pytest.fixture
async def lib(database: Database) -> Seeded:
    return await seed(database, tracks=24)


@pytest.fixture
async def pokes(database: Database) -> AsyncIterator[Pokes]:
    heads, playing = Heads(database, EVERY), PlayingService(database)
    made = Pokes(database, heads, playing, PlayingChanges(database, EVERY))
    yield made
    await made.close()
    await heads.close()


async def told(following: Following, *wanted: str) -> dict[str, int]:
    """Scopes to heads, until all that are wanted came."""
    found: dict[str, int] = {}
    async with asyncio.timeout(10):
        while not set(wanted) <= {name.partition(":")[0] for name in found}:
            await following.waiting()
            found |= {str(poke.scope): poke.head for poke in (await following.take()).pokes}
    return found


async def retitled(database: Database, lib: Seeded, title: str, place: int = 0) -> int:
    await set_row(database, c.tracks, lib.tracks[place], title=title)
    async with database.read() as connection:
        return await head(connection)


async def test_all_scopes_at_first_then_the_one_with_news(
    pokes: Pokes, lib: Seeded, database: Database
) -> None:
    async with pokes.follow(lib.user) as following:
        first = await told(following, CATALOG, ME, SHARED)
        changed = await retitled(database, lib, "Another")
        later = await told(following, CATALOG)
        assert set(later) <= set(first)
        assert set(later.values()) == {changed}


async def test_a_slow_reader_gets_the_latest_of_each_scope_once(
    pokes: Pokes, lib: Seeded, database: Database
) -> None:
    async with pokes.follow(lib.user) as slow, pokes.follow(lib.user) as quick:
        await told(slow, CATALOG, ME, SHARED)
        await told(quick, CATALOG, ME, SHARED)
        last = 0
        for number in range(5):
            last = await retitled(database, lib, f"Title {number}")
            assert last in (await told(quick, CATALOG)).values()
        found = await slow.take()
        assert [poke.head for poke in found.pokes] == [last]
        assert (await slow.take()).pokes == []


async def test_a_burst_is_one_poke(pokes: Pokes, lib: Seeded, database: Database) -> None:
    async with pokes.follow(lib.user) as following:
        await told(following, CATALOG, ME, SHARED)
        async with database.write() as transaction:
            await transaction.connection.execute(sa.update(c.tracks).values(title="All the same"))
        async with database.read() as connection:
            last = await head(connection)
        taken: list[Poke] = []
        while not taken:
            await following.waiting()
            taken = list((await following.take()).pokes)
        assert [poke.head for poke in taken if poke.scope.name == CATALOG] == [last]


async def test_access_that_is_withdrawn_ends_with_it(pokes: Pokes, lib: Seeded, database: Database) -> None:
    async with pokes.follow(lib.user) as following, pokes.follow(lib.admin) as theirs:
        await told(following, CATALOG, ME, SHARED)
        await told(theirs, CATALOG, ME, SHARED)
        async with database.write() as transaction:
            mine = library_access.c.user_id == lib.user.user_id
            await transaction.connection.execute(sa.delete(library_access).where(mine))
            renamed = sa.update(c.tracks).where(c.tracks.c.id == lib.tracks[0]).values(title="Secret")
            await transaction.connection.execute(renamed)
        await told(theirs, CATALOG)
        assert set(await told(following, ME)) == {"me"}
        await retitled(database, lib, "More of it")
        await told(theirs, CATALOG)
        assert (await following.take()).pokes == []
        row = {"user_id": lib.user.user_id, "library_id": lib.library_id, "created_at": utcnow()}
        async with database.write() as transaction:
            await transaction.connection.execute(sa.insert(library_access).values(**row))
        assert f"catalog:{lib.library_id}" in await told(following, CATALOG, ME)


async def test_one_look_for_all_who_follow(
    pokes: Pokes, lib: Seeded, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many follow, a change costs them no query."""
    async with pokes.follow(lib.user) as first, pokes.follow(lib.admin) as second:
        await told(first, CATALOG, ME, SHARED)
        await told(second, CATALOG, ME, SHARED)
        await until_playing(first, second)
        opened, read = [], database.read

        def counted() -> Any:
            opened.append(asyncio.current_task())
            return read()

        monkeypatch.setattr(database, "read", counted)
        await retitled(database, lib, "Once")
        opened.clear()
        await told(first, CATALOG)
        await told(second, CATALOG)
        here = asyncio.current_task()
        assert here not in opened


async def until_playing(*all_of: Following) -> None:
    for one in all_of:
        async with asyncio.timeout(10):
            while one._seen is None:
                await one.waiting()
                await one.take()


async def test_nobody_looks_when_nobody_follows(pokes: Pokes, lib: Seeded) -> None:
    async with pokes.follow(lib.user) as following:
        await told(following, ME)
    heads = pokes._heads
    await until(lambda: heads._looking._task is None)


async def test_what_came_between_two_followers_is_in_the_first_pokes(
    pokes: Pokes, lib: Seeded, database: Database
) -> None:
    async with pokes.follow(lib.user) as following:
        await told(following, CATALOG)
    changed = await retitled(database, lib, "While nobody looked")
    async with pokes.follow(lib.user) as following:
        assert changed in (await told(following, CATALOG, ME, SHARED)).values()


async def test_playing_is_told_when_it_changes_and_not_at_every_report(
    pokes: Pokes, lib: Seeded, database: Database
) -> None:
    playing = PlayingService(database)
    track, other = (TrackId(id_) for id_ in lib.tracks[:2])

    async def report(track_id: TrackId, state: PlayingState, position: int = 0) -> None:
        await playing.report(lib.admin, PlaybackReport(track_id, state, position, counts=False))

    async def shown(following: Following) -> list[tuple[Any, PlayingState]]:
        async with asyncio.timeout(10):
            while True:
                await following.waiting()
                if (found := (await following.take()).playing) is not None:
                    return [(one.track.id, one.state) for one in found]

    async with pokes.follow(lib.user) as following:
        assert await shown(following) == []
        await report(track, PlayingState.PLAYING)
        assert await shown(following) == [(track, PlayingState.PLAYING)]
        await report(track, PlayingState.PLAYING, 500)
        await report(track, PlayingState.PLAYING, 900)
        await report(other, PlayingState.PLAYING)
        assert await shown(following) == [(other, PlayingState.PLAYING)], "positions alone are no news"
        await report(other, PlayingState.STOPPED)
        assert await shown(following) == []


async def test_a_database_that_is_away_is_said(lib: Seeded, tmp_path: Any) -> None:
    away = Database(f"sqlite+aiosqlite:///{tmp_path / str(uuid4()) / 'none.db'}")
    heads = Heads(away, EVERY)
    made = Pokes(away, heads, PlayingService(away), PlayingChanges(away, EVERY))
    try:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Unavailable):
            patch.setattr("mcma.services.sync.heads.BEGINNING", 0.2)
            async with made.follow(lib.user):
                raise AssertionError
    finally:
        await made.close()
        await heads.close()
        await away.close()
