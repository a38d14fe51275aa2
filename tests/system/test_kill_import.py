"""kill -9 of a server in the middle of an import and of uploads: the next one finishes them."""

import asyncio
import os
import random
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mcma.services.callers import SYSTEM
from mcma.store.engine import sqlite_url
from mcma.wiring import opened
from tests.support.audio import make_audio
from tests.support.command import Mcma
from tests.support.library import generate_library
from tests.support.server import settings_for
from tests.system.test_kill import OFF, PASSWORD, client_of, holds, is_whole

CYCLES = 60 if os.environ.get("MCMA_SOAK") else 2
FILES = 400 if os.environ.get("MCMA_SOAK") else 50
LATEST_KILL = 1.5
UPLOADS = 3
"""In each cycle."""


def catalogue(data: Path) -> list[list[tuple[Any, ...]]]:
    queries = (
        "SELECT f.folder, f.name, f.size, f.missing_since, t.title, t.duration_ms, a.title FROM track_files f"
        " JOIN tracks t ON t.id = f.track_id LEFT JOIN albums a ON a.id = t.album_id"
        " WHERE f.deleted_at IS NULL",
        "SELECT album_key, title, song_count FROM albums WHERE deleted_at IS NULL",
        "SELECT path, result, reason FROM import_files",
        "SELECT song_count, album_count, artist_count, size FROM libraries",
    )
    with closing(sqlite3.connect(data / "mcma.db")) as connection:
        return [sorted(connection.execute(query), key=repr) for query in queries]


def on_disk(data: Path) -> list[str]:
    root = data / "music" / "Imported"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def undisturbed(data: Path, inbox: Path, songs: list[Path]) -> None:
    settings = settings_for(data, sqlite_url(data / "mcma.db"), plugins_disabled=OFF)
    async with opened(settings) as core:
        for path in (inbox, *songs):
            named = await core.services.imports.name(SYSTEM, path)
            job = await core.services.imports.start(SYSTEM, named.folder.id, named.only)
            assert (await core.services.jobs.wait(job, 60)).state == "succeeded"


def upload(client: httpx.Client, song: Path) -> bool:
    answer = client.post("/tracks", params={"name": song.name}, content=song.read_bytes(),
                         headers={"content-type": "audio/mpeg"})  # fmt: skip
    assert answer.status_code in (200, 201), answer.text
    return True


def over(client: httpx.Client, kind: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = client.get("/jobs", params={"kind": kind, "limit": 500}).json()["items"]
        states = [one["state"] for one in found]
        if not {"queued", "running"} & set(states):
            assert set(states) <= {"succeeded"}, states
            return
        time.sleep(0.05)
    raise AssertionError(f"{kind} did not come to its end")


@pytest.mark.soak
def test_killed_imports_and_uploads_come_to_their_end(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    generate_library(inbox, FILES)
    songs = [
        make_audio(tmp_path / "songs" / f"{n}.mp3", seconds=0.3, freq=3000 + 9 * n,
                   tags={"title": f"Song {n}", "artist": "Sue", "album": f"Album {n % 4}"})
        for n in range(CYCLES * UPLOADS)
    ]  # fmt: skip
    mcma = Mcma(tmp_path / "data", tmp_path, {"MCMA_PLUGINS_DISABLED": ",".join(OFF)})
    mcma.ok("user", "add", "ada", "--admin", "--password-stdin", given=PASSWORD)
    acknowledged: list[Path] = []
    for cycle in range(CYCLES):
        rng = random.Random(cycle)
        with mcma.serving() as served, closing(client_of(served)) as client:
            client.post("/imports", json={"path": str(inbox)}).raise_for_status()
            until = time.monotonic() + rng.uniform(0.05, LATEST_KILL)
            with suppress(httpx.HTTPError):
                for song in songs[cycle * UPLOADS : (cycle + 1) * UPLOADS]:
                    if upload(client, song):
                        acknowledged.append(song)
            time.sleep(max(0.0, until - time.monotonic()))
            served.stop(signal.SIGKILL)
        assert "Traceback" not in served.logged
        is_whole(mcma.data, tmp_path / "copy")
    assert acknowledged
    with mcma.serving() as served, closing(client_of(served)) as client:
        for song in songs:
            upload(client, song)
        over(client, "ingest")
        done = mcma.ok("import", str(inbox), "--wait")
        assert "imported" in done.out
        over(client, "import")
        assert served.stop() == 0
    asyncio.run(holds(mcma.data))
    asyncio.run(undisturbed(tmp_path / "undisturbed", inbox, songs))
    found, expected = catalogue(mcma.data), catalogue(tmp_path / "undisturbed")
    assert found[0] == expected[0]
    assert found[1:2] + found[3:] == expected[1:2] + expected[3:]
    assert [row for row in expected[2] if row[0] in {one[0] for one in found[2]}] == found[2]
    assert on_disk(mcma.data) == on_disk(tmp_path / "undisturbed" / "data")
