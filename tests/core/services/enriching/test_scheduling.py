"""What is asked by itself, and when: new, changed, due; a few at a time; by whatever process is left."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from mcma.services.enriching import discovering
from mcma.services.enriching.asking import AskingEnrichers
from mcma.services.enriching.enrichers import Ability
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.scheduling import IN_LINE, ITEMS, ROUND, EnrichmentJobs, kind_of
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries.jobs import SCHEDULED
from mcma.store.tables.catalogue import albums, libraries, tracks
from mcma.store.tables.enriching import enrichment_states
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.machinery import key_values
from mcma_plugins.errors import RetryLater
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.catalogue import seed, set_row
from tests.support.enriching import Study
from tests.support.jobs import Workshop, until
from tests.support.oracle import Oracle, Songbook, release
from tests.support.scanning import Music, QuietJob
from tests.support.statements import counted

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovering, "LAG", timedelta(0))


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Workshop]:
    made = Workshop(database)
    yield made
    await made.stop()


def work_of(study: Study, shop: Workshop, policy: Policy | None = None) -> EnrichmentJobs:
    return EnrichmentJobs(study.database, shop.jobs, study.enrichers, study.asking, policy or study.policy)


async def round_of(work: EnrichmentJobs) -> dict[str, Any]:
    """A round, without running what it puts in line."""
    return dict(await work._round(QuietJob()))


async def in_line(study: Study) -> list[Any]:
    return await study.rows(job_rows, job_rows.c.kind != ROUND, job_rows.c.state == "queued")


async def test_what_is_new_is_asked_about_once(study: Study, shop: Workshop, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", date="1999-05-05")
    work = work_of(study, shop)
    await shop.runner(*work.job_kinds(), lease=30.0)  # a busy machine asks nobody twice
    await shop.over(await shop.jobs.submit(ROUND, {}))

    async def all_told() -> bool:
        return len([one for one in (await study.states()).values() if one.asked_at]) == 3

    await until(all_told)
    assert sorted(oracle.titles) == ["Drift", "First", "Second"]
    [run] = await study.runs()
    assert (run.trigger, run.outcome) == ("import", "applied")
    artists = [one for one in (await study.states()).values() if one.item_kind == "artist"]
    # an album's answer may tell of them, so they come later
    assert len(artists) == 2 and all(one.due_at > utcnow() + timedelta(hours=5) for one in artists)
    await shop.over(await shop.jobs.submit(ROUND, {}))
    assert len(oracle.asked) == 3
    by_themselves = await study.rows(job_rows, job_rows.c.kind == ROUND, job_rows.c.dedup_key.is_not(None))
    assert by_themselves and all(row.dedup_key.startswith(SCHEDULED) for row in by_themselves)


async def test_a_round_puts_little_in_line(database: Database, music: Music, shop: Workshop) -> None:
    await seed(database, tracks=1200, seed=7)
    study = Study.of(music, Oracle())
    work = work_of(study, shop)
    done = await round_of(work)
    assert (done["looked"], done["asked"]) == (1206, IN_LINE * ITEMS)
    assert len(await in_line(study)) == IN_LINE
    assert (await round_of(work))["asked"] == 0
    waiting = [one for one in (await study.states()).values() if one.item_kind == "album"]
    assert len(waiting) == 102
    # those that are in line are not put there twice, even if their job is lost
    assert len([one for one in waiting if one.due_at > utcnow() + timedelta(hours=5)]) <= IN_LINE * ITEMS


async def test_nobody_is_asked_about_a_library_that_was_removed(
    study: Study, shop: Workshop, oracle: Oracle
) -> None:
    work = work_of(study, shop)
    await set_row(study.database, libraries, study.music.id, deleted_at=utcnow())
    assert (await round_of(work))["looked"] == 0
    await set_row(study.database, libraries, study.music.id, deleted_at=None)
    await study.set(key_values, key_values.c.key == "enriching.cursor", value=LONG_AGO)
    assert (await round_of(work))["asked"] == 3
    due = enrichment_states.c.due_at.is_not(None)
    await study.set(enrichment_states, due, due_at=utcnow() - timedelta(days=1))  # artists as well
    await study.set(job_rows, job_rows.c.state == "queued", state="succeeded")
    await set_row(study.database, libraries, study.music.id, deleted_at=utcnow())
    assert (await round_of(work))["asked"] == 0
    await set_row(study.database, libraries, study.music.id, deleted_at=None)
    assert (await round_of(work))["asked"] == 5, "it is here again, and with it those that are credited"


LONG_AGO = {
    "at": "1970-01-01T00:00:00+00:00", "id": str(UUID(int=0)), "began": "1970-01-01T00:00:00+00:00",
}  # fmt: skip


async def test_statements_do_not_grow_with_albums(database: Database, music: Music) -> None:
    seeded = await seed(database, tracks=240, seed=7)
    study = Study.of(music, Oracle())
    taken = []
    for some in (2, 20):
        with counted(database) as seen:
            found = await study.asking.known([ItemRef(ItemKind.ALBUM, id_) for id_ in seeded.albums[:some]])
        assert len(found) == some
        taken.append(len(seen))
    assert taken[0] == taken[1] <= 9


async def test_what_has_changed_is_asked_about_again(study: Study, shop: Workshop, oracle: Oracle) -> None:
    work, first = work_of(study, shop), await study.album("First")
    await study.ask(first, await study.album("Second"), await study.track("Drift"))
    assert (await round_of(work))["asked"] == 0
    study.music.retag("Ann/First/01 Fern.mp3", genre="Folk")
    await study.music.scan()
    # nothing that an answer depends on
    assert (await round_of(work))["asked"] == 0
    study.music.retag("Ann/First/01 Fern.mp3", title="Bracken")
    await study.music.scan()
    assert (await round_of(work))["asked"] == 1
    [job] = await in_line(study)
    assert (job.payload["items"], job.payload["trigger"]) == ([["album", str(first.id)]], "schedule")
    assert await study.ask(first) == {"nothing": 1}


async def test_what_has_aged_is_asked_about_again(study: Study, shop: Workshop, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", date="1999")
    work, first = work_of(study, shop), await study.album("First")
    await study.ask(first, await study.album("Second"), await study.track("Drift"))
    await round_of(work)
    past = utcnow() - timedelta(days=181)
    await study.set(enrichment_states, enrichment_states.c.item_id == first.id, asked_at=past, due_at=past)
    assert (await round_of(work))["asked"] == 1
    assert await study.ask(first) == {"same": 1}
    assert (await study.states())[first.id].due_at > utcnow() + timedelta(days=100)


async def test_a_paused_enricher_is_not_put_in_line(study: Study, shop: Workshop, oracle: Oracle) -> None:
    oracle.fault = RetryLater("Later.", after=600)
    await study.ask(await study.album("First"))
    assert (await round_of(work_of(study, shop)))["asked"] == 0
    assert len(await study.states()) == 5


async def test_on_request_and_without_enrichers_nothing_happens(
    study: Study, music: Music, shop: Workshop
) -> None:
    on_request = work_of(study, shop, Policy(mode="on_request"))
    assert await round_of(on_request) == {"enrichers": 1, "looked": 0, "asked": 0}
    nobody = work_of(Study.of(music), shop)
    assert await round_of(nobody) == {"enrichers": 0, "looked": 0, "asked": 0}
    assert [kind.name for kind in nobody.job_kinds()] == [ROUND]
    assert (await study.states(), await study.rows(job_rows)) == ({}, [])


async def test_songs_are_asked_about_one_by_one(music: Music, shop: Workshop) -> None:
    study = Study.of(music, Songbook())
    await round_of(work_of(study, shop))
    states = await study.states("songbook")
    assert ({one.item_kind for one in states.values()}, len(states)) == ({"track"}, 6)


async def test_once_a_week_everything_is_looked_at(study: Study, shop: Workshop) -> None:
    work = work_of(study, shop)
    await round_of(work)
    album = await study.album("First")
    async with study.database.write() as transaction:
        await transaction.connection.execute(
            enrichment_states.delete().where(enrichment_states.c.item_id == album.id)
        )
    assert (await round_of(work))["looked"] == 0
    [row] = await study.rows(key_values, key_values.c.key == "enriching.cursor")
    long_ago = {**row.value, "began": (utcnow() - timedelta(days=8)).isoformat()}
    await study.set(key_values, key_values.c.key == "enriching.cursor", value=long_ago)
    await round_of(work)
    assert (await round_of(work))["looked"] == 6
    assert album.id in await study.states()


async def test_what_is_gone_is_not_put_in_line_for_ever(study: Study, shop: Workshop, oracle: Oracle) -> None:
    work, first, second = work_of(study, shop), await study.album("First"), await study.album("Second")
    await round_of(work)
    away = [row.id for row in await study.rows(tracks, tracks.c.album_id == second.id)]
    await set_row(study.database, tracks, away, missing_since=utcnow())
    await set_row(study.database, albums, first.id, deleted_at=utcnow())
    assert await study.ask(first, second) == {}
    held = await study.states()
    assert (first.id in held, held[second.id].state) == (False, "waiting")


async def test_a_portion_of_many_albums_is_read_some_at_a_time(
    study: Study, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every track of an album is read for one of its tracks that changed, and a database takes no more than
    32,767 ids."""
    await study.ask(await study.album("First"), await study.album("Second"), await study.track("Drift"))
    together: list[int] = []

    async def known(items: Sequence[ItemRef]) -> Any:
        together.append(len(items))
        return await AskingEnrichers.known(study.asking, items)

    monkeypatch.setattr(study.asking, "known", known)
    monkeypatch.setattr(discovering, "TOGETHER", 2)
    await round_of(work_of(study, shop))
    assert together == [2, 1]


