"""How long the services take to read: `python -m tests.bench.reads [--tracks 10000 100000] [--postgres]`.

Prints one JSON document with the median milliseconds of each call, without HTTP, after one warm-up.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from mcma.services.catalogue.browse import Ask, Browse
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.catalogue.filters import Filters
from mcma.settings import DATABASE_FILE
from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core
from mcma.store.queries.sorts import SORTS
from mcma.store.tables.people import users
from mcma_plugins.ids import AlbumId
from mcma_plugins.values import AlbumQuery, AlbumSort, Caller, ItemKind, RandomQuery, SearchQuery, Window
from tests.bench.served import seeded
from tests.support.catalogue import seed
from tests.support.postgres import running_postgres

Call = Callable[[], Awaitable[object]]
Lists = Callable[[Caller, Filters, Ask], Awaitable[object]]
Found = dict[str, Any]
NONE = Window(0)
SIZE, FEW = 500, 300
OTHERWISE = {"artists", "search_prefix_20", "search_word_20"}
"""Not pages: as long as the library has artists, or with more to rank until there are as many hits as are
ranked, which a small library does not have. Both have targets of their own."""


class Library(NamedTuple):
    """What the calls need to know of what is there."""

    user: Caller
    album: AlbumId
    tracks: int


def calls(service: CatalogueService, browse: Browse, lib: Library) -> dict[str, Call]:
    me, album = lib.user, lib.album

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
        "search_empty_last_500": lambda: service.search(
            me, everything(max(0, (lib.tracks - 1) // SIZE * SIZE))
        ),
        "genre_500": lambda: service.tracks_by_genre(me, "rock", Window(SIZE)),
        "random_tracks_50": lambda: service.random_tracks(me, RandomQuery(50)),
        "random_tracks_genre_500": lambda: service.random_tracks(me, RandomQuery(SIZE, "rock")),
        "random_tracks_years_500": lambda: service.random_tracks(me, RandomQuery(SIZE, None, 1980, 1990)),
        "native_tracks_500": lambda: browse.list_tracks(me, Filters(), Ask(limit=SIZE)),
        **_sorts("native_tracks", browse.list_tracks, me, ItemKind.TRACK),
        **_sorts("native_albums", browse.list_albums, me, ItemKind.ALBUM),
        **_sorts("native_artists", browse.list_artists, me, ItemKind.ARTIST),
    }


def _sorts(name: str, lists: Lists, me: Caller, kind: ItemKind) -> dict[str, Call]:
    """Every sort, both ways; as many as a small library has."""

    def asked(sort: str) -> Call:
        return lambda: lists(me, Filters(), Ask(sort, limit=FEW))

    ways = [sort for known in sorted(SORTS[kind]) for sort in (known, f"-{known}")]
    return {f"{name}_{FEW}_{sort}": asked(sort) for sort in ways}


async def walked(service: CatalogueService, lib: Library) -> None:
    """As a client copies the library: page after page, so that the last is reached by key."""
    for offset in range(0, lib.tracks, SIZE):
        await service.search(lib.user, SearchQuery("", NONE, NONE, Window(SIZE, offset)))


async def median(call: Call, rounds: int) -> Found:
    await call()
    wall, cpu = [], []
    for _ in range(rounds):
        started, worked = time.perf_counter(), time.process_time()
        await call()
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    return {"p50_ms": round(statistics.median(wall), 2), "best_ms": round(min(wall), 3),
            "cpu_ms": round(statistics.median(cpu), 2)}  # fmt: skip


async def measured(url: str, lib: Library, rounds: int) -> Found:
    database = Database(url)
    try:
        service = CatalogueService(database)
        await walked(service, lib)
        every = calls(service, Browse(database), lib)
        return {name: await median(call, rounds) for name, call in every.items()}
    finally:
        await database.close()


async def listener(url: str) -> Caller:
    database = Database(url)
    async with database.read() as connection:
        row = (await connection.execute(sa.select(users).where(users.c.name == "listener1"))).one()
    await database.close()
    return Caller(row.id, row.name)


def on_sqlite(tracks: int, rounds: int) -> Found:
    """On the folder that the servers of `calls` are given."""
    made = seeded(tracks)
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(made.folder / "data" / DATABASE_FILE, folder)
        url = sqlite_url(Path(file))
        album = AlbumId(UUID(made.albums[len(made.albums) // 2].removeprefix("al-")))
        return asyncio.run(measured(url, Library(asyncio.run(listener(url)), album, tracks), rounds))


async def filled(url: str, tracks: int) -> Library:
    """With the statistics that a scan leaves: without them PostgreSQL sorts whole libraries for a page."""
    database = Database(url)
    with tempfile.TemporaryDirectory() as backups:
        await migrate_core(database, Path(backups))
    made = await seed(database, tracks=tracks, feed=False)
    async with database.read() as connection:
        await connection.execute(sa.text("ANALYZE"))
    await database.close()
    return Library(made.user, AlbumId(made.albums[len(made.albums) // 2]), tracks)


def on_postgres(tracks: int, rounds: int) -> Found:
    with running_postgres() as server:
        library = asyncio.run(filled(server.url(), tracks))
        return asyncio.run(measured(server.url(), library, rounds))


def growth(found: Found, sizes: list[int]) -> Found:
    """How many times the first size's time each larger one takes, for the call that grows most. By the best
    rounds: what others took from this machine is not what grows."""
    grown: Found = {}
    for engine in ("sqlite", "postgresql"):
        first = found.get(f"{engine}_{sizes[0]}")
        for size in sizes[1:]:
            if first and (here := found.get(f"{engine}_{size}")):
                ratios = {
                    name: here[name]["best_ms"] / first[name]["best_ms"] for name in first.keys() - OTHERWISE
                }
                worst = max(ratios, key=lambda name: ratios[name])
                grown[f"{engine}_{size}"] = {"times": round(ratios[worst], 2), "call": worst}
    return grown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    found: Found = {}
    for tracks in options.tracks:
        found[f"sqlite_{tracks}"] = on_sqlite(tracks, options.rounds)
        if options.postgres:
            found[f"postgresql_{tracks}"] = on_postgres(tracks, options.rounds)
    print(json.dumps(found | {"growth": growth(found, options.tracks)}, indent=2))


if __name__ == "__main__":
    main()
