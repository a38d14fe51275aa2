"""What a start does not load: modules that few need are for those few, when they need them."""

from pathlib import Path

import httpx2 as httpx
import pytest

from tests.support.command import Mcma

LATER = {
    "PIL.Image": "the first picture",
    "aiohttp": "Redis",
    "alembic": "a new or an old database",
    "fastapi.testclient": "tests",
    "mcma.api.examples": "who asks for the description of the API",
    "mcma.api.schemas": "who asks for the description of the API",
    "mcma.demo.sound": "mcma demo",
    "mcma.media.artwork": "the first picture",
    "mcma.media.tags": "readers, in their own processes",
    "mutagen": "readers, in their own processes",
    "numpy": "whoever brings it",
    "pygments": "nobody",
    "redis": "Redis",
    "rich.console": "tables on a terminal",
    "taskiq": "Redis",
    "yt_dlp": "the first download",
    "ytmusicapi": "the first search",
}
"""The module and who waits for it instead."""


@pytest.fixture
def mcma(tmp_path: Path) -> Mcma:
    mcma = Mcma(tmp_path / "data", tmp_path, fresh=True)
    mcma.ok("migrate")
    return mcma


def test_a_start_loads_what_every_server_needs(mcma: Mcma) -> None:
    with mcma.serving(PYTHONPROFILEIMPORTTIME="1") as served:
        assert httpx.get(f"http://127.0.0.1:{served.port}/health/ready").status_code == 200
        assert served.stop() == 0
    loaded = {line.rpartition("|")[2].strip() for line in served.logged.splitlines() if "|" in line}
    assert {"sqlalchemy", "fastapi", "mcma.wiring"} <= loaded
    assert {name: later for name, later in LATER.items() if name in loaded} == {}
