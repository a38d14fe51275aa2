"""What `scan.py` measures.

A generated library, the real pool of readers, a new database, the loop and memory of a server: first scan,
rescan with nothing changed, and a click (one small write) that waits for its turn while the first scan runs.
"""

import asyncio
import os
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mcma.services.indexing.readers import TagReaders
from mcma.services.indexing.report import ScanReport
from mcma.serving.lifetime import loop_factory, spare_the_collector
from mcma.store.clock import utcnow
from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core
from mcma.store.tables.machinery import key_values
from tests.support.library import generate_library
from tests.support.postgres import running_postgres
from tests.support.scanning import Music

CLICK_EVERY_S = 0.01


def cpu_seconds() -> float:
    """Of this process and of the readers that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


class Memory:
    """The most that this process and its readers take together (PSS), sampled."""

    def __init__(self) -> None:
        self.peak_kib = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.25):
            self.peak_kib = max(self.peak_kib, sum(_pss(pid) for pid in _family()))


def _family() -> Iterator[int]:
    me = os.getpid()
    yield me
    for task in Path(f"/proc/{me}/task").iterdir():
        with suppress(OSError):  # threads end meanwhile
            yield from [int(pid) for pid in (task / "children").read_text().split()]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


class Clicks:
    """Somebody who writes a row now and then, and waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.waits: list[float] = []

    async def run(self) -> None:
        while True:
            began = time.perf_counter()
            async with self._database.write() as transaction:
                row = {"namespace": "bench", "key": f"{began}", "value": 1, "updated_at": utcnow()}
                await transaction.connection.execute(sa.insert(key_values), [row])
            self.waits.append(time.perf_counter() - began)
            await asyncio.sleep(CLICK_EVERY_S)

    def summary(self) -> dict[str, float]:
        ordered = sorted(self.waits)
        return {name: round(ordered[int(len(ordered) * share)] * 1000, 1) for name, share in _SHARES.items()}


_SHARES = {"click_p50_ms": 0.5, "click_p99_ms": 0.99}


async def measure(url: str, root: Path, *, clicking: bool) -> dict[str, Any]:
    database = Database(url)
    await migrate_core(database, root)
    music = await Music(database, root).create()
    clicks = Clicks(database)
    click = asyncio.create_task(clicks.run() if clicking else asyncio.sleep(0))
    cpu = cpu_seconds()
    with Memory() as memory:
        first = await _scan(music)
        click.cancel()
        await asyncio.gather(click, return_exceptions=True)
    cpu = cpu_seconds() - cpu
    again = await _scan(music)
    await database.close()
    assert (first.problems, again.files, again.added, again.changed) == (0, first.files, 0, 0)
    return {
        "first_scan_s": first.seconds,
        "files_per_s": round(first.files / first.seconds),
        "rescan_s": again.seconds,
        "cpu_s": round(cpu, 2),
        "peak_pss_mb": round(memory.peak_kib / 1024),
        **(clicks.summary() if clicking else {}),
    }


async def _scan(music: Music) -> ScanReport:
    async with TagReaders() as readers:
        return await music.scanning(readers).run()


@contextmanager
def engine_url(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield sqlite_url(folder / "mcma.db")
        return
    with running_postgres() as server:
        yield server.url()


def run(files: int, engines: tuple[str, ...] = ("sqlite", "postgresql")) -> dict[str, Any]:
    spare_the_collector()
    found: dict[str, Any] = {"files": files}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "music"
        generate_library(root, files)
        for engine in engines:
            for name, clicking in ((engine, False), (f"{engine}_with_clicks", True)):
                with (
                    tempfile.TemporaryDirectory() as data,
                    engine_url(engine, Path(data)) as url,
                    asyncio.Runner(loop_factory=loop_factory) as runner,
                ):
                    found[name] = runner.run(measure(url, root, clicking=clicking))
    return found
