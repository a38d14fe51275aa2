from collections.abc import AsyncIterator

import pytest

from mcma.services.sync.feed import SyncFeed
from mcma.services.sync.heads import Heads
from mcma.services.sync.push import Push
from mcma.store.engine import Database
from tests.support.catalogue import Seeded, seed
from tests.support.getting import nothing_outside
from tests.support.pushing import Device
from tests.support.replica import Replica


@pytest.fixture
async def lib(database: Database) -> Seeded:
    return await seed(database, tracks=24)


@pytest.fixture
async def feed(database: Database) -> AsyncIterator[SyncFeed]:
    heads = Heads(database, every=0.01)
    yield SyncFeed(database, heads, 180)
    await heads.close()


@pytest.fixture
async def replica(feed: SyncFeed, lib: Seeded) -> Replica:
    made = Replica(feed, lib.user)
    await made.begin()
    return made


@pytest.fixture
def push(database: Database) -> Push:
    return Push(database, nothing_outside(database))


@pytest.fixture
async def phone(push: Push, lib: Seeded, database: Database) -> Device:
    return await Device(push, lib.user).register(database)


@pytest.fixture
async def laptop(push: Push, lib: Seeded, database: Database) -> Device:
    return await Device(push, lib.user).register(database)
