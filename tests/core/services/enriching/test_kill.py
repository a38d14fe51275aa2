"""Killed at any step, for real or nearly: an answer is kept as a whole or not at all, and nothing is lost."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.enriching import enrichment_runs, enrichment_states
from mcma.store.tables.machinery import jobs
from tests.support.dying import Died, living
from tests.support.enriching import Study
from tests.support.getting import rows
from tests.support.jobs import until
from tests.support.oracle import Oracle, oracles_installed, release
from tests.support.server import serving

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[4]


async def test_dying_at_any_step_leaves_all_or_nothing(study: Study, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", titles={"Fern": "Ferns"}, date="1999-05-05")
    album, before = await study.album("First"), await study.rows(tracks)
    for step in range(1, 200):
        try:
            with living(study.database, step):
                assert await study.ask(album) == {"applied": 1}
            break
        except Died:
            assert (await study.runs(), await study.values(), await study.states()) == ([], {}, {})
            assert await study.rows(tracks) == before
    assert 10 < step < 199
    assert len(await study.runs()) == 1
    assert len(await study.values()) == 3


async def killed_in_the_middle(folder: Path, url: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    asker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.asker", str(folder), url, cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip

    def is_stuck() -> bool:
        assert asker.returncode is None, "it ended by itself"
        return (folder / "stuck").exists()

    try:
        await until(is_stuck)
    finally:
        asker.kill()
        await asker.wait()


async def test_a_killed_process_is_gone_on_from_where_it_was(database_url: str, tmp_path: Path) -> None:
    async with serving(tmp_path, database_url, enrich="on_request"):
        pass  # a library that was scanned
    await killed_in_the_middle(tmp_path, database_url)
    database = Database(database_url)
    [run] = await rows(database, enrichment_runs)
    async with database.write() as transaction:
        lapsed = sa.update(jobs).where(jobs.c.state == "running")
        await transaction.connection.execute(lapsed.values(lease_until=utcnow() - timedelta(hours=1)))
    await database.close()
    (tmp_path / "oracle-site").rename(tmp_path / "former-site")
    oracle = Oracle()
    oracle.says = {"First": release("r1", date="1999-05-05"), "Second": release("r2", date="2010-02-02")}
    with oracles_installed(tmp_path, oracle):
        async with serving(
            tmp_path, database_url, scanned=False, jobs=True, enrich="on_request", people=("x", "y")
        ) as server:

            async def is_done() -> bool:
                return len(await rows(server.database, enrichment_states)) == 4

            await until(is_done)
            made = await rows(server.database, enrichment_runs)
    assert run.id in {one.id for one in made}
    assert sorted(one.outcome for one in made) == ["applied", "applied"]
