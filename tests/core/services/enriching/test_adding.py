"""Enrichers that only add to what is known are none of those that say what it is, in every process."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import pytest

from mcma.services.callers import SYSTEM
from mcma.services.enriching.adding import adding_enrichers
from mcma.services.enriching.requesting import Selection
from mcma.services.enriching.statuses import settle_tracks
from mcma.store.engine import Database
from mcma.store.tables.catalogue import tracks
from mcma.wiring import Core, opened
from mcma_plugins.errors import RetryLater
from tests.support.oracle import Oracle, Songbook, oracles_installed
from tests.support.server import serving, settings_for

pytestmark = pytest.mark.anyio


async def test_what_a_process_without_the_plugin_knows(database: Database) -> None:
    assert await adding_enrichers(database, {"oracle": True, "songbook": False}) == {"songbook"}
    assert await adding_enrichers(database, {"oracle": True}) == {"songbook"}
    assert await adding_enrichers(database, {"words": False}) == {"songbook", "words"}
    assert await adding_enrichers(database, {"songbook": True}) == {"words"}, "another version of it"


async def test_statuses_stay_when_a_plugin_goes(tmp_path: Path, database_url: str) -> None:
    songbook = Songbook()
    songbook.fault = RetryLater("It is down.")
    with oracles_installed(tmp_path, Oracle(), songbook):
        async with serving(tmp_path, database_url, enrich="on_request") as server:
            job = await server.core.services.enrichment.ask(SYSTEM, Selection(everything=True))
            await server.core.services.jobs.wait(job, 60)
            before = await statuses(server.core)
            assert songbook.titles and set(before.values()) == {"failed"}, "words are all that it waits for"
    async with opened(settings_for(tmp_path, database_url), running_jobs=False) as core:
        async with core.database.write() as transaction:
            await settle_tracks(transaction.connection, list(before))
        assert await statuses(core) == before


async def statuses(core: Core) -> Mapping[UUID, str]:
    async with core.database.read() as connection:
        return {row.id: row.metadata_status for row in await connection.execute(tracks.select())}
