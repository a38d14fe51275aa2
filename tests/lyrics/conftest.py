"""An LRCLIB on loopback, and the enricher that asks it."""

from collections.abc import AsyncIterator

import pytest

from mcma_lyrics import LyricsEnricher, LyricsSettings
from mcma_plugins.testing import FakeRemote
from tests.support.lrclib import FakeLrclib, open_lrclib


@pytest.fixture
async def lrclib() -> AsyncIterator[FakeLrclib]:
    async with open_lrclib() as one:
        yield one


@pytest.fixture
def remote() -> FakeRemote:
    return FakeRemote()


@pytest.fixture
async def enricher(lrclib: FakeLrclib, remote: FakeRemote) -> AsyncIterator[LyricsEnricher]:
    made = LyricsEnricher(settings_of(lrclib), "1")
    made.share(remote)
    yield made
    await made.aclose()


def settings_of(lrclib: FakeLrclib, **more: object) -> LyricsSettings:
    return LyricsSettings.model_validate(
        {"enabled": True, "base_url": lrclib.url, "allowed_hosts": [lrclib.web.address], **more}
    )
