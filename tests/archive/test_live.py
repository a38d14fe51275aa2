"""The real Internet Archive. Off by default, since nobody should depend on it: MCMA_LIVE_ARCHIVE=1."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma_archive import ArchiveSettings, OpenCollections
from mcma_plugins import Fetched, FetchWish, SourceKind

LIVE = "MCMA_LIVE_ARCHIVE"
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.live,
    pytest.mark.skipif(not os.environ.get(LIVE), reason=f"asks the real Internet Archive: {LIVE}=1"),
]


@pytest.fixture
async def live() -> AsyncIterator[OpenCollections]:
    made = OpenCollections(ArchiveSettings(enabled=True, formats=("64kbps mp3", "vbr mp3")), "0")
    yield made
    await made.aclose()


async def test_search_and_contents(live: OpenCollections) -> None:
    found = await live.search("netlabel ambient", SourceKind.ALBUM, 5)
    assert found
    held = [one async for page in live.contents(SourceKind.ALBUM, found[0].source_id) for one in page]
    assert (await live.show(SourceKind.ALBUM, found[0].source_id)).track_count == len(held)


async def test_one_track(live: OpenCollections, tmp_path: Path) -> None:
    found = await live.search("netlabel ambient", SourceKind.TRACK, 5)
    shortest = min(found, key=lambda one: one.duration_ms or 10**9)
    last = [step async for step in live.fetch(shortest.source_id, tmp_path, FetchWish(100_000_000, 300))][-1]
    assert isinstance(last, Fetched)
    assert last.path.stat().st_size > 10_000
