"""How long the services take to read: `python -m tests.bench.reads [--tracks 10000 100000] [--postgres]`.

Prints one JSON document with the median milliseconds of each call, without HTTP, after one warm-up.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import sqlalchemy as sa

from mcma.services.browse import Ask, Browse
from mcma.services.catalogue import CatalogueService
from mcma.services.filters import Filters
from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core
from mcma_plugins.ids import AlbumId
from mcma_plugins.values import AlbumQuery, AlbumSort, RandomQuery, SearchQuery, Window
from tests.support.catalogue import Seeded, seed
from tests.support.postgres import running_postgres

Call = Callable[[], Awaitable[object]]
NONE = Window(0)
SIZE = 500


def calls(service: CatalogueService, browse: Browse, lib: Seeded) -> dict[str, Call]:
    me, album = lib.user, AlbumId(lib.albums[len(lib.albums) // 2])

    def everything(offset: int) -> SearchQuery:
        return SearchQuery("", NONE, NONE, Window(SIZE, offset))

    return {
        "albums_500_name": lambda: service.albums(me, AlbumQuery(AlbumSort.NAME, Window(SIZE))),
        "albums_500_newest": lambda: service.albums(me, AlbumQuery(AlbumSort.NEWEST, Window(SIZE))),
        "albums_500_random": lambda: service.albums(me, AlbumQuery(AlbumSort.RANDOM, Window(SIZE))),
        "album": lambda: service.album(me, album),
        "album_tracks": lambda: service.album_tracks(me, album),
        "artists": lambda: service.artists(me),
        "search_prefix_20": lambda: service.search(me, SearchQuery("ka")),
        "search_word_20": lambda: service.search(me, SearchQuery("solmar")),
        "search_empty_first_500": lambda: service.search(me, everything(0)),
        "search_empty_last_500": lambda: service.search(me, everything(len(lib.tracks) - SIZE)),
        "genre_500": lambda: service.tracks_by_genre(me, "rock", Window(SIZE)),
        "random_tracks_50": lambda: service.random_tracks(me, RandomQuery(50)),
        "native_tracks_500": lambda: browse.list_tracks(me, Filters(), Ask(limit=SIZE)),
    }


async def walked(service: CatalogueService, lib: Seeded) -> None:
    """As a client copies the library: page after page, so that the last is reached by key."""
    for offset in range(0, len(lib.tracks), SIZE):
        await service.search(lib.user, SearchQuery("", NONE, NONE, Window(SIZE, offset)))


async def median(call: Call, rounds: int) -> dict[str, float]:
    await call()
    wall, cpu = [], []
    for _ in range(rounds):
        started, worked = time.perf_counter(), time.process_time()
        await call()
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    return {"p50_ms": round(statistics.median(wall), 2), "cpu_ms": round(statistics.median(cpu), 2)}


async def measured(url: str, tracks: int, rounds: int) -> dict[str, object]:
    database = Database(url)
    try:
        await migrate_core(database, Path(tempfile.gettempdir()))
        started = time.perf_counter()
        lib = await seed(database, tracks=tracks)
        seeding = time.perf_counter() - started
        if not database.is_sqlite:
            await analysed(database)
        service = CatalogueService(database)
        await walked(service, lib)
        found: dict[str, object] = {"seed_s": round(seeding, 1)}
        for name, call in calls(service, Browse(database), lib).items():
            found[name] = await median(call, rounds)
        return found
    finally:
        await database.close()


async def analysed(database: Database) -> None:
    """What autovacuum does within a minute; until then PostgreSQL sorts whole libraries for a page."""
    async with database.read() as connection:
        await connection.execute(sa.text("ANALYZE"))


async def on_postgres(url: str, admin_url: str, tracks: int, rounds: int) -> dict[str, object]:
    admin = Database(admin_url)
    async with admin.read() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE reads_{tracks}"))
    await admin.close()
    return await measured(url, tracks, rounds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tracks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    found: dict[str, object] = {}
    for tracks in options.tracks:
        with tempfile.TemporaryDirectory() as folder:
            url = sqlite_url(Path(folder) / "mcma.db")
            found[f"sqlite_{tracks}"] = asyncio.run(measured(url, tracks, options.rounds))
        if options.postgres:
            with running_postgres() as server:
                urls = server.url(f"reads_{tracks}"), server.url()
                found[f"postgresql_{tracks}"] = asyncio.run(on_postgres(*urls, tracks, options.rounds))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
