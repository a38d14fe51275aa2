"""The whole way: found in the archive, asked for, in the library with tags, cover and where it is from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma.store.tables.catalogue import source_refs
from mcma_plugins import SourceKind
from tests.archive.conftest import ID
from tests.support._library_sound import cover_of
from tests.support.archive import FakeArchive
from tests.support.getting import Wanting, kept, rows
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server(
    archive: FakeArchive, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    for name, value in {
        "ENABLED": "true",
        "BASE_URL": archive.url,
        "ALLOWED_HOSTS": archive.web.address,
    }.items():
        monkeypatch.setenv(f"MCMA_PLUGIN_ARCHIVE_{name}", value)
    archive.content[f"{ID}/Front Cover.png"] = cover_of(1)
    async with serving(tmp_path, database_url, scanned=False, jobs=True, download_reserve_gb=0) as made:
        yield made


async def test_a_song_of_the_archive_comes_into_the_library(server: Server, archive: FakeArchive) -> None:
    outside, wanting = server.core.services.outside, Wanting(server.user, "archive")
    [found] = await outside.search("archive", "night songs übermut", SourceKind.TRACK, 5)
    asked = await wanting.ask(found.source_id)
    done = await wanting.until(asked, state="have")
    track = await server.user.get(f"/api/v1/tracks/{done['track_id']}")
    assert (track["title"], track["album"], track["track"], track["year"]) == (
        "Übermut", "Night Songs", 2, 2019,
    )  # fmt: skip
    cover = await server.user.ask("GET", f"/api/v1/tracks/{done['track_id']}/cover")
    assert cover.headers["content-type"].startswith("image/")
    assert await kept(server) == ["Ann Ash/Night Songs/02 Übermut.flac"]
    [ref] = await rows(server.database, source_refs, source_refs.c.source == "archive")
    assert (ref.source_id.decode(), str(ref.track_id)) == (found.source_id, done["track_id"])
    again = await wanting.ask(found.source_id, 200)
    assert (again["id"], again["state"]) == (asked["id"], "have")
