"""The real LRCLIB. Off by default, since nobody should depend on it: MCMA_LIVE_LYRICS=1."""

import os
from uuid import UUID

import pytest

from mcma_lyrics import LyricsEnricher, LyricsSettings
from mcma_plugins.enrichers import KnownCredit, KnownTrack
from mcma_plugins.ids import TrackId
from mcma_plugins.testing import FakeRemote

LIVE = "MCMA_LIVE_LYRICS"
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.live,
    pytest.mark.skipif(not os.environ.get(LIVE), reason=f"asks the real LRCLIB: {LIVE}=1"),
]


async def test_a_song_that_everybody_knows() -> None:
    enricher = LyricsEnricher(LyricsSettings(enabled=True), "0")
    enricher.share(FakeRemote())
    track = KnownTrack(
        TrackId(UUID(int=1)), "The Chain", (KnownCredit("Fleetwood Mac"),), "Rumours", duration_ms=270_000
    )
    found = await enricher.track(track)
    await enricher.aclose()
    assert found and found[0].score > 0.8
    assert found[0].tracks[track.id]["lyrics"]["plain"]
