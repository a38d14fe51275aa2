"""kill -9 of a real server while devices write and synchronise: what they did is there once each, and all of
them have the same copy."""

import asyncio
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.store.engine import Database, sqlite_url
from mcma.store.tables.listening import like_events, listens
from mcma_client import Client, Unreachable, items
from tests.support.audio import make_audio
from tests.support.command import Mcma, Served

SOAK = bool(os.environ.get("MCMA_SOAK"))
KILLS = 40 if SOAK else 1
SEED = int(os.environ.get("MCMA_MACHINE_SEED", "0"))
DEVICES, TUNES = 3, 4
PASSWORD = "correct horse battery"
pytestmark = pytest.mark.soak


class Doing:
    """A device that does things and synchronises, until it is told to stop."""

    def __init__(self, client: Client, seed: int) -> None:
        self._client, self._dice = client, random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go)
        self.synced = 0
        self.failed: list[BaseException] = []

    def __enter__(self) -> "Doing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive() and self.failed == []

    def _go(self) -> None:
        try:
            while not self._stop.is_set():
                for _ in range(self._dice.randint(1, 30)):
                    self._deed()
                with suppress(Unreachable):
                    self._client.sync()
                    self.synced += 1
        except BaseException as error:
            self.failed.append(error)

    def _deed(self) -> None:
        record, dice = self._client.record, self._dice
        tracks = [one.id for one in items.listed(self._client.store, "track@1")]
        track = dice.choice(tracks)
        deed = dice.randrange(5)
        if deed == 0:
            record.like("track", track, dice.random() < 0.6)
        elif deed == 1:
            record.play(track, 240_000)
        elif deed == 2:
            record.setting("theme", dice.random())
        elif deed == 3:
            record.create_playlist("List")
        elif own := list(self._client.see.playlists()):
            record.add_tracks(dice.choice(own), [track])


@contextmanager
def devices(folder: Path) -> Iterator[list[Client]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(Client(folder / str(number), sleep=lambda _: time.sleep(0.01)))
            for number in range(DEVICES)
        ]


def addressed(client: Client, port: int) -> None:
    login = client.folder / "login.json"
    said = login.read_text()
    start = said.index("http://127.0.0.1:")
    login.write_text(said[:start] + f"http://127.0.0.1:{port}" + said[said.index('"', start) :])


def copy(client: Client) -> set[tuple[object, ...]]:
    return set(client.store.rows("SELECT scope, type, id, rev, data FROM items"))


async def logged(url: str) -> Counter[UUID]:
    database = Database(url)
    try:
        async with database.read() as connection:
            return Counter(
                [
                    id_
                    for table in (like_events, listens)
                    for id_ in await connection.scalars(sa.select(table.c.id))
                ]
            )
    finally:
        await database.close()


def done(client: Client) -> Counter[UUID]:
    found = client.store.rows("SELECT id FROM outbox WHERE type IN ('like.set', 'play')")
    return Counter(UUID(id_) for (id_,) in found)


def begun(client: Client, port: int) -> None:
    """Logged in, with music: the server reads it when it starts for the first time."""
    client.login(f"http://127.0.0.1:{port}", "ada", PASSWORD)
    until = time.monotonic() + 60
    while len(items.listed(client.store, "track@1")) < TUNES:
        assert time.monotonic() < until, "the library was not read"
        client.sync()


def killed(served: Served, clients: list[Client], dice: random.Random) -> int:
    """In the middle of it all. Returns how often somebody had synchronised by then."""
    with ExitStack() as stack:
        doing = [stack.enter_context(Doing(one, dice.randrange(2**32))) for one in clients]
        time.sleep(dice.uniform(0.2, 1.5))
        served.stop(signal.SIGKILL)
    assert "Traceback" not in served.logged
    return sum(one.synced for one in doing)


def settled(clients: list[Client], port: int, folder: Path) -> None:
    """Everybody has what a new device gets."""
    with Client(folder) as new:
        new.login(f"http://127.0.0.1:{port}", "ada", PASSWORD)
        for client in (*clients, *clients):
            addressed(client, port)
            client.sync()
        new.sync()
        assert all(copy(client) == copy(new) for client in clients)


def test_nothing_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    for number in range(TUNES):
        make_audio(tmp_path / "music" / f"{number}.flac", fmt="flac", freq=300 + 50 * number,
                   tags={"title": f"Tune {number}", "artist": "Ann", "album": "Days"})  # fmt: skip
    mcma, dice, synced = Mcma(tmp_path / "data", tmp_path), random.Random(SEED), 0
    mcma.ok("user", "add", "ada", "--password-stdin", given=PASSWORD)
    with devices(tmp_path) as clients:
        for cycle in range(KILLS):
            with mcma.serving("--library", str(tmp_path / "music")) as served:
                for client in clients:
                    begun(client, served.port) if cycle == 0 else addressed(client, served.port)
                synced += killed(served, clients, dice)
        with mcma.serving() as served:
            settled(clients, served.port, tmp_path / "new")
            assert served.stop() == 0
        for client in clients:
            assert client.outbox.waiting() == 0 and client.outbox.rejected() == []
        there = asyncio.run(logged(sqlite_url(mcma.data / "mcma.db")))
        assert there == sum((done(client) for client in clients), Counter())
        assert there and (synced or not SOAK)
