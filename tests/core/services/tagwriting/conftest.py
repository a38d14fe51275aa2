"""A managed library to be written to; after every test the catalogue is checked against rows and disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma.store.engine import Database
from tests.support.catalogue_truth import check
from tests.support.tagwriting import Pen, pen_on


@pytest.fixture
async def pen(database: Database, tmp_path: Path) -> AsyncIterator[Pen]:
    made = await pen_on(database, tmp_path)
    yield made
    await check(database)
    await made.inbox.is_tidy()