async def test_what_is_missing_or_gone_is_not_looked_at(study: Study, shop: Workshop) -> None:
    gone = [row.id for row in await study.rows(tracks)]
    await set_row(study.database, tracks, gone, missing_since=utcnow())
    assert (await round_of(work_of(study, shop)))["looked"] == 0


async def test_what_changed_and_changed_back_is_left_until_it_ages(
    study: Study, shop: Workshop, oracle: Oracle
) -> None:
    first = await study.album("First")
    await study.ask(first)
    soon = utcnow() + timedelta(hours=5)
    mine = enrichment_states.c.item_id == first.id
    await study.set(enrichment_states, mine, due_at=soon, code="changed")
    assert await study.ask(first) == {"unchanged": 1}
    state = (await study.states())[first.id]
    assert (state.due_at > utcnow() + timedelta(days=20), state.code) == (True, None)


async def test_two_of_one_plugin_do_not_wait_for_each_other(
    database: Database, music: Music, shop: Workshop
) -> None:
    await seed(database, tracks=1200, seed=7)
    work = work_of(Study.of(music, Oracle("one"), Oracle("two")), shop)
    assert (await round_of(work))["asked"] == 2 * IN_LINE * ITEMS
    assert [kind.concurrency for kind in work.job_kinds()] == [1, 2 * IN_LINE + 1]


async def test_jobs_go_to_who_has_the_plugin() -> None:
    ability = Ability("oracle", "oracles", True, frozenset(), frozenset(), pictures=False)
    assert kind_of(ability) == "oracles.enrich"
