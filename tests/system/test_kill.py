"""kill -9 in the middle of scans and of people's writes: nothing that was acknowledged is lost, and the next
scan ends where an undisturbed one does."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mcma.services.callers import SYSTEM
from mcma.store.engine import Database, sqlite_url
from mcma.wiring import opened
from tests.support import catalogue_truth
from tests.support.audio import make_audio
from tests.support.command import Mcma, Served
from tests.support.library import generate_library
from tests.support.server import settings_for

PASSWORD = "correct horse battery"
CYCLES = 100 if os.environ.get("MCMA_SOAK") else 3
FILES = 400 if os.environ.get("MCMA_SOAK") else 80
TUNES = 6
OFF = () if os.environ.get("MCMA_SOAK") else ("musicbrainz",)
"""What hears the files beside the scans, which takes longer than these do."""
LATEST_KILL = 1.2
"""Seconds after a scan was asked for, while people write all the time."""
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Truth:
    """What the server has said yes to, and what it may or may not have done when it was killed."""

    likes: dict[str, bool] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    plays: int = 0
    unsure_plays: int = 0
    playlists: set[str] = field(default_factory=set)
    unsure_playlists: int = 0


def client_of(served: Served) -> httpx.Client:
    client = httpx.Client(base_url=f"http://127.0.0.1:{served.port}/api/v1", timeout=30)
    answer = client.post("/auth/login", json={"username": "ada", "password": PASSWORD})
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


class People:
    """Three clients that write until the server is gone."""

    def __init__(self, client: httpx.Client, tracks: list[str], truth: Truth, seed: int) -> None:
        self._client, self._tracks, self._truth = client, tracks, truth
        self._rng = random.Random(seed)
        self.refused: list[httpx.Response] = []
        self._threads = [
            threading.Thread(target=self._go, args=(one,)) for one in (self._like, self._play, self._list)
        ]

    def __enter__(self) -> "People":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _go(self, once: Callable[[], None]) -> None:
        with suppress(httpx.HTTPError):
            while not self.refused:
                once()

    def _said_yes(self, method: str, path: str, json: Any = None) -> bool:
        answer = self._client.request(method, path, json=json)
        if not answer.is_success:
            self.refused.append(answer)
        return answer.is_success

    def _like(self) -> None:
        track, liked = self._rng.choice(self._tracks), self._rng.random() < 0.6
        self._truth.unsure.add(track)
        if self._said_yes("PUT" if liked else "DELETE", f"/likes/track/{track}"):
            self._truth.likes[track] = liked
            self._truth.unsure.discard(track)

    def _play(self) -> None:
        number = self._truth.plays + self._truth.unsure_plays
        at = (BEGAN + timedelta(hours=number)).isoformat()
        self._truth.unsure_plays += 1
        if self._said_yes("POST", "/plays", {"plays": [{"track_id": self._tracks[0], "at": at}]}):
            self._truth.unsure_plays -= 1
            self._truth.plays += 1

    def _list(self) -> None:
        truth = self._truth
        name = f"list {len(truth.playlists) + truth.unsure_playlists}"
        truth.unsure_playlists += 1
        if self._said_yes("POST", "/playlists", {"name": name, "track_ids": self._tracks}):
            truth.unsure_playlists -= 1
            truth.playlists.add(name)


def check(client: httpx.Client, tracks: list[str], truth: Truth) -> None:
    liked = {one["id"] for one in client.get("/likes").json()["tracks"]}
    for track, said in truth.likes.items():
        assert track in truth.unsure or (track in liked) == said
    play_count = client.get(f"/tracks/{tracks[0]}").json()["user"]["play_count"]
    assert truth.plays <= play_count <= truth.plays + truth.unsure_plays
    found = client.get("/playlists").json()["items"]
    assert {one["name"] for one in found} >= truth.playlists
    assert all(one["song_count"] == len(tracks) for one in found), "half a playlist"
    truth.likes = {track: track in liked for track in tracks}
    truth.unsure.clear()


def is_whole(data: Path, copy: Path) -> None:
    """Looks at a copy: the server itself is to find what the kill left."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in data.glob("mcma.db*"):
        shutil.copy(path, copy)
    with closing(sqlite3.connect(copy / "mcma.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def catalogue(data: Path) -> list[list[tuple[Any, ...]]]:
    queries = (
        "SELECT f.folder, f.name, f.size, f.missing_since, t.title, t.missing_since, t.duration_ms, a.title"
        " FROM track_files f JOIN tracks t ON t.id = f.track_id LEFT JOIN albums a ON a.id = t.album_id"
        " WHERE f.deleted_at IS NULL",
        "SELECT album_key, title, year, song_count, duration_ms FROM albums WHERE deleted_at IS NULL",
        "SELECT name, name_key FROM artists WHERE deleted_at IS NULL",
        "SELECT root_display, song_count, album_count, artist_count FROM libraries",
    )
    with closing(sqlite3.connect(data / "mcma.db")) as connection:
        return [sorted(connection.execute(query), key=repr) for query in queries]


async def holds(data: Path) -> None:
    database = Database(sqlite_url(data / "mcma.db"))
    try:
        await catalogue_truth.check(database)
    finally:
        await database.close()


def scanned(client: httpx.Client) -> None:
    jobs = client.post("/sources/local/scan", json={}).json()["items"]
    assert len(jobs) == 2
    for job in jobs:
        until = time.monotonic() + 60
        while (found := client.get(f"/jobs/{job['id']}").json())["state"] in ("queued", "running"):
            assert time.monotonic() < until, found
            time.sleep(0.05)
        assert found["state"] == "succeeded", found


async def undisturbed(data: Path, folders: list[Path]) -> None:
    """The same folders, scanned once, in this process."""
    settings = settings_for(data, sqlite_url(data / "mcma.db"), plugins_disabled=OFF)
    async with opened(settings) as core:
        for folder in folders:
            await core.services.libraries.add(SYSTEM, folder)
        for job in await core.services.scans.request(SYSTEM):
            assert (await core.services.jobs.wait(job, 60)).state == "succeeded"


def tunes(client: httpx.Client) -> list[str]:
    """The tracks that people play with, once they are there."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = client.get("/search", params={"q": "Tune", "limit": 100}).json()["tracks"]
        ids = sorted(one["id"] for one in found if one["album"] == "Days")
        if len(ids) == TUNES:
            return ids
        time.sleep(0.05)
    raise AssertionError("the first library was not scanned")


@pytest.mark.soak
def test_nothing_acknowledged_is_lost_and_the_scan_gets_to_its_end(tmp_path: Path) -> None:
    steady, music = tmp_path / "steady", tmp_path / "music"
    steady.mkdir()
    for number in range(TUNES):
        make_audio(steady / f"{number}.flac", fmt="flac", seconds=0.2, freq=300 + 50 * number,
                   tags={"title": f"Tune {number}", "artist": "Ann", "album": "Days"})  # fmt: skip
    generate_library(music, FILES)
    mcma = Mcma(tmp_path / "data", tmp_path, {"MCMA_PLUGINS_DISABLED": ",".join(OFF)})
    mcma.ok("user", "add", "ada", "--admin", "--password-stdin", given=PASSWORD)
    truth, tracks = Truth(), list[str]()
    for cycle in range(CYCLES):
        with mcma.serving("--library", str(steady), "--library", str(music)) as served:
            with closing(client_of(served)) as client:
                tracks = tracks or tunes(client)
                check(client, tracks, truth)
                client.post("/sources/local/scan", json={"full": cycle % 2 == 1})
                with People(client, tracks, truth, cycle) as people:
                    time.sleep(random.Random(cycle).uniform(0.05, LATEST_KILL))
                    served.stop(signal.SIGKILL)
            assert people.refused == []
        assert "Traceback" not in served.logged
        is_whole(mcma.data, tmp_path / "copy")
    assert truth.plays
    assert truth.playlists
    with mcma.serving() as served, closing(client_of(served)) as client:
        scanned(client)
        check(client, tracks, truth)
        assert served.stop() == 0
    asyncio.run(holds(mcma.data))
    asyncio.run(undisturbed(tmp_path / "undisturbed", [steady, music]))
    assert catalogue(mcma.data) == catalogue(tmp_path / "undisturbed")
