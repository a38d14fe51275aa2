"""The whole way: found in the archive, asked for, in the library with tags, cover and where it is from."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from mcma.store.tables.catalogue import source_refs
from tests.archive.conftest import ID
from tests.support._library_sound import cover_of
from tests.support.archive import LICENCE, FakeArchive
from tests.support.getting import Wanting, kept, rows
from tests.support.server import Person, Server, serving
from tests.support.webserver import saying

SOURCE = "/api/v1/sources/archive"
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
    user, wanting = server.user, Wanting(server.user, "archive")
    [found] = (await user.get(f"{SOURCE}/search?q=night songs übermut&kind=track"))["items"]
    assert found["known"]["relation"] == "new"
    asked = await wanting.ask(found["source_id"])
    done = await wanting.until(asked, state="have")
    track = await user.get(f"/api/v1/tracks/{done['track_id']}")
    assert (track["title"], track["album"], track["track"], track["year"]) == (
        "Übermut", "Night Songs", 2, 2019,
    )  # fmt: skip
    assert [one["name"] for one in track["artists"]] == ["Ann Ash"]
    cover = await user.ask("GET", f"/api/v1/tracks/{done['track_id']}/cover")
    assert cover.headers["content-type"].startswith("image/")
    assert await kept(server) == ["Ann Ash/Night Songs/02 Übermut.flac"]
    [ref] = await rows(server.database, source_refs, source_refs.c.source == "archive")
    assert (ref.source_id.decode(), str(ref.track_id)) == (found["source_id"], done["track_id"])
    again = await wanting.ask(found["source_id"], 200)
    assert (again["id"], again["state"]) == (asked["id"], "have")
    shown = await user.get(f"{SOURCE}/tracks/{quote(found['source_id'], safe='')}")
    assert (shown["title"], shown["known"]["relation"]) == ("Übermut", "owned")
    await the_api_shows_items(user, archive)


async def the_api_shows_items(user: Person, archive: FakeArchive) -> None:
    album = await user.get(f"{SOURCE}/albums/{ID}")
    assert (album["title"], album["track_count"], album["extra"]["licence"]) == ("Night Songs", 2, LICENCE)
    held = await user.get(f"{SOURCE}/albums/{ID}/contents")
    assert [one["title"] for one in held["items"]] == ["First Light", "Übermut"]
    assert (await user.get(f"{SOURCE}/health"))["state"] == "ready"
    archive.faults["/advancedsearch"] = saying(429, retry_after="60")
    await user.get(f"{SOURCE}/search?q=moon", 503)
    assert (await user.get(f"{SOURCE}/health"))["state"] == "rate_limited"
