"""A data folder on a disk that is full: people go on, nothing is half-written, and it heals by itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.support.audio import make_audio
from tests.support.command import Mcma, Served
from tests.support.small_disk import fill, small_disk

PASSWORD = "correct horse battery"
SIZE = "160m"
"""Room for the reserve (it wants 96 MB free) and the database."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", SIZE) as mounted:
        yield mounted


class Client:
    def __init__(self, served: Served) -> None:
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{served.port}/api/v1", timeout=30)
        self.log_in()

    def log_in(self) -> None:
        answer = self._http.post("/auth/login", json={"username": "ada", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self._http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def ask(self, method: str, path: str, json: Any = None) -> httpx.Response:
        return self._http.request(method, path, json=json)

    def liked(self) -> set[str]:
        return {one["id"] for one in self.ask("GET", "/likes").json()["tracks"]}

    def close(self) -> None:
        self._http.close()


def a_library(folder: Path, files: int) -> None:
    folder.mkdir()
    for number in range(files):
        make_audio(folder / f"{number}.flac", fmt="flac", seconds=0.2, freq=300 + 7 * number,
                   tags={"title": f"Tune {number}", "artist": f"Ann {number}", "album": folder.name},
                   cover=None)  # fmt: skip


def half_written(data: Path) -> list[Path]:
    return [path for path in data.rglob("*") if path.is_file() and path.name.startswith(".")]


def test_people_go_on_and_it_heals(disk: Path, tmp_path: Path) -> None:
    mcma = Mcma(disk / "data", tmp_path)
    a_library(tmp_path / "days", 3)
    a_library(tmp_path / "nights", 30)
    mcma.ok("user", "add", "ada", "--admin", "--password-stdin", given=PASSWORD)
    mcma.ok("library", "add", str(tmp_path / "days"))
    mcma.ok("scan", "--wait")
    mcma.ok("library", "add", str(tmp_path / "nights"))
    with mcma.serving() as served, closing(Client(served)) as client:
        first, second, third = (one["id"] for one in client.ask("GET", "/tracks").json()["items"])
        filling = [fill(disk, "filling")]
        _people_go_on(client, first)
        filling.append(fill(disk, "more"))
        said = _it_is_said(mcma, client, second)
        assert half_written(mcma.data) == []
        for one in filling:
            one.unlink()
        assert client.ask("PUT", f"/likes/track/{third}").status_code == 204
        assert {first, third} <= client.liked() <= {first, third} | said
        assert mcma.ok("scan", "nights", "--wait", "--json").json[0]["songs"] == 30
        assert served.stop() == 0
    assert "Traceback" not in served.logged
    with closing(sqlite3.connect(mcma.data / "mcma.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _people_go_on(client: Client, track: str) -> None:
    """On what was kept back for them, from the first request on."""
    assert client.ask("PUT", f"/likes/track/{track}").status_code == 204
    assert client.ask("POST", "/plays", {"plays": [{"track_id": track}]}).status_code == 204
    assert client.ask("POST", "/playlists", {"name": "Mine", "track_ids": [track]}).status_code == 201
    client.log_in()
    assert client.ask("GET", f"/tracks/{track}/stream").status_code == 200
    assert client.ask("GET", f"/tracks/{track}/cover?size=300").status_code == 200


def _it_is_said(mcma: Mcma, client: Client, track: str) -> set[str]:
    """Once nothing at all is left: the tracks that it said it liked all the same."""
    scanned = mcma.run("scan", "nights", "--wait")
    assert scanned.code == 1
    assert "full" in scanned.err
    for method, path in (("PUT", f"/likes/track/{track}"), ("DELETE", f"/likes/track/{track}")):
        answer = client.ask(method, path)
        if answer.status_code != 204:  # a write may still fit into what the database has already
            assert answer.status_code == 507
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "out_of_space"
            assert answer.json()["detail"]
    return {track}
