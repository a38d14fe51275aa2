"""From a wish to the track that plays: a whole server, the real yt-dlp, and a site like YouTube."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from mcma.store.engine import sqlite_url
from tests.support.audio import make_audio
from tests.support.getting import Wanting, kept
from tests.support.server import Server, serving
from tests.youtube import answers
from tests.youtube.service import Service
from tests.youtube.site import Site, manner_for

pytestmark = pytest.mark.anyio
ONE = "dQw4w9WgXcQ"


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    """Opus in WebM, as YouTube has it."""
    opus, webm = make_audio(tmp_path / "a.opus", fmt="opus", seconds=2), tmp_path / "a.webm"
    subprocess.run(
        [get_ffmpeg_exe(), "-v", "error", "-i", opus, "-c", "copy", "-map_metadata", "-1", webm], check=True
    )
    return webm.read_bytes()


@pytest.fixture
async def server(
    service: Service, site: Site, sound: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    monkeypatch.setenv("MCMA_PLUGIN_YOUTUBE_ENABLED", "true")
    monkeypatch.setenv("MCMA_PLUGIN_YOUTUBE_SECONDS_BETWEEN", "0")
    url = sqlite_url(tmp_path / "mcma.db")
    site.sound = sound
    async with serving(tmp_path, url, scanned=False, jobs=True, download_reserve_gb=0) as made:
        source: Any = next(one.thing for one in made.core.host.sources() if one.thing.name == "youtube")
        source._music._base = service.base
        source._fetching._manner = manner_for(site, tmp_path / "plugins")
        yield made


async def test_what_is_found_is_got_and_known(server: Server, service: Service, site: Site) -> None:
    service.answers |= {
        "x songs": answers.search("Songs", [answers.song(ONE, "First", length="0:02")]),
        ONE: answers.watch_page(answers.queued(ONE, "First", "0:02")),
    }
    site.info = {
        "track": "First", "artists": ["Ana"], "album": "Sea", "release_year": 2019, "duration": 2,
    }  # fmt: skip
    found = await server.user.get("/api/v1/sources/youtube/search?q=x&kind=track")
    assert [one["source_id"] for one in found["items"]] == [ONE]
    wanting = Wanting(server.user, "youtube")
    had = await wanting.until(await wanting.ask(ONE), state="have")
    track = await server.user.get(f"/api/v1/tracks/{had['track_id']}")
    assert (track["title"], track["album"], track["year"]) == ("First", "Sea", 2019)
    (path,) = [one for one in await kept(server) if not one.endswith((".png", ".jpg"))]
    assert path.startswith("Ana/Sea/First.")
    again = await server.user.get("/api/v1/sources/youtube/search?q=x&kind=track")
    assert "owned" in str(again["items"][0])


async def test_what_is_private_fails_and_says_so(server: Server, service: Service, site: Site) -> None:
    service.answers[ONE] = answers.watch_page(answers.queued(ONE, "First", "0:02"))
    site.info = {"error": "Private video. Sign in if you've been granted access to this video"}
    wanting = Wanting(server.user, "youtube")
    failed = await wanting.until(await wanting.ask(ONE), state="failed")
    assert "private" in str(failed)
    assert [one for one in await kept(server) if not one.startswith(".mcma-staging/")] == []
