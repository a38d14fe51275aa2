"""Other rules, and another order, count for what was told before."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.layerrules import layering
from mcma.services.enriching import relaying
from mcma.services.enriching.relaying import RELAY, Relaying
from mcma.services.indexing.overlays import OPTION
from mcma.services.jobs import Jobs
from mcma.store.tables.machinery import jobs, key_values
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.jobs import JobCancelled, Priority
from mcma_plugins.values import ItemKind
from tests.support.laying import Laying
from tests.support.scanning import Music, QuietJob

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(music: Music) -> Music:
    music.album("a", "One Two Three", artist="Band", album="Record", albumartist="Band", genre="Folk")
    await music.scan()
    rows = await music.tracks()
    band = (await music.artists())["Band"]
    for enricher, said in (("one", "Jazz"), ("two", "Soul")):
        laying = Laying(music.database, enricher)
        told = {row.id: {"genres": [said], "title": f"{title} {said}"} for title, row in rows.items()}
        await laying.lay(laying.candidate(rows["One"].album_id, told))
        await laying.lay(laying.candidate(band.id, kind=ItemKind.ARTIST, fields={"area": said}))
    return music


class Killed(QuietJob):
    """After its first portion."""

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        raise JobCancelled


async def start(music: Music, rules: Mapping[str, str], *order: str, job: Any = None) -> int:
    """A server that starts with these settings, and its job."""
    music.database.know(**{OPTION: layering([f"{n}={rule}" for n, rule in rules.items()], order)})
    made = Relaying(music.database, Jobs(music.database, EmbeddedDoorbell()), lambda *_: None)
    await made.settle()
    [kind] = made.job_kinds()
    done = await kind.handler(job or QuietJob())
    assert done is not None
    return int(done["changed"])


async def said(music: Music) -> dict[str, list[str]]:
    return {title: row.details["genres"] for title, row in (await music.tracks()).items()}


async def test_rules_and_order_that_change_are_heard_by_what_was_told(world: Music) -> None:
    before = await said(world)
    assert set(before) == {"One Jazz", "Two Jazz", "Three Jazz"}
    assert await start(world, {}) == 0
    asked = await world.rows(jobs)
    assert await start(world, {}) == 0
    assert await world.rows(jobs) == asked, "nothing is asked for that is in force"
    assert await start(world, {"genres": "prefer"}) == 3
    [job] = [one for one in await world.rows(jobs) if one not in asked] or asked
    assert (job.kind, job.priority) == (RELAY, Priority.BULK)
    assert set(map(tuple, (await said(world)).values())) == {("Jazz",)}
    assert await start(world, {"genres": "prefer"}, "two", "one") == 4
    assert await said(world) == {f"{title} Soul": ["Soul"] for title in ("One", "Two", "Three")}
    assert (await world.artists())["Band"].details["area"] == "Soul"
    assert await start(world, {}) == 4
    assert await said(world) == before


async def test_it_goes_on_where_it_was_killed(world: Music, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "PORTION", 1)
    with pytest.raises(JobCancelled):
        await start(world, {"genres": "prefer"}, job=Killed())
    assert sorted(map(tuple, (await said(world)).values())) == [("Folk",), ("Folk",), ("Jazz",)]
    assert await start(world, {"genres": "prefer"}) == 2
    with pytest.raises(JobCancelled):
        await start(world, {"genres": "off"}, job=Killed())
    assert sorted(map(tuple, (await said(world)).values())) == [("Folk",), ("Jazz",), ("Jazz",)]
    assert await start(world, {"genres": "prefer"}) == 3, "some were told under the one, some under the other"
    assert set(map(tuple, (await said(world)).values())) == {("Jazz",)}


async def test_where_nothing_is_said_there_is_no_job(music: Music) -> None:
    music.album("a", "One", artist="Band", album="Record", genre="Folk")
    await music.scan()
    assert await start(music, {"genres": "prefer"}) == 0
    assert await music.rows(jobs) == []
    query = sa.select(key_values.c.value).where(key_values.c.key == "layering")
    async with music.database.read() as connection:
        value: Any = await connection.scalar(query)
    assert (value["told"][0]["rules"]["genres"], value["now"]) == ("prefer", None)
