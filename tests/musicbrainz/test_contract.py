"""The plugin and its enricher keep the contracts that every plugin and enricher keeps."""

from typing import Any
from uuid import UUID

import pytest

from mcma_musicbrainz import MusicBrainzPlugin, MusicBrainzSettings
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins import Plugin
from mcma_plugins.enrichers import Enricher, KnownAlbum, KnownArtist, KnownTrack
from mcma_plugins.ids import ArtistId
from mcma_plugins.testing import EnricherContract, FakeContext, PluginContract
from tests.support.musicbrainz import FakeMusicBrainz
from tests.support.musicbrainz_known import known, single
from tests.support.musicbrainz_places import ANN


class TestMusicBrainzPlugin(PluginContract):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin[Any]]:
        return MusicBrainzPlugin

    @pytest.fixture
    def settings(self) -> MusicBrainzSettings:
        return MusicBrainzSettings(lookups=True)

    async def test_it_runs_and_asks_nobody_until_lookups_are_on(self, fake: FakeContext) -> None:
        plugin = MusicBrainzPlugin(MusicBrainzSettings())
        await plugin.start(fake.context)
        assert plugin.enrichers() == ()
        await plugin.stop()


class TestKnowingNothing(EnricherContract):
    @pytest.fixture
    def enricher(self, enricher: MusicBrainz) -> Enricher:
        return enricher


class TestKnowingSomething(EnricherContract):
    @pytest.fixture
    def enricher(self, enricher: MusicBrainz) -> Enricher:
        return enricher

    @pytest.fixture
    def album(self, fake: FakeMusicBrainz) -> KnownAlbum:
        return known(fake.world.albums[0].editions[2])

    @pytest.fixture
    def track(self, fake: FakeMusicBrainz) -> KnownTrack:
        return single(fake.world.all_songs()[0])

    @pytest.fixture
    def artist(self) -> KnownArtist:
        return KnownArtist(ArtistId(UUID(int=3)), ANN.name, albums=["Night Songs"])
