"""Two libraries scanned at once share artists and do not stand in each other's way."""

import asyncio
from typing import Any

import pytest

from mcma.store.engine import Database
from mcma.store.tables.catalogue import artists
from tests.core.services.indexing.conftest import MakeMusic

pytestmark = pytest.mark.anyio


async def test_two_scans_at_once(
    make_music: MakeMusic, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.services.indexing.scan.BATCH_FILES", 2)
    both = [await make_music("here"), await make_music("there")]
    for music in both:
        for number in range(16):
            tags: dict[str, Any] = {"artist": f"Artist {number % 5}", "albumartist": f"Artist {number % 4}"}
            album = f"Album {number % 3}"
            music.put(f"{number % 3}/{number:02d}.mp3", title=f"t{number}", album=album, genre="Rock", **tags)
    for _ in range(3):
        reports = await asyncio.gather(*(music.scan() for music in both))
        assert [report.state for report in reports] == ["ok", "ok"]
        for music in both:
            music.retag_all("1", albumartist="Artist 9")
            music.retag("0/00.mp3", comment="new", artist="Artist 3")
    names = [row.name for row in await both[0].rows(artists, artists.c.deleted_at.is_(None))]
    assert len(names) == len(set(names))
