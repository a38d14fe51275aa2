"""Golden databases: what a released schema looked like when real services had written to it.

`python -m tests.support.golden` makes those of the newest schema, once, before the next migration is written.
They are then kept as they are: `tests/core/store/test_golden.py` upgrades each of them.
"""

import asyncio
import gzip
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from uuid import UUID

from mcma.domain.claiming import Said
from mcma.services.claims.lookup import Wanted
from mcma.services.wanted.placing import Wish
from mcma.store.migrate import newest_revision
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind, ItemRef, ListenReport
from tests.support import golden_answers
from tests.support.postgres import Postgres, programs, running_postgres
from tests.support.server import Server

FOLDER = Path(__file__).parents[1] / "core" / "store" / "golden"


def golden(revision: str, engine: str) -> Path:
    """SQLite's is the file itself, PostgreSQL's what pg_dump wrote."""
    return FOLDER / f"{revision}.{engine}.gz"


def revisions() -> list[str]:
    return sorted({path.name.partition(".")[0] for path in FOLDER.glob("*.gz")})


def load_sqlite(revision: str, path: Path) -> None:
    path.write_bytes(gzip.decompress(golden(revision, "sqlite").read_bytes()))


def load_postgres(revision: str, server: Postgres, name: str) -> None:
    """Into an empty database."""
    text = gzip.decompress(golden(revision, "postgresql").read_bytes()).decode()
    run_program(server, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", name, given=text)


def run_program(server: Postgres, program: str, *arguments: str, given: str = "") -> str:
    command = [str(programs() / program), "-h", str(server.sockets), "-U", "postgres", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _keep(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, mtime=0))


async def _live(server: Server) -> None:
    """A little of everything that people leave behind."""
    services, caller, admin = server.core.services, server.user.caller, server.admin.caller
    assert caller is not None
    assert admin is not None
    tracks = [TrackId(UUID(one["id"])) for one in (await server.user.get("/api/v1/tracks"))["items"]]
    first, second, *_ = await services.catalogue.tracks(caller, tracks)
    await services.listening.like(caller, [ItemRef(ItemKind.TRACK, first.id)], True)
    await services.listening.like(caller, [ItemRef(ItemKind.TRACK, second.id)], True)
    await services.listening.like(caller, [ItemRef(ItemKind.TRACK, second.id)], False)
    await services.listening.rate(caller, ItemRef(ItemKind.TRACK, second.id), 4)
    await services.listening.listened(caller, [ListenReport(first.id), ListenReport(second.id)], "golden")
    made = await services.playlists.create(caller, "Morning", [first.id, second.id, first.id])
    await services.playlists.edit(caller, made.id, comment="with coffee", public=True)
    await services.edits.edit_track(admin, first.id, {"title": "Said by a person"}, base_rev=None)
    await services.app_passwords.reveal_default(caller)
    said = Wanted(Said("Nowhere To Be Found", ("Nobody",)))
    await services.download_requests.ask(caller, Wish(wanted=said, note="for the party"))
    await services.download_requests.ask(caller, Wish("somewhere", "abc-1"))


async def _fill(folder: Path, url: str) -> None:
    async with golden_answers.asked_server(folder, url) as server:
        await _live(server)
        await golden_answers.answers(server)
        await golden_answers.duplicates(server)
        await golden_answers.written_tags(server)


def _make(folder: Path) -> None:
    revision = newest_revision()
    path = folder / "golden.db"
    (folder / "sqlite").mkdir()
    asyncio.run(_fill(folder / "sqlite", f"sqlite+aiosqlite:///{path}"))
    with closing(sqlite3.connect(path)) as database:
        database.execute("VACUUM INTO ?", (str(folder / "whole.db"),))
    _keep(golden(revision, "sqlite"), (folder / "whole.db").read_bytes())
    with running_postgres() as server:
        run_program(server, "createdb", "golden")
        (folder / "postgresql").mkdir()
        asyncio.run(_fill(folder / "postgresql", server.url("golden")))
        _keep(golden(revision, "postgresql"), run_program(server, "pg_dump", "-d", "golden").encode())
    sys.stdout.write(f"golden databases of schema {revision}\n")


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp(prefix="mcma-golden-"))
    try:
        FOLDER.mkdir(exist_ok=True)
        _make(place)
    finally:
        shutil.rmtree(place)
