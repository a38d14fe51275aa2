"""A real `mcma serve` on a seeded database, asked over one keep-alive connection; its own processor time."""

import argparse
import fcntl
import hashlib
import http.client
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlencode

import structlog
import uvloop

from mcma.services.callers import SYSTEM
from mcma.settings import Settings
from mcma.store import migrations, tables
from mcma.wiring import opened
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller, ItemKind, ItemRef
from tests.support import catalogue
from tests.support.command import Mcma

USER, PASSWORD = "bench", "violet anchor 42"
SECONDS = 4.0
"""At most, for the rounds of one measurement."""


class Seed(NamedTuple):
    """A data folder that was filled once."""

    folder: Path
    tracks: int
    app_password: str
    albums: list[str]
    songs: list[str]
    playlist: str
    """Of 1,000 songs."""


class Cost(NamedTuple):
    wall_ms: float
    cpu_ms: float
    """Of the server, all its threads."""
    bytes: int


@dataclass
class Asker:
    """One client of one server."""

    wire: http.client.HTTPConnection
    pid: int
    start_s: float
    """From the start of the process to its first answer."""
    who: dict[str, str]
    headers: dict[str, str]

    def subsonic(self, method: str, form: str = "json", **more: object) -> bytes:
        named = {**self.who, "f": form, **{name: str(value) for name, value in more.items()}}
        return self.get(f"/rest/{method}?{urlencode(named)}")

    def native(self, path: str) -> bytes:
        return self.get(f"/api/v1{path}", self.headers)

    def get(self, path: str, headers: dict[str, str] | None = None) -> bytes:
        self.wire.request("GET", path, headers=headers or {})
        answer = self.wire.getresponse()
        body = answer.read()
        if answer.status != 200 or b'"status":"failed"' in body[:200]:
            raise AssertionError(f"{path.partition('?')[0]}: {answer.status} {body[:300]!r}")
        return body

    def cost(self, ask: Callable[[], bytes], rounds: int) -> Cost:
        """Medians of warm requests; the processor time is that of all of them, shared out."""
        size = len(ask())
        ask()
        wall: list[float] = []
        before, until = cpu_ns(self.pid), time.monotonic() + SECONDS
        while len(wall) < rounds and time.monotonic() < until:
            begun = time.perf_counter()
            ask()
            wall.append((time.perf_counter() - begun) * 1000)
        cpu = (cpu_ns(self.pid) - before) / len(wall) / 1e6
        return Cost(round(statistics.median(wall), 2), round(cpu, 2), size)


def cpu_ns(pid: int) -> int:
    """Of all threads, by the scheduler's own count where there is one: the ticks of `stat` are coarse."""
    try:
        each = [path.read_text().split()[0] for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        if each:
            return sum(map(int, each))
    except OSError:
        pass
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def pss_mib(pid: int) -> float:
    """Of the process and all it started."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return round(own + sum(pss_mib(int(child)) for child in children), 1)


def seeded(tracks: int) -> Seed:
    """Made once for each schema and size, and kept in the folder for temporary files."""
    folder = Path(tempfile.gettempdir()) / f"mcma-bench-{_mark()}" / str(tracks)
    told = folder / "bench.json"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # another bench may want it at the same moment
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            shutil.rmtree(folder / "data", ignore_errors=True)
            structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
            told.write_text(json.dumps(uvloop.run(_fill(folder, tracks))))
            structlog.reset_defaults()
    return Seed(folder, tracks, **json.loads(told.read_text()))


def _mark() -> str:
    """Of what the database looks like and what is put into it."""
    sources = [*_sources(migrations), *_sources(tables),
               Path(catalogue.__file__), Path(__file__)]  # fmt: skip
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def _sources(package: ModuleType) -> list[Path]:
    return sorted(path for folder in package.__path__ for path in Path(folder).rglob("*.py"))


async def _fill(folder: Path, tracks: int) -> dict[str, Any]:
    async with opened(Settings(data_dir=folder / "data"), running_jobs=False) as core:
        lib = await catalogue.seed(core.database, tracks=tracks)
        user = await core.services.users.create(SYSTEM, USER, PASSWORD)
        who = Caller(user.id, user.name)
        made = await core.services.app_passwords.create(who, "bench")
        playlist = await core.services.playlists.create(
            who, "Bench", [TrackId(one) for one in lib.tracks[:1000]]
        )
        await core.services.listening.like(who, list(_liked(lib)), True)
    every = max(1, len(lib.albums) // 50)
    return {
        "app_password": made.secret,
        "playlist": f"pl-{playlist.id}",
        "albums": [f"al-{one}" for one in lib.albums[::every]],
        "songs": [f"tr-{one}" for one in lib.tracks[::every]],
    }


def _liked(lib: catalogue.Seeded) -> Iterator[ItemRef]:
    """Some of each kind, from all over the library."""
    wanted = {ItemKind.TRACK: (lib.tracks, 500), ItemKind.ALBUM: (lib.albums, 100)}
    wanted[ItemKind.ARTIST] = (lib.artists, 50)
    for kind, (ids, most) in wanted.items():
        for id_ in ids[:: max(1, len(ids) // most)][:most]:
            yield ItemRef(kind, id_)


@contextmanager
def serving(seed: Seed, *arguments: str) -> Iterator[Asker]:
    """On a copy, so that every run starts from the same."""
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(seed.folder / "data", Path(home) / "data")
        mcma = Mcma(Path(home) / "data", Path(home), fresh=True)
        begun = time.perf_counter()
        with mcma.serving(*arguments) as served:
            wire = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
            who = {"u": USER, "p": seed.app_password, "v": "1.16.1", "c": "bench"}
            ask = Asker(wire, served.process.pid, 0.0, who, {})
            ask.subsonic("ping")
            ask.start_s = round(time.perf_counter() - begun, 2)
            ask.headers = {"authorization": f"Bearer {_token(wire, USER, PASSWORD)}"}
            yield ask
            served.stop()


def _token(wire: http.client.HTTPConnection, user: str, password: str) -> str:
    sent = json.dumps({"username": user, "password": password})
    wire.request("POST", "/api/v1/auth/login", sent, {"content-type": "application/json"})
    found = json.loads(wire.getresponse().read())
    return str(found["access_token"])


def at_two_sizes(purpose: str | None, measured: Callable[[int, int], dict[str, Any]]) -> None:
    """The program of a bench: what `measured(tracks, rounds)` finds in a small and in a large library."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--tracks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    made = [measured(tracks, options.rounds) for tracks in options.tracks]
    print(json.dumps({"small": made[0], "large": made[-1]}, indent=2))
