"""A MusicBrainz on loopback, and the plugin that asks it."""

from collections.abc import AsyncIterator

import pytest

from mcma_musicbrainz import MusicBrainzSettings
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.testing import FakeRemote
from tests.support.musicbrainz import FakeMusicBrainz, asking, open_musicbrainz, settings_of
from tests.support.musicbrainz_places import world


@pytest.fixture
async def fake() -> AsyncIterator[FakeMusicBrainz]:
    async with open_musicbrainz(world()) as one:
        yield one


@pytest.fixture
def remote() -> FakeRemote:
    return FakeRemote()


@pytest.fixture
def settings(fake: FakeMusicBrainz) -> MusicBrainzSettings:
    return settings_of(fake)


@pytest.fixture
async def enricher(settings: MusicBrainzSettings, remote: FakeRemote) -> AsyncIterator[MusicBrainz]:
    async with asking(settings, remote) as made:
        yield made
