"""Renditions that are made ahead for plans, by one job after another."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain import profiles
from mcma.domain.errors import Unavailable
from mcma.domain.profiles import Target
from mcma.services.renditions import Renditions
from mcma.services.renditions.batches import RENDER_MANY, Batches
from mcma.services.renditions.making import Making
from mcma.services.renditions.sources import sound_of
from mcma.services.renditions.staging import Want
from mcma.store.clock import new_id, utcnow
from mcma.store.queries.renditions import Maker
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.renditions import renditions as table
from mcma_plugins.ids import JobId
from mcma_plugins.streams import StreamWish
from tests.support.jobs import until
from tests.support.renditions import heard
from tests.support.studio import Studio

pytestmark = pytest.mark.anyio
RATES = (64, 96, 128)


async def wants(studio: Studio, renditions: Renditions, *rates: int) -> list[Want]:
    source = await renditions.source(studio.ann, await studio.track("Short"))
    made = []
    for kbps in rates:
        target = profiles.choose(sound_of(source), StreamWish("mp3", kbps))
        assert isinstance(target, Target)
        made.append(Want(source.id, target, 50_000))
    return made


async def staged(studio: Studio, renditions: Renditions, *rates: int) -> JobId:
    await renditions.staging.stage(studio.ann, await wants(studio, renditions, *rates), {}, [])
    [job] = {row.job_id for row in await studio.rows()}
    return JobId(job)


async def by_rate(studio: Studio) -> dict[int, Any]:
    return {row.bit_rate_kbps: row for row in await studio.rows()}


async def test_one_job_makes_them_in_their_order_and_they_are_kept(studio: Studio, tmp_path: Path) -> None:
    renditions = await studio.open()
    job = await staged(studio, renditions, 128, 64, 96)
    assert (await studio.workshop.over(job)).state == "succeeded"
    assert (await studio.workshop.row(job)).result == {"made": 3, "failed": 0}
    made = await by_rate(studio)
    assert {row.state for row in made.values()} == {"ready"}
    assert made[128].finished_at <= made[64].finished_at <= made[96].finished_at
    assert all(row.staged_until > utcnow() for row in made.values())
    assert len(studio.files()) == 3
    [smallest] = studio.cache.rglob(f"{made[64].id}.*")
    assert heard(smallest.read_bytes(), tmp_path).codec == "mp3"


async def test_one_that_cannot_be_made_holds_up_no_other(studio: Studio) -> None:
    work = 'case "$*" in *96k*) exit 1 ;; *) head -c 9000 /dev/zero > "$OUT" ;; esac'
    renditions = await studio.open(studio.fake(work))
    job = await staged(studio, renditions, *RATES)
    assert (await studio.workshop.over(job)).state == "succeeded"
    assert (await studio.workshop.row(job)).result == {"made": 2, "failed": 1}
    made = await by_rate(studio)
    assert {kbps: row.state for kbps, row in made.items()} == {64: "ready", 96: "failed", 128: "ready"}
    assert made[96].error


async def test_files_that_are_gone_are_failures_with_a_reason(studio: Studio) -> None:
    renditions = await studio.open()
    await studio.runner.stop(0)
    job = await staged(studio, renditions, 64)
    file = await studio.file("Short")
    (studio.folder / "music" / "Short.flac").unlink()
    await studio.open()
    assert (await studio.workshop.over(job)).state == "succeeded"
    [row] = await studio.rows()
    assert (row.state, row.file_id) == ("failed", file.id)
    assert "not there" in row.error


async def test_after_a_while_the_rest_is_another_jobs(studio: Studio) -> None:
    renditions = await studio.open(offered=())
    await studio.runner.stop(0)
    first = await staged(studio, renditions, *RATES)
    short = Batches(studio.database, studio.workshop.jobs, renditions._workshop.render, turn=0.0)
    await studio.workshop.runner(short.kind())

    async def all_there() -> bool:
        return {row.state for row in await studio.rows()} == {"ready"}

    await until(all_there)

    async def all_over() -> bool:
        listed = await studio.music.rows(job_rows, job_rows.c.kind == RENDER_MANY)
        return len(listed) == 3 and {row.state for row in listed} == {"succeeded"}

    await until(all_over)
    assert (await studio.workshop.row(first)).result["made"] == 1


async def test_one_that_was_thought_dead_puts_nothing_in_the_place_of_what_is_read(studio: Studio) -> None:
    """An ETag names the bytes of the attempt that was first, whatever an earlier one still writes."""
    renditions = await studio.open()
    job = await staged(studio, renditions, 64)
    await studio.workshop.over(job)
    [path], [row] = studio.files(), await studio.rows()
    before = path.read_bytes()
    order = await renditions.advance.ordered(row)
    order.into.write_bytes(b"other bytes")
    late = Making(row.id, Maker(new_id(), 1), studio.ann.user_id, order)
    with pytest.raises(Unavailable):
        await renditions._workshop._place(late, 11)
    assert path.read_bytes() == before


async def test_staged_ones_are_not_evicted(studio: Studio) -> None:
    renditions = await studio.open(room=400_000)
    job = await staged(studio, renditions, 64)
    await studio.workshop.over(job)
    old = utcnow().replace(year=2020)
    async with studio.database.write() as transaction:
        await transaction.connection.execute(sa.update(table).values(last_used_at=old))
    tidying = await studio.workshop.jobs.submit("tidy_renditions", {})
    await studio.workshop.over(tidying)
    [row] = await studio.rows()
    await renditions.staging.stage(studio.ann, [], {}, [row.id])
    tidying = await studio.workshop.jobs.submit("tidy_renditions", {})
    await studio.workshop.over(tidying)
    assert await studio.rows() == []
