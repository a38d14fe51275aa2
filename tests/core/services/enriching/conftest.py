"""Two albums and a track without one."""

from pathlib import Path

import pytest

from mcma.store.engine import Database
from tests.support.enriching import Study
from tests.support.oracle import Oracle
from tests.support.scanning import Music


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    made = await Music(database, tmp_path / "music").create()
    made.album("Ann/First", "Fern Moss Reed", artist="Ann Ash", albumartist="Ann Ash", album="First")
    made.album("Bob/Second", "Oak Elm", artist="Bob Birch", albumartist="Bob Birch", album="Second")
    made.put("Loose/Drift.mp3", title="Drift", artist="Cy Cedar")
    await made.scan()
    return made


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def study(music: Music, oracle: Oracle) -> Study:
    return Study.of(music, oracle)
