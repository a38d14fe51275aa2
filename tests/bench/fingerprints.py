"""How fast fingerprints are made, how well they tell recordings apart, and what finding look-alikes costs:
`python -m tests.bench.fingerprints`."""

import argparse
import asyncio
import json
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.fingerprints import bit_error
from mcma.services.identity.soundalikes import Soundalikes
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core
from mcma.store.queries import fingerprints as rows
from mcma.store.queries.fingerprints import Heard, Made
from mcma.store.tables.catalogue import libraries, track_files, tracks
from mcma.store.tables.sounds import duplicate_groups
from mcma_musicbrainz.fingerprinter import Chromaprint
from mcma_plugins.enrichers import Fingerprint
from tests.support.labelled import files, heard, judged

ITEMS = 948
"""Of two minutes."""
SECONDS = 120
PORTION = 100
COPIES = 50
"""One of so many is a copy of another one."""


def making(count: int, seconds: float = SECONDS) -> dict[str, float | None]:
    """Per second of one core's time; fpcalc itself, over the same files, where it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        music = list(files(count, seconds, Path(folder)))
        none = Path(folder) / "none"
        ours = _per_second(music, lambda path: asyncio.run(Chromaprint(fpcalc=none).fingerprint(path)))
        fpcalc = shutil.which("fpcalc")
        if fpcalc is None:
            return {"made_per_s": ours, "fpcalc_per_s": None, "with_fpcalc_per_s": None}
        command = [fpcalc, "-raw", "-length", str(SECONDS)]
        theirs = _per_second(music, lambda path: subprocess.run(
            [*command, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        ))  # fmt: skip
        both = _per_second(music, lambda path: asyncio.run(Chromaprint().fingerprint(path)))
    return {"made_per_s": ours, "fpcalc_per_s": theirs, "with_fpcalc_per_s": both}


def _per_second(music: list[Path], make: Any) -> float:
    began = _cpu()
    for path in music:
        make(path)
    return round(len(music) / (_cpu() - began), 2)


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def telling(songs: int, seconds: float) -> dict[str, float]:
    found = judged(heard(songs, seconds))
    return {"same": found.same, "missed_percent": found.missed_percent, "others": found.others,
            "false_percent": found.false_percent}  # fmt: skip


def comparing(rounds: int) -> float:
    """Microseconds for two of two minutes."""
    rng = Random(1)
    one = rng.randbytes(4 * ITEMS)
    other = perturbed(one, rng)
    began = time.process_time()
    for _ in range(rounds):
        bit_error(one, other)
    return round((time.process_time() - began) / rounds * 1e6, 1)


def perturbed(raw: bytes, rng: Random) -> bytes:
    """With 3 % of its bits changed, as another encoding has them."""
    bits = 8 * len(raw)
    noise = rng.getrandbits(bits)
    for _ in range(4):
        noise &= rng.getrandbits(bits)
    return (int.from_bytes(raw, "little") ^ noise).to_bytes(len(raw), "little")


def made_up(count: int) -> Iterator[Fingerprint]:
    """Every fiftieth is a copy of the one before it."""
    rng = Random(2)
    raw = b""
    for number in range(count):
        raw = perturbed(raw, rng) if number % COPIES == COPIES - 1 else rng.randbytes(4 * ITEMS)
        yield Fingerprint(raw, 180_000 + number % 7 * 1000)


async def looking(count: int) -> dict[str, float]:
    """The whole pass over so many fingerprints, as the job does it. In processor time, SQLite's included: on
    a busy machine it takes several times as long, now more and now less."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder) / "bench.db"))
        await migrate_core(database, Path(folder) / "backups")
        began = time.process_time()
        await _filled(database, count)
        kept = time.process_time() - began
        before, began = _resident(), time.process_time()
        most = before
        soundalikes, alike = Soundalikes(database, lambda _, __: None), 0
        while portion := await _uncompared(database):
            alike += await soundalikes.compare(portion)
            most = max(most, _resident())
        took = time.process_time() - began
        lookups = await _lookups(database)
        async with database.read() as connection:
            groups = await connection.scalar(sa.select(sa.func.count()).select_from(duplicate_groups))
            pages = await connection.scalar(sa.text("PRAGMA page_count"))
        await database.close()
    assert groups == count // COPIES, f"{groups} of {count // COPIES} pairs were found"
    return {
        "seconds": round(took, 1), "memory_mib": round(most, 1), "growth_mib": round(most - before, 1),
        "lookups_per_s": lookups, "kept_per_s": round(count / kept), "alike": alike,
        "database_mib": round(int(pages or 0) * 4096 / 2**20, 1),
    }  # fmt: skip


async def _uncompared(database: Database) -> Any:
    async with database.read() as connection:
        return await rows.uncompared(connection, PORTION)


async def _lookups(database: Database) -> float:
    raws = [one.raw for one in made_up(500)]
    began = time.process_time()
    async with database.read() as connection:
        for raw in raws:
            await rows.near(connection, Heard(0, UUID(int=0), raw, 180_000))
    return round(len(raws) / (time.process_time() - began), 1)


async def _filled(database: Database, count: int) -> None:
    library, now = new_id(), utcnow()
    place: dict[str, Any] = {"created_at": now, "updated_at": now}
    async with database.write() as transaction:
        await insert_rows(transaction.connection, libraries, [
            {"id": library, "number": 1, "name": "bench", "kind": "folder", "changed_at": now, **place}
        ])  # fmt: skip
    sounds = made_up(count)
    for start in range(0, count, 500):
        ids = [(new_id(), new_id(), number) for number in range(start, min(start + 500, count))]
        async with database.write(bulk=True) as transaction:
            connection = transaction.connection
            await insert_rows(connection, tracks, [
                {"id": track, "library_id": library, "title": f"{number}", "sort_title": f"{number}",
                 "file_id": file, **place}
                for track, file, number in ids
            ])  # fmt: skip
            await insert_rows(connection, track_files, [
                {"id": file, "track_id": track, "library_id": library, "folder": b"", "name": b"%d" % number,
                 "path_display": f"{number}.mp3", "container": "mp3", "codec": "mp3", "suffix": "mp3",
                 "content_type": "audio/mpeg", **place}
                for track, file, number in ids
            ])  # fmt: skip
            await rows.keep(connection, [Made(file, "bench", next(sounds)) for _, file, _ in ids], now)


def _resident() -> float:
    """MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--songs", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--kept", type=int, nargs="+", default=[10_000])
    options = parser.parse_args()
    found: dict[str, Any] = {
        **making(options.files, options.seconds),
        **telling(options.songs, options.seconds),
        "compare_us": comparing(200),
    }
    for name, count in zip(("small", "large"), options.kept, strict=False):
        found[name] = asyncio.run(looking(count))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
