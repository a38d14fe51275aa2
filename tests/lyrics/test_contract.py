"""The plugin and its enricher keep the contracts that every plugin and enricher keeps."""

from typing import Any
from uuid import UUID

import pytest

from mcma_lyrics import LyricsEnricher, LyricsPlugin, LyricsSettings
from mcma_plugins import Plugin, RetryLater, TurnedOff
from mcma_plugins.enrichers import Enricher, KnownCredit, KnownTrack, TrackEnricher
from mcma_plugins.ids import TrackId
from mcma_plugins.testing import EnricherContract, FakeContext, PluginContract
from tests.support.lrclib import FakeLrclib


class TestLyricsPlugin(PluginContract):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin[Any]]:
        return LyricsPlugin

    @pytest.fixture
    def settings(self) -> LyricsSettings:
        return LyricsSettings(enabled=True)

    async def test_it_is_off_until_it_is_turned_on(self, fake: FakeContext) -> None:
        with pytest.raises(TurnedOff) as caught:
            await LyricsPlugin(LyricsSettings()).start(fake.context)
        assert caught.value.hint == "MCMA_PLUGIN_LYRICS_ENABLED=true"


class TestNothingKnown(EnricherContract):
    @pytest.fixture
    def enricher(self, enricher: LyricsEnricher) -> Enricher:
        return enricher


class TestSomethingKnown(EnricherContract):
    @pytest.fixture
    def enricher(self, enricher: LyricsEnricher, lrclib: FakeLrclib) -> Enricher:
        for seconds in (200, 201, 205, 230):
            lrclib.add("Sinnerman", "Nina Simone", seconds, plain=f"words {seconds}")
        return enricher

    @pytest.fixture
    def track(self) -> KnownTrack:
        return KnownTrack(
            TrackId(UUID(int=1)), "Sinnerman", (KnownCredit("Nina Simone"),), duration_ms=200_000
        )


@pytest.mark.anyio
async def test_it_only_adds_to_what_is_known(enricher: LyricsEnricher) -> None:
    promised: TrackEnricher = enricher
    assert not promised.identifies
    assert enricher.gives == {"lyrics"}


@pytest.mark.anyio
async def test_before_the_start_it_waits() -> None:
    enricher = LyricsEnricher(LyricsSettings(), "1")
    with pytest.raises(RetryLater):
        await enricher.track(KnownTrack(TrackId(UUID(int=1)), "x", (KnownCredit("y"),)))
    await enricher.aclose()
