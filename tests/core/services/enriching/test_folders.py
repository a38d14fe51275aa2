"""Tracks without an album that lie in one folder are asked about together."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.enriching import reviews
from mcma.services.enriching.folders import folder_id
from mcma.services.enriching.listening import ask_again_of
from mcma.services.enriching.rehearsing import Rehearsing
from mcma.services.enriching.requesting import Requests, Selection
from mcma.services.enriching.scheduling import EnrichmentJobs
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries
from mcma.store.tables.enriching import enrichment_folders, enrichment_states
from mcma_plugins.enrichers import Candidate, Fields, KnownAlbum, KnownCredit, KnownTrack
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.at_rest_enriching import enriching_at_rest
from tests.support.enriching import ON_REQUEST, Study
from tests.support.folders import FOLDER, TITLES, album, round_
from tests.support.jobs import Workshop
from tests.support.oracle import WHY, Oracle, Songbook, recording
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    made = await Music(database, tmp_path / "music").create()
    for title in TITLES:
        made.put(f"{FOLDER}/{title}.mp3", title=title, artist="Ann Ash")
    made.put("Loose/Drift.mp3", title="Drift", artist="Cy Cedar")
    await made.scan()
    return made


@pytest.fixture
def songbook() -> Songbook:
    return Songbook()


@pytest.fixture
def study(music: Music, oracle: Oracle, songbook: Songbook) -> Study:
    return Study.of(music, oracle, songbook)


async def counted(study: Study) -> tuple[int, int, int]:
    [row] = await study.rows(libraries)
    return row.song_count, row.album_count, row.artist_count


def the_folder(study: Study) -> ItemRef:
    return ItemRef(ItemKind.FOLDER, folder_id(study.music.id, FOLDER.encode()))


async def test_a_folder_is_asked_about_once_and_becomes_an_album(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES)
    assert await round_(study) == {"applied": 1, "nothing": 1}
    known, drift = sorted(oracle.asked, key=lambda one: isinstance(one, KnownTrack))
    assert isinstance(known, KnownAlbum) and isinstance(drift, KnownTrack)
    assert (known.title, known.date, set(known.guessed)) == ("Tides", "1999", {"title", "date"})
    assert known.artists == (KnownCredit("Ann Ash"),)
    assert [one.title for one in known.tracks] == list(TITLES)
    found = await study.music.albums()
    assert found.keys() == {"Tides"} and found["Tides"].metadata_status == "enriched"
    for _ in range(3):
        assert await round_(study) == {}
    assert len(oracle.asked) == 2, "no second round of questions"
    await enriching_at_rest(study.database)


async def test_what_came_of_it_is_asked_about_again_as_the_album_it_is(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES)
    await round_(study)
    tides = await study.album("Tides")
    assert await study.ask(tides, wish=ON_REQUEST) == {"same": 1}
    asked = oracle.asked[-1]
    assert isinstance(asked, KnownAlbum)
    other: dict[TrackId, Fields] = {one.id: {"album": "Other"} for one in asked.tracks}
    oracle.says["Tides"] = [Candidate("r2", "Other", 0.99, WHY, tracks=other)]
    assert await study.ask(tides, wish=ON_REQUEST) == {"review": 1}, "what was taken stays"
    await enriching_at_rest(study.database)


async def test_it_is_taken_back_to_no_album(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES)
    before, counts = await study.music.tracks(), await counted(study)
    await round_(study)
    [run] = [one for one in await study.runs() if one.outcome == "applied"]
    async with study.database.write() as transaction:
        await study.deciding.undo(transaction, run.id, None)
    after = await study.music.tracks()
    assert {name: row.album_id for name, row in after.items()} == dict.fromkeys(before)
    assert {after[title].metadata_status for title in TITLES} == {"failed"}
    assert await study.values() == {} and await counted(study) == counts
    for _ in range(2):
        assert await round_(study) == {}
    assert len(oracle.asked) == 2
    await enriching_at_rest(study.database)


async def test_what_the_answer_does_not_name_is_asked_about_alone(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album("Ebb", "Flow")
    oracle.says["Neap"] = recording("n1", date="2001")
    assert await round_(study) == {"applied": 1, "nothing": 1}
    assert (await study.music.track("Neap")).metadata_status == "pending"
    assert await round_(study) == {"applied": 1}
    assert await round_(study) == {}
    assert (await study.music.track("Neap")).album_id is None
    assert oracle.titles.count("Neap") == 1 and len(oracle.asked) == 3
    assert {row.metadata_status for name, row in (await study.music.tracks()).items() if name != "Drift"} == {
        "enriched"
    }
    await enriching_at_rest(study.database)


@pytest.mark.parametrize("named", [(), ("Ebb",)], ids=["none", "one of three"])
async def test_a_folder_of_this_and_that_is_asked_about_one_by_one(
    study: Study, oracle: Oracle, named: Sequence[str]
) -> None:
    oracle.says["Tides"] = album(*named)
    oracle.says["Ebb"] = recording("e1", date="2001")
    assert await round_(study) == {"nothing": 2}
    assert {(await study.music.track(title)).metadata_status for title in TITLES} == {"pending"}
    assert await round_(study) == {"applied": 1, "nothing": 2}
    assert await study.music.albums() == {}
    assert await round_(study) == {}
    after = {name: row.metadata_status for name, row in (await study.music.tracks()).items()}
    assert after == {"Ebb": "enriched", "Flow": "failed", "Neap": "failed", "Drift": "failed"}
    await enriching_at_rest(study.database)


async def test_a_person_decides_about_a_folder(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES, score=0.7)
    await round_(study)
    after = await study.music.tracks()
    assert {after[title].metadata_status for title in TITLES} == {"review"}
    async with study.database.read() as connection:
        [run] = (await reviews.page(connection, reviews.Filter(), None, 10)).items
    assert (run.item, run.name) == (the_folder(study), reviews.ItemName(FOLDER, None))
    async with study.database.write() as transaction:
        await study.deciding.accept(transaction, run.id, run.candidates[0].id, None)
    after = await study.music.tracks()
    assert {after[title].metadata_status for title in TITLES} == {"enriched"}
    assert (await study.music.albums()).keys() == {"Tides"}
    assert await round_(study) == {}
    await enriching_at_rest(study.database)


async def test_what_is_refused_is_asked_about_one_by_one(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES, score=0.7)
    await round_(study)
    [run] = await study.runs()
    async with study.database.write() as transaction:
        await study.deciding.refuse(transaction, run.id, None, None)
    assert await round_(study) == {"nothing": 3}
    assert {row.metadata_status for row in (await study.music.tracks()).values()} == {"failed"}
    await enriching_at_rest(study.database)


async def test_asking_by_hand_asks_all_of_it_again(study: Study, oracle: Oracle) -> None:
    await round_(study)
    await round_(study)
    before = len(oracle.asked)
    assert await study.ask(the_folder(study), wish=ON_REQUEST) == {"nothing": 4}
    assert len(oracle.asked) - before == 4


async def test_another_title_is_a_reason_to_ask_again(study: Study, oracle: Oracle) -> None:
    await round_(study)
    await round_(study)
    before = len(oracle.asked)
    study.music.retag(f"{FOLDER}/Ebb.mp3", title="Tide")
    await study.music.scan()
    await round_(study)
    await round_(study)
    assert sorted(oracle.titles[before:]) == ["Tide", "Tides"], "the others are what they were"


async def test_who_knows_no_albums_is_asked_about_each(study: Study, songbook: Songbook) -> None:
    await round_(study, of="songbook")
    assert sorted(songbook.titles) == sorted([*TITLES, "Drift"])


async def test_what_lies_together_in_a_heap_is_no_folder(
    study: Study, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.services.enriching.folders.MOST", 2)
    await round_(study)
    assert sorted(oracle.titles) == sorted([*TITLES, "Drift"])
    assert await study.rows(enrichment_folders) == []


async def test_a_folder_that_is_none_any_more_is_not_asked_about(study: Study, oracle: Oracle) -> None:
    await round_(study)
    await study.set(
        enrichment_states, enrichment_states.c.item_kind == "folder", due_at=utcnow(), run_id=None
    )
    study.music.retag_all(FOLDER, album="Tides")
    await study.music.scan()
    await round_(study)
    assert {row.item_kind for row in (await study.states()).values()} == {"album", "artist", "track"}


class Desk(NamedTuple):
    """Where people ask."""

    shop: Workshop
    asks: Requests

    async def over(self, wanted: Selection) -> Any:
        job = await self.asks.ask(SYSTEM, wanted)
        await self.shop.over(job)
        return (await self.shop.row(job)).result


@pytest.fixture
async def desk(study: Study) -> AsyncIterator[Desk]:
    shop = Workshop(study.database)
    rehearsing = Rehearsing(study.database, study.asking, study.policy)
    asks = Requests(study.database, shop.jobs, study.enrichers, rehearsing)
    works = EnrichmentJobs(study.database, shop.jobs, study.enrichers, study.asking, study.policy)
    await shop.runner(*asks.job_kinds(), *works.job_kinds())
    yield Desk(shop, asks)
    await shop.stop()


async def test_whoever_asks_about_a_track_asks_about_its_folder(
    study: Study, oracle: Oracle, desk: Desk
) -> None:
    oracle.says["Tides"] = album("Ebb", "Flow")
    items = [await study.track(title) for title in TITLES]
    wanted = Selection(items, enrichers=["oracle"], dry_run=True)
    [answer] = (await desk.over(wanted))["answers"]
    assert (answer["kind"], answer["title"], answer["outcome"]) == ("folder", FOLDER, "applied")
    assert {one["after"] for one in answer["changes"] if one["field"] == "album"} == {"Tides"}
    assert await study.values() == {} and await study.states() == {}
    assert await study.rows(enrichment_folders) == [], "a dry run writes nothing"
    await desk.over(wanted._replace(dry_run=False))
    assert oracle.titles == ["Tides", "Tides", "Neap"]
    assert (await study.music.albums()).keys() == {"Tides"}


async def test_a_folder_is_asked_about_by_its_id_whatever_became_of_it(
    study: Study, oracle: Oracle, desk: Desk
) -> None:
    await round_(study)
    oracle.asked.clear()
    oracle.says["Tides"] = album(*TITLES)
    wanted = Selection([the_folder(study)], enrichers=["oracle"])
    assert await desk.over(wanted) == {"asked": {"oracle": 1}}
    assert (await study.music.albums()).keys() == {"Tides"}
    await desk.over(wanted)
    assert [type(one) for one in oracle.asked] == [KnownAlbum, KnownAlbum]
    assert [one.guessed for one in oracle.asked if isinstance(one, KnownAlbum)][1] == frozenset()
    with pytest.raises(NotFound):
        await desk.asks.ask(SYSTEM, Selection([ItemRef(ItemKind.FOLDER, study.music.id)]))


async def test_a_folder_is_asked_about_by_where_it_is(study: Study, oracle: Oracle, desk: Desk) -> None:
    for path, asked in (
        ("Ann Ash", ["Tides"]), (f"/{FOLDER}/", ["Tides"]), ("Loose", ["Drift"]), ("/", ["Drift", "Tides"])
    ):  # fmt: skip
        oracle.asked.clear()
        await desk.over(Selection(library_id=study.music.id, folder=path, enrichers=["oracle"], dry_run=True))
        assert sorted({*oracle.titles} - {*TITLES}) == asked
    assert await study.rows(enrichment_folders) == []


async def test_a_folder_that_is_not_there_is_said_to_be_none(study: Study, desk: Desk) -> None:
    for path in ("Ann", "Ann Ash/..", "Ann Ash%", "nn Ash"):
        with pytest.raises(NotFound):
            await desk.asks.ask(SYSTEM, Selection(library_id=study.music.id, folder=path))
    for wrong in (Selection(library_id=study.music.id, folder="\udcff"),
                  Selection(everything=True, folder=FOLDER)):  # fmt: skip
        with pytest.raises(InvalidInput):
            await desk.asks.ask(SYSTEM, wrong)


async def test_what_is_heard_later_asks_about_the_folder_first(study: Study, oracle: Oracle) -> None:
    await round_(study)
    await round_(study)
    ebb = await study.music.track("Ebb")
    async with study.database.write() as transaction:
        await ask_again_of(transaction.connection, [ebb.file_id])
    due = [id_ for id_, row in (await study.states()).items() if row.due_at <= utcnow()]
    assert due == [the_folder(study).id]


async def test_another_answer_is_taken_in_place_of_the_first_and_back(study: Study, oracle: Oracle) -> None:
    def two(known: KnownAlbum) -> Sequence[Candidate]:
        tracks: dict[TrackId, Fields] = {one.id: {} for one in known.tracks}
        return [
            Candidate("r1", "Tides", 0.95, WHY, fields={"album": "Tides"}, tracks=tracks),
            Candidate(
                "r2", "Seas", 0.6, WHY, fields={"album": "Seas"}, tracks=dict(list(tracks.items())[:2])
            ),
        ]

    oracle.says["Tides"] = two
    await round_(study)
    [run] = [one for one in await study.runs() if one.outcome == "applied"]
    [other] = [one.id for one in await study.candidates() if one.ref == "r2"]
    async with study.database.write() as transaction:
        done = await study.deciding.accept(transaction, run.id, other, None)
    assert (await study.music.albums()).keys() == {"Tides", "Seas"}, "what it does not name stays what it is"
    await enriching_at_rest(study.database)
    async with study.database.write() as transaction:
        await study.deciding.undo(transaction, done.run_id, None)
    found = await study.music.albums()
    assert found.keys() == {"Tides"} and found["Tides"].song_count == 3
    await enriching_at_rest(study.database)
    assert await round_(study) == {}


async def test_what_comes_after_an_answer_was_taken_back_is_asked_about(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES)
    await round_(study)
    [run] = [one for one in await study.runs() if one.outcome == "applied"]
    async with study.database.write() as transaction:
        await study.deciding.undo(transaction, run.id, None)
    assert await round_(study) == {}
    study.music.put(f"{FOLDER}/Slack.mp3", title="Slack", artist="Ann Ash")
    await study.music.scan()
    oracle.asked.clear()
    await round_(study)
    await round_(study)
    assert {"Tides", "Slack"} <= set(oracle.titles)
    assert await study.music.albums() == {}, "what was taken back is not taken again"
    await enriching_at_rest(study.database)


async def test_what_an_answer_that_is_taken_late_does_not_know_is_asked_about_alone(
    study: Study, oracle: Oracle
) -> None:
    oracle.says["Tides"] = album(*TITLES, score=0.7)
    await round_(study)
    [run] = await study.runs()
    [candidate] = await study.candidates()
    for title in ("Slack", "Surge"):
        study.music.put(f"{FOLDER}/{title}.mp3", title=title, artist="Ann Ash")
    await study.music.scan()
    async with study.database.write() as transaction:
        await study.deciding.accept(transaction, run.id, candidate.id, None)
    await round_(study)
    assert sorted(oracle.titles[2:]) == ["Slack", "Surge"]
    after = await study.music.tracks()
    assert {after[title].metadata_status for title in ("Slack", "Surge")} == {"failed"}
    await enriching_at_rest(study.database)


async def test_a_question_about_what_is_elsewhere_by_now_is_none(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES, score=0.7)
    await round_(study)
    for title in TITLES[1:]:
        study.music.move(f"{FOLDER}/{title}.mp3", f"{title}/{title}.mp3")
    study.music.move(f"{FOLDER}/Ebb.mp3", f"{FOLDER}/Ebb 2.mp3")
    await study.music.scan()
    await round_(study)
    await round_(study)
    assert [one.outcome for one in await study.runs()] == ["superseded"]
    after = await study.music.tracks()
    assert {after[title].metadata_status for title in TITLES} == {"failed"}
    await enriching_at_rest(study.database)


async def test_a_folder_that_is_back_is_asked_about_as_it_was(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES, score=0.3)
    await round_(study)
    await round_(study)
    away = study.music.root / "Ann Ash"
    away.rename(study.music.root.parent / "away")
    await study.music.scan(accept_missing=True)
    await study.set(enrichment_states, enrichment_states.c.item_kind == "folder", due_at=utcnow())
    assert await round_(study) == {}, "nothing is there"
    (study.music.root.parent / "away").rename(away)
    await study.music.scan()
    oracle.says["Tides"] = album(*TITLES)
    assert (await round_(study))["applied"] == 1
    await enriching_at_rest(study.database)
