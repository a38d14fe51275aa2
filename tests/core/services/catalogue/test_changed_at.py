"""When anything in a caller's libraries last changed."""

import pytest

from mcma.services.catalogue.catalogue import CatalogueService
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries
from tests.support.catalogue import seed, set_row

pytestmark = pytest.mark.anyio


async def test_it_is_the_latest_of_the_libraries_one_sees(database: Database) -> None:
    mine, theirs = await seed(database, tracks=12), await seed(database, tracks=12, seed=2)
    now = utcnow()
    await set_row(database, libraries, mine.library_id, changed_at=now)
    service = CatalogueService(database)
    assert await service.changed_at(mine.user) == now
    assert await service.changed_at(theirs.user) < now
