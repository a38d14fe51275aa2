"""Transcodes over the wire: followed as they grow, cut when they fail, gone with who listened or served."""

import http.client
import signal
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.support.audio import make_audio
from tests.support.command import Mcma, Served
from tests.support.programs import running_programs
from tests.support.renditions import fake_ffmpeg, heard
from tests.support.studio import DRIPS

PASSWORD = "correct horse battery"
LENGTH = 60.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a library of one long track, for each test to copy."""
    home = tmp_path_factory.mktemp("transcoding")
    make_audio(home / "music" / "Long.flac", fmt="flac", seconds=LENGTH, tags={"title": "Long"})
    mcma = Mcma(home / "data", home)
    mcma.ok("user", "add", "ada", "--admin", "--password-stdin", given=PASSWORD)
    mcma.ok("library", "add", str(home / "music"))
    mcma.ok("scan", "--wait")
    return home


@pytest.fixture
def mcma(data: Path, tmp_path: Path) -> Mcma:
    import shutil

    shutil.copytree(data / "data", tmp_path / "data")
    return Mcma(tmp_path / "data", tmp_path)


class Listener:
    def __init__(self, served: Served) -> None:
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{served.port}/api/v1", timeout=60)
        answer = self.http.post("/auth/login", json={"username": "ada", "password": PASSWORD})
        self.token = answer.json()["access_token"]
        self.http.headers["authorization"] = f"Bearer {self.token}"
        self.track = self.http.get("/tracks").json()["items"][0]["id"]

    def close(self) -> None:
        self.http.close()

    def get(self, headers: dict[str, str] | None = None, **wish: Any) -> httpx.Response:
        return self.http.get(f"/tracks/{self.track}/stream", params=wish, headers=headers)

    def raw(self, served: Served, wish: str = "format=mp3") -> socket.socket:
        """A connection on which the answer has begun."""
        wire = socket.create_connection(("127.0.0.1", served.port), timeout=30)
        path = f"/api/v1/tracks/{self.track}/stream?{wish}"
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode())
        assert b"200" in wire.recv(100)
        return wire

    def jobs(self) -> list[str]:
        return [one["state"] for one in self.http.get("/jobs", params={"kind": "transcode"}).json()["items"]]


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    latest = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < latest, "it did not come to that"
        time.sleep(0.05)


def parts(mcma: Mcma) -> list[Path]:
    return sorted((mcma.data / "renditions" / "parts").glob("*"))


def test_followed_then_cached(mcma: Mcma, tmp_path: Path) -> None:
    with mcma.serving() as served, closing(Listener(served)) as ann:
        first = ann.get(format="opus-96")
        assert first.headers["x-mcma-stream"].endswith("state=live")
        assert first.headers["transfer-encoding"] == "chunked"
        assert first.headers["accept-ranges"] == "none"
        found = heard(first.content, tmp_path)
        assert (found.codec, round(found.seconds)) == ("opus", round(LENGTH))
        until(lambda: ann.jobs() == ["succeeded"])
        again = ann.get(format="opus-96")
        assert again.content == first.content
        part = ann.get({"range": "bytes=1000-1999"}, format="opus-96")
        assert (part.status_code, part.content) == (206, first.content[1000:2000])
        late = ann.get({"range": "bytes=5000-"}, format="mp3", bitrate=64)
        assert late.status_code == 206, "a player that resumes waits a little for the whole"
        sized = ann.get(format="aac", estimate_length="true")
        assert len(sized.content) == int(sized.headers["content-length"])
        assert heard(sized.content, tmp_path).seconds == pytest.approx(LENGTH, abs=1)
        _by_http_1_0(ann, served)
        assert served.stop() == 0
    assert "Traceback" not in served.logged


def _by_http_1_0(ann: Listener, served: Served) -> None:
    """There is no chunked coding there: the end of the connection is the end."""
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=30)) as wire:
        path = f"/api/v1/tracks/{ann.track}/stream?format=mp3&bitrate=80"
        wire.sendall(f"GET {path} HTTP/1.0\r\nAuthorization: Bearer {ann.token}\r\n\r\n".encode())
        with closing(http.client.HTTPResponse(wire)) as answer:
            answer.begin()
            assert len(answer.read()) > 80_000 / 8 * (LENGTH - 5)


MISBEHAVES = f"""case "$*" in
  *320k*) head -c 40000 /dev/zero > "$OUT"; sleep 0.5; exit 1 ;;
