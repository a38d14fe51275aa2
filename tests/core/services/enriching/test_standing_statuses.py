"""`metadata_status` is what a track, its album and its folder come to, at once, whatever has moved."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from mcma.store.engine import Database
from mcma.store.tables.machinery import key_values
from mcma_plugins.enrichers import Candidate, Fields, KnownAlbum
from mcma_plugins.ids import TrackId
from tests.support.at_rest_enriching import enriching_at_rest
from tests.support.enriching import ON_REQUEST, Study
from tests.support.folders import FOLDER, TITLES, album, look, round_
from tests.support.oracle import WHY, Known, Oracle, Says, release
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio
EBB = f"{FOLDER}/Ebb.mp3"
BEGINNING = {"at": "1970-01-01T00:00:00+00:00", "id": str(UUID(int=0)), "began": "1970-01-01T00:00:00+00:00"}


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    made = await Music(database, tmp_path / "music").create()
    for title in TITLES:
        made.put(f"{FOLDER}/{title}.mp3", title=title, artist="Ann Ash")
    made.put("Loose/Drift.mp3", title="Drift", artist="Cy Cedar")
    made.album("Bob/Second", "Oak Elm", artist="Bob Birch", albumartist="Bob Birch", album="Second")
    await made.scan()
    return made


async def statuses(study: Study) -> dict[str, str]:
    """Of tracks and albums, by title."""
    rows = {**await study.music.tracks(), **await study.music.albums()}
    return {title: row.metadata_status for title, row in rows.items()}


def on_tides(*titles: str) -> Says:
    """The album that is there, and its tracks."""

    def say(known: KnownAlbum) -> Sequence[Candidate]:
        of: dict[TrackId, Fields] = {one.id: {} for one in known.tracks if one.title in titles}
        fields = {"album": "Tides", "album_artists": [{"name": "Ann Ash"}]}
        return [Candidate("r1", "Tides", 0.95, WHY, fields=fields, tracks=of)]

    return say


async def decide(study: Study, deed: str) -> None:
    [run] = await study.runs()
    [candidate] = await study.candidates()
    args = {"accept": [candidate.id], "refuse": [None], "undo": []}[deed]
    async with study.database.write() as transaction:
        await getattr(study.deciding, deed)(transaction, run.id, *args, None)


async def test_a_track_that_moves_leaves_the_question_about_its_folder(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES, score=0.7)
    await round_(study)
    study.music.move(EBB, "Ann Ash/Ebb.mp3")
    study.music.move("Loose/Drift.mp3", f"{FOLDER}/Drift.mp3")
    await study.music.scan()
    found = await statuses(study)
    assert [found[title] for title in ("Drift", *TITLES)] == ["review", "pending", "review", "review"]
    await enriching_at_rest(study.database)


async def test_what_gets_an_album_or_loses_it_is_part_of_other_questions(
    study: Study, oracle: Oracle
) -> None:
    oracle.says["Tides"], oracle.says["Second"] = album(*TITLES, score=0.7), release("s1", 0.7, date="1999")
    await round_(study)
    study.music.retag(EBB, album="Reefs", albumartist="Ann Ash")
    study.music.retag("Bob/Second/01 Oak.mp3", album=None, albumartist=None)
    await study.music.scan()
    found = await statuses(study)
    assert (found["Ebb"], found["Reefs"], found["Flow"]) == ("pending", "pending", "review")
    assert (found["Oak"], found["Elm"], found["Second"]) == ("pending", "review", "review")
    await enriching_at_rest(study.database)


@pytest.mark.parametrize("there", [False, True], ids=["new", "there before"])
async def test_what_goes_to_another_album_leaves_the_question_about_the_first(
    study: Study, oracle: Oracle, there: bool
) -> None:
    if there:
        study.music.album("Bob/Third", "Ash", artist="Bob Birch", albumartist="Bob Birch", album="Third")
        await study.music.scan()
    oracle.says["Second"] = release("s1", 0.7, date="1999")
    await round_(study)
    study.music.retag("Bob/Second/01 Oak.mp3", album="Third")
    await study.music.scan()
    found = await statuses(study)
    of_third = "failed" if there else "pending"
    assert (found["Oak"], found["Third"], found["Elm"], found["Second"]) == (
        of_third, of_third, "review", "review",
    )  # fmt: skip
    await enriching_at_rest(study.database)


async def test_what_was_away_when_its_folder_was_decided_about(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES[1:], score=0.7)
    await round_(study)
    away = study.music.root.parent / "away.mp3"
    (study.music.root / EBB).rename(away)
    await study.music.scan(accept_missing=True)
    await decide(study, "refuse")
    away.rename(study.music.root / EBB)
    await study.music.scan()
    assert (await statuses(study))["Ebb"] == "pending", "it is asked about alone"
    await enriching_at_rest(study.database)


async def test_a_folder_that_is_none_when_it_is_answered(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES, score=0.7)
    await round_(study)

    async def go(known: Known) -> None:
        for title in TITLES[1:]:
            study.music.move(f"{FOLDER}/{title}.mp3", f"{title}/{title}.mp3")
        await study.music.scan()

    oracle.before = go
    [run] = await study.runs()
    assert await study.ask(study.item(run), wish=ON_REQUEST) == {"gone": 1}
    found = await statuses(study)
    assert {found[title] for title in TITLES} == {"failed", "pending"}
    assert [one.outcome for one in await study.runs()] == ["superseded"], "nobody is asked about it"
    await enriching_at_rest(study.database)


async def test_what_was_on_the_album_before_is_answered_with_it(study: Study, oracle: Oracle) -> None:
    study.music.put("Ann Ash/Reef.mp3", title="Reef", artist="Ann Ash", album="Tides", albumartist="Ann Ash")
    await study.music.scan()
    oracle.says["Tides"] = on_tides(*TITLES)
    await look(study)
    [folder] = [study.item(row) for row in (await study.states()).values() if row.item_kind == "folder"]
    assert await study.ask(folder) == {"applied": 1}
    found = await statuses(study)
    assert (found["Reef"], found["Ebb"], found["Tides"]) == ("failed", "enriched", "enriched")
    await enriching_at_rest(study.database)
    await decide(study, "undo")
    found = await statuses(study)
    assert (found["Reef"], found["Tides"], found["Ebb"]) == ("pending", "pending", "failed")
    await enriching_at_rest(study.database)


async def test_who_came_to_a_folder_that_is_decided_about(study: Study, oracle: Oracle) -> None:
    oracle.says["Tides"] = album(*TITLES, score=0.7)
    await round_(study)
    study.music.move("Loose/Drift.mp3", f"{FOLDER}/Drift.mp3")
    await study.music.scan()
    assert (await statuses(study))["Drift"] == "review"
    await decide(study, "accept")
    assert (await statuses(study))["Drift"] == "failed", "as when it was asked about alone"
    await enriching_at_rest(study.database)


async def test_what_needs_nothing_is_not_waited_for(study: Study, oracle: Oracle) -> None:
    oracle.gives = frozenset({"title"})
    await round_(study)
    assert oracle.asked == [] and set((await statuses(study)).values()) == {"failed"}
    await enriching_at_rest(study.database)


async def test_what_was_not_found_alone_is_open_again_with_others(study: Study, oracle: Oracle) -> None:
    await round_(study)
    await round_(study)
    study.music.put("Loose/Shoal.mp3", title="Shoal", artist="Cy Cedar")
    await study.music.scan()
    await look(study)
    found = await statuses(study)
    assert (found["Drift"], found["Shoal"], found["Ebb"]) == ("pending", "pending", "failed")
    await enriching_at_rest(study.database)


async def test_whom_another_enricher_was_not_asked_about_is_open_again(music: Music, oracle: Oracle) -> None:
    study = Study.of(music, oracle, second := Oracle("second"))
    for _ in range(2):
        await round_(study)
    await study.set(key_values, key_values.c.key == "enriching.cursor", value=BEGINNING)
    await look(study, of="second")
    assert set((await statuses(study)).values()) == {"pending"}
    await enriching_at_rest(study.database)
    for _ in range(2):
        await round_(study, of="second")
    assert set((await statuses(study)).values()) == {"failed"} and second.asked
    await enriching_at_rest(study.database)


async def test_a_folder_of_which_nothing_was_left_is_asked_about_when_its_tracks_are_back(
    study: Study, oracle: Oracle
) -> None:
    oracle.says["Tides"] = album(*TITLES)
    await round_(study)
    tides = await study.album("Tides")

    def no_album(known: KnownAlbum) -> Sequence[Candidate]:
        of: dict[TrackId, Fields] = {one.id: {"date": "2001"} for one in known.tracks}
        return [Candidate("r2", "Tides", 0.7, WHY, tracks=of)]

    oracle.says["Tides"] = no_album
    assert await study.ask(tides, wish=ON_REQUEST) == {"review": 1}
    [run] = [one for one in await study.runs() if one.outcome == "review"]
    [candidate] = [one for one in await study.candidates() if one.ref == "r2"]
    async with study.database.write() as transaction:
        await study.deciding.accept(transaction, run.id, candidate.id, None)
    assert (await study.music.albums()).keys() == {"Second"}
    oracle.asked.clear()
    await round_(study)
    assert "Tides" in oracle.titles
    assert "pending" not in (await statuses(study)).values()
    await enriching_at_rest(study.database)
