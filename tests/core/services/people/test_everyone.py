"""All artists are kept between calls: never staler than the library, never another caller's."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.listening.listening import ListeningService
from mcma.services.people.everyone import KEPT
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.people import library_access
from mcma_plugins.values import Caller, ItemKind, ItemRef
from tests.support.catalogue import Seeded, seed, set_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=120)


@pytest.fixture
def service(database: Database) -> CatalogueService:
    return CatalogueService(database)


async def names(service: CatalogueService, caller: Caller) -> list[str]:
    return [view.name for view in await service.artists(caller)]


async def test_a_changed_name_is_seen(database: Database, lib: Seeded, service: CatalogueService) -> None:
    before = await names(service, lib.user)
    await set_row(database, c.artists, lib.artists[0], name="Somebody Else")
    after = await names(service, lib.user)
    assert "Somebody Else" not in before
    assert "Somebody Else" in after


async def test_counters_are_seen_when_the_library_was_counted(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    """Counters are no part of the feed; whoever counts says when, at the end."""
    first = (await service.artists(lib.user))[0]
    mine = c.artist_libraries.c.artist_id == first.id
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(c.artist_libraries).where(mine).values(album_count=77))
    await set_row(database, c.libraries, lib.library_id, changed_at=utcnow() + timedelta(seconds=1))
    assert (await service.artists(lib.user))[0].album_count == 77


async def test_likes_are_the_callers_own(database: Database, lib: Seeded, service: CatalogueService) -> None:
    liked = (await service.artists(lib.user))[1].id
    await ListeningService(database).like(lib.user, [ItemRef(ItemKind.ARTIST, liked)], True)

    async def liked_by(caller: Caller) -> list[Any]:
        return [view.id for view in await service.artists(caller) if view.user.liked_at is not None]

    assert await liked_by(lib.user) == [liked]
    assert await liked_by(lib.admin) == []
    assert await liked_by(lib.user) == [liked]


async def test_access_is_looked_at_each_time(
    database: Database, lib: Seeded, service: CatalogueService
) -> None:
    assert await names(service, lib.user)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.delete(library_access))
    assert await names(service, lib.user) == []
    assert await names(service, lib.admin)


async def test_what_is_given_out_can_be_changed(lib: Seeded, service: CatalogueService) -> None:
    given = await service.artists(lib.user)
    assert isinstance(given, list)
    given.clear()
    assert await service.artists(lib.user)


async def test_few_sets_of_libraries_are_kept(database: Database, service: CatalogueService) -> None:
    libs = [await seed(database, tracks=12, seed=number) for number in range(1, KEPT + 3)]
    for lib in libs:
        assert await names(service, lib.user)
    assert len(service._everyone._kept) == KEPT
