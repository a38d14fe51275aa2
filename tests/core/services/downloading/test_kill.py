"""kill -9 in the middle of a download, for real: it goes on where it was, and there is one file."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.machinery import jobs
from tests.support.getting import Wanting, kept, rows
from tests.support.jobs import until
from tests.support.server import serving
from tests.support.shop import STUCK, Shop

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[4]


async def killed_in_the_middle(folder: Path, url: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    getter = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.getter", str(folder), url, cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip

    def has_some() -> bool:
        assert getter.returncode is None, "it ended by itself"
        parts = (folder / "data" / "music").rglob("song.part")
        return any(part.stat().st_size > 0 for part in parts)

    try:
        await until(has_some)
    finally:
        getter.kill()
        await getter.wait()


async def lapse(url: str) -> None:
    """The lease of the one that was killed."""
    database = Database(url)
    held = sa.update(jobs).where(jobs.c.state == "running")
    async with database.write() as transaction:
        await transaction.connection.execute(held.values(lease_until=utcnow() - timedelta(hours=1)))
    await database.close()


async def test_a_killed_download_goes_on_where_it_was(shop: Shop, database_url: str, tmp_path: Path) -> None:
    shop.add_track("t1", "Song", seconds=12)
    shop.fault = STUCK
    async with serving(tmp_path, database_url, scanned=False, download_reserve_gb=0) as server:
        asked = await Wanting(server.user).ask("t1")
        owner = server.user.caller
    assert owner is not None
    await killed_in_the_middle(tmp_path, database_url)
    shop.fault = None
    await lapse(database_url)
    async with serving(tmp_path, database_url, scanned=False, jobs=True, download_reserve_gb=0,
                       people=("another", "chief")) as server:  # fmt: skip
        had = await Wanting(await server.known(owner)).until(asked, state="have")
        [job] = await rows(server.database, jobs, jobs.c.kind == "shops.download_shop")
        assert (str(job.id), job.attempt) == (had["job_id"], 2)
        assert len(await rows(server.database, track_files, track_files.c.deleted_at.is_(None))) == 1
        assert await kept(server) == ["Ann Ash/Song.mp3"]
    ranges = [headers.get("range") for path, headers in shop.requests if path.startswith("/audio")]
    assert ranges[0] is None
    assert ranges[-1] is not None, "the rest of it was asked for alone"
