"""An archive on loopback, and the source that asks it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma_archive import ArchiveSettings, OpenCollections
from tests.support.archive import FakeArchive, open_archive, record

ID = "night-songs-2019"
"""The album that is there."""


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[FakeArchive]:
    async with open_archive() as one:
        record(one, tmp_path / "made")
        yield one


@pytest.fixture
async def source(archive: FakeArchive) -> AsyncIterator[OpenCollections]:
    made = OpenCollections(settings_of(archive), "1")
    yield made
    await made.aclose()


def settings_of(archive: FakeArchive, **more: object) -> ArchiveSettings:
    return ArchiveSettings.model_validate(
        {"enabled": True, "base_url": archive.url, "allowed_hosts": [archive.web.address], **more}
    )
