from collections.abc import AsyncIterator

import pytest

from mcma.store.engine import Database
from tests.support.jobs import Workshop


@pytest.fixture
async def workshop(database: Database) -> AsyncIterator[Workshop]:
    made = Workshop(database)
    yield made
    await made.stop()
