"""The real YouTube. Off by default, since nobody should depend on it: MCMA_LIVE_YOUTUBE=1 turns it on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcma_plugins.sources import Fetched, FetchWish, SourceKind
from mcma_youtube import YouTube, YouTubeSettings
from mcma_youtube.home import Home

LIVE = "MCMA_LIVE_YOUTUBE"
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.live,
    pytest.mark.skipif(not os.environ.get(LIVE), reason=f"asks the real YouTube: {LIVE}=1"),
]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[YouTube]:
    one = YouTube(YouTubeSettings(enabled=True, search_seconds=30), Home(tmp_path / "home"))
    yield one
    one.close()


@pytest.mark.parametrize("kind", SourceKind)
async def test_search_and_show(live: YouTube, kind: SourceKind) -> None:
    found = await live.search("nina simone", kind, 3)
    assert found
    assert (await live.show(kind, found[0].source_id)).title
    if kind is not SourceKind.TRACK:
        pages = live.contents(kind, found[0].source_id)
        assert await anext(pages)
        await pages.aclose()


async def test_one_track(live: YouTube, into: Path) -> None:
    (found, *_) = await live.search("nina simone sinnerman", SourceKind.TRACK, 1)
    last = [step async for step in live.fetch(found.source_id, into, FetchWish(100_000_000, 300))][-1]
    assert isinstance(last, Fetched)
    assert last.path.stat().st_size > 100_000
