"""What artists come to while somebody listens: added to, and what adding up would give."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.listening.listening import ListeningService
from mcma.services.listening.rebuild import rebuild
from mcma.store.engine import Database
from mcma.store.tables.listening import user_items
from mcma_plugins.ids import ArtistId, TrackId
from mcma_plugins.values import ListenReport, UserState
from tests.support.catalogue import Seeded, seed

pytestmark = pytest.mark.anyio


def at(seconds: float) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=12)


async def played(database: Database, lib: Seeded) -> UserState:
    return (await CatalogueService(database).artist(lib.user, ArtistId(lib.artists[0]))).user


async def test_a_play_that_is_taken_back_leaves_the_one_before(database: Database, lib: Seeded) -> None:
    service = ListeningService(database)
    first, other = (TrackId(id_) for id_ in lib.tracks[:2])
    await service.listened(lib.user, [ListenReport(other, at(50)), ListenReport(first, at(900))], "subsonic")
    assert await played(database, lib) == UserState(None, None, 2, at(900))
    await service.listened(lib.user, [ListenReport(first, at(900), 1000)], "native")
    assert await played(database, lib) == UserState(None, None, 1, at(50))
    await rebuild(database)
    assert await played(database, lib) == UserState(None, None, 1, at(50))


async def test_a_play_adds_to_what_its_artist_has(database: Database, lib: Seeded) -> None:
    """The artist's other tracks are not looked at: there may be very many."""
    service = ListeningService(database)
    one, other = (TrackId(id_) for id_ in lib.tracks[:2])
    await service.listened(lib.user, [ListenReport(one, at(0))], "s")
    async with database.write() as transaction:
        of_artist = sa.update(user_items).where(user_items.c.item_kind == "artist")
        await transaction.connection.execute(of_artist.values(play_count=41))
    await service.listened(lib.user, [ListenReport(other, at(500)), ListenReport(other, at(-500))], "s")
    assert await played(database, lib) == UserState(None, None, 43, at(500))
    await rebuild(database)
    assert await played(database, lib) == UserState(None, None, 3, at(500))
