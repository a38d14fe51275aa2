"""mcma and supysonic, scanning and serving the same generated files, one after the other in the same run.

`python -m tests.bench.peer [--files 10000] [--alone]` prints JSON. supysonic is measured where
`python -m tests.bench.peer --install` has put it (build/peer, nothing else is touched), else null.
"""

import argparse
import dataclasses
import hashlib
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support import library
from tests.support.command import Mcma, clean_environment

ROOT = Path(__file__).parents[2]
HOME = ROOT / "build" / "peer"
PACKAGE = "supysonic==0.7.9"
USER, PASSWORD = "bench", "violetanchor42"
SECONDS = 8.0
"""At most, for the rounds of one call."""
Found = dict[str, Any]


def install() -> None:
    uv, python = ROOT / ".tools" / "bin" / "uv", HOME / "bin" / "python"
    environment = {"UV_PYTHON_DOWNLOADS": "never", **os.environ}
    subprocess.run(
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, HOME], check=True, env=environment
    )
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, PACKAGE, "gunicorn", "setuptools<81"],
        check=True, env=environment,
    )  # fmt: skip


def music(files: int) -> Path:
    """Made once for each size and version of its maker."""
    sources = sorted(Path(library.__file__).parent.glob("*library*.py"))
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"mcma-bench-music-{mark}" / str(files)
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        library.generate_library(folder / "music", files)
        (folder / "made").touch()
    return folder / "music"


class Client:
    """One keep-alive connection, and what every call sends."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.wire = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.who = {"u": user, "p": password, "v": "1.16.1", "c": "bench", "f": "json"}

    def ask(self, method: str, **more: object) -> Found:
        named = {**self.who, **{name: str(value) for name, value in more.items()}}
        self.wire.request("GET", f"/rest/{method}.view?{urlencode(named)}")
        found: Found = json.loads(self.wire.getresponse().read())["subsonic-response"]
        assert found["status"] == "ok", (method, found)
        return found

    def milliseconds(self, method: str, **more: object) -> float:
        wall: list[float] = []
        self.ask(method, **more)
        until = time.monotonic() + SECONDS
        while len(wall) < 20 and (time.monotonic() < until or not wall):
            begun = time.perf_counter()
            self.ask(method, **more)
            wall.append((time.perf_counter() - begun) * 1000)
        return round(statistics.median(wall), 2)

    def calls(self) -> Found:
        page = {"type": "alphabeticalByName", "size": 500}
        album = self.ask("getAlbumList2", **page)["albumList2"]["album"][0]["id"]
        typed = {"query": "a", "artistCount": 20, "albumCount": 20, "songCount": 20}
        every = {"query": "", "artistCount": 0, "albumCount": 0, "songCount": 500}
        return {
            "album_list_ms": self.milliseconds("getAlbumList2", **page),
            "artists_ms": self.milliseconds("getArtists"),
            "album_ms": self.milliseconds("getAlbum", id=album),
            "search_typed_ms": self.milliseconds("search3", **typed),
            "search_empty_ms": self.milliseconds("search3", **every),
        }


def ours(root: Path) -> Found:
    with tempfile.TemporaryDirectory() as home:
        mcma = Mcma(Path(home) / "data", Path(home))
        mcma.ok("user", "add", USER, "--admin", "--password-stdin", given=f"{PASSWORD} and more\n")
        made = mcma.ok("user", "app-password", USER, "--name", "bench", "--json").json
        mcma.ok("library", "add", str(root), "--name", "Music")
        mcma = dataclasses.replace(mcma, fresh=True)
        with mcma.serving() as served:
            client = Client(served.port, USER, made["password"])
            stars = _while_scanning(mcma, client)
            again = _seconds(lambda: mcma.ok("scan", "--wait", "--json"))
            found = {**stars, "rescan_s": again, **client.calls()}
            served.stop()
    return found


def _while_scanning(mcma: Mcma, client: Client) -> Found:
    """Somebody likes an artist, again and again, until the scan has ended."""
    command = [sys.executable, "-m", "mcma", "--data-dir", str(mcma.data), "scan", "--wait", "--json"]
    begun, waits = time.perf_counter(), []
    scan = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=clean_environment(), cwd=mcma.home)
    liked = _someone(client, scan)
    while scan.poll() is None:
        asked = time.perf_counter()
        client.ask("star", **liked)
        waits.append((time.perf_counter() - asked) * 1000)
        time.sleep(0.02)
    spent, ordered = time.perf_counter() - begun, sorted(waits) or [0.0]
    return {
        "scan_s": round(spent, 2),
        "stars": len(waits),
        "star_p50_ms": round(ordered[len(ordered) // 2], 2),
        "star_p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
    }


def _someone(client: Client, scan: "subprocess.Popen[bytes]") -> Found:
    """The first artist there is."""
    while scan.poll() is None:
        found = client.ask("search3", query="", artistCount=1, albumCount=0, songCount=0)["searchResult3"]
        if found.get("artist"):
            return {"artistId": found["artist"][0]["id"]}
        time.sleep(0.02)
    return {}


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 2)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Supysonic:
    """In a folder of its own: its settings are looked for in the working directory and at home."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        lines = (f"[base]\ndatabase_uri = sqlite:///{home}/peer.db\n"
                 f"[webapp]\ncache_dir = {home}/cache\nlog_level = WARNING\n")  # fmt: skip
        (home / "supysonic.conf").write_text(lines)

    def command(self, program: str, *arguments: str) -> dict[str, Any]:
        environment = clean_environment(HOME=str(self.home))
        return {"args": [HOME / "bin" / program, *arguments], "cwd": self.home, "env": environment}

    def cli(self, *arguments: str) -> None:
        subprocess.run(**self.command("supysonic-cli", *arguments), check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def serving(self) -> Iterator[Client]:
        arguments = ("--server", "gunicorn", "--host", "127.0.0.1", "--port", str(self.port))
        quiet = subprocess.DEVNULL
        process: subprocess.Popen[bytes] = subprocess.Popen(
            **self.command("supysonic-server", *arguments), stdout=quiet, stderr=quiet
        )
        try:
            yield self._client(process)
        finally:
            process.terminate()
            process.wait(20)

    def _client(self, process: "subprocess.Popen[bytes]") -> Client:
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            client = Client(self.port, USER, PASSWORD)
            try:
                client.ask("ping")
            except OSError:
                time.sleep(0.1)
            else:
                return client
        raise AssertionError("supysonic did not come up")


def theirs(root: Path) -> Found:
    with tempfile.TemporaryDirectory() as home:
        peer = Supysonic(Path(home))
        peer.cli("user", "add", USER, "-p", PASSWORD)
        peer.cli("folder", "add", "Music", str(root))
        scan, again = (_seconds(lambda: peer.cli("folder", "scan", "-f", "Music")) for _ in range(2))
        with peer.serving() as client:
            return {"scan_s": scan, "rescan_s": again, **client.calls()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--alone", action="store_true", help="without supysonic")
    options = parser.parse_args()
    if options.install:
        install()
        return
    root = music(options.files)
    there = (HOME / "bin" / "supysonic-server").exists() and not options.alone
    found = {"files": options.files, "mcma": ours(root), "supysonic": theirs(root) if there else None}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
