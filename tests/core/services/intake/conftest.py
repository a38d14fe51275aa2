"""A folder to import from; after every test the catalogue is checked against its rows and the disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma.store.engine import Database
from tests.support.catalogue_truth import check
from tests.support.importing import Inbox


@pytest.fixture
async def inbox(database: Database, tmp_path: Path) -> AsyncIterator[Inbox]:
    made = await Inbox(database, tmp_path).create()
    yield made
    await check(database)
    await made.is_tidy()
