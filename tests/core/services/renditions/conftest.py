from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma.store.engine import Database
from tests.support.jobs import Workshop
from tests.support.studio import Studio


@pytest.fixture
async def studio(database: Database, tmp_path: Path) -> AsyncIterator[Studio]:
    """With a library of a short file and a long one."""
    workshop = Workshop(database)
    made = Studio(database, tmp_path, workshop)
    await made.music.create()
    made.music.put("Short.flac", fmt="flac", title="Short", artist="Ann", seconds=1.0)
    made.music.put("Long.flac", fmt="flac", title="Long", artist="Ann", seconds=120.0, sound=1)
    await made.music.scan()
    yield made
    await workshop.stop()