esac
{DRIPS}"""
"""At 320 kbit/s it breaks off, otherwise it never ends."""


def test_who_hangs_up_what_breaks_and_how_many(mcma: Mcma, tmp_path: Path) -> None:
    program = fake_ffmpeg(tmp_path / "ffmpeg", MISBEHAVES)
    with (
        mcma.serving(
            MCMA_FFMPEG=str(program), MCMA_TRANSCODES_PER_USER="2", MCMA_TRANSCODE_SLOTS="3"
        ) as served,
        closing(Listener(served)) as ann,
    ):
        _one_that_breaks_is_cut_off(ann, served)
        _nobody_may_have_them_all(ann, served)
        until(lambda: not running_programs(program), 20)
        until(lambda: set(ann.jobs()) == {"cancelled", "failed"})
        assert parts(mcma) == []


def _one_that_breaks_is_cut_off(ann: Listener, served: Served) -> None:
    with closing(ann.raw(served, "format=mp3&bitrate=320")) as wire:
        rest = b""
        while piece := wire.recv(65536):
            rest += piece
    assert not rest.endswith(b"0\r\n\r\n"), "an end would say that this is all"
    after = ann.get(format="mp3", bitrate=320)
    assert after.headers["x-mcma-stream"] == "original; reason=failed"
    assert after.headers["content-type"] == "audio/flac"


def _nobody_may_have_them_all(ann: Listener, served: Served) -> None:
    held = [ann.raw(served, f"format=mp3&bitrate={rate}") for rate in (64, 96)]
    refused = ann.get(format="mp3", bitrate=128)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["code"] == "too_many_requests"
    assert ann.get().status_code == 200, "the original is nobody's transcode"
    held[0].close()
    until(lambda: _allowed(ann))
    held[1].close()


def _allowed(ann: Listener) -> bool:
    """As soon as the server has noticed that somebody hung up, not when the grace is over."""
    wish = {"format": "mp3", "bitrate": "128"}
    with ann.http.stream("GET", f"/tracks/{ann.track}/stream", params=wish) as got:
        return got.status_code == 200


def test_kill_9_in_the_middle(mcma: Mcma, tmp_path: Path) -> None:
    drips = fake_ffmpeg(tmp_path / "ffmpeg", DRIPS)
    with mcma.serving(MCMA_FFMPEG=str(drips)) as served:
        with closing(Listener(served)) as ann:
            wire = ann.raw(served)
        assert len(parts(mcma)) == 1
        served.process.kill()
        served.process.wait()
        until(lambda: not running_programs(drips), 5)
        wire.close()
    with mcma.serving() as served, closing(Listener(served)) as ann:
        assert parts(mcma) == []
        assert ann.jobs() == ["failed"]
        assert ann.http.get(f"/tracks/{ann.track}/renditions").json()["items"] == []
        whole = ann.get(format="mp3")
        assert heard(whole.content, tmp_path).seconds == pytest.approx(LENGTH, abs=1)


def test_a_server_that_is_asked_to_stop(mcma: Mcma, tmp_path: Path) -> None:
    drips = fake_ffmpeg(tmp_path / "ffmpeg", DRIPS)
    with mcma.serving(MCMA_FFMPEG=str(drips), MCMA_SHUTDOWN_SECONDS="1") as served:
        with closing(Listener(served)) as ann:
            wire = ann.raw(served)
        assert served.stop(signal.SIGTERM, 15) == 0
        wire.close()
    assert running_programs(drips) == []
