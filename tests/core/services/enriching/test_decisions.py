"""What people say of answers stands, and can be taken back, one decision after the other."""

from typing import Any
from uuid import UUID

import pytest

from mcma.domain.errors import Conflict, McmaError, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.edits import Edits
from mcma.store.clock import new_id
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import tracks
from mcma_plugins.enrichers import Candidate, KnownAlbum
from mcma_plugins.ids import TrackId, UserId
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.enriching import ON_REQUEST, Study
from tests.support.oracle import WHY, Oracle, person, release

pytestmark = pytest.mark.anyio
BOSS = UserId(new_id())
MBID = "76df3287-6cda-33eb-8e9a-044b5e15ffdd"


async def decided(study: Study, what: str, *arguments: Any) -> UUID:
    async with study.database.write() as transaction:
        await lock_catalogue(transaction.connection)
        done = await getattr(study.deciding, what)(transaction, *arguments, BOSS)
        return done.run_id  # type: ignore[no-any-return]


def two(album: KnownAlbum) -> list[Candidate]:
    tracks_: dict[TrackId, dict[str, Any]] = {track.id: {} for track in album.tracks}
    return [
        Candidate("one", "One", 0.8, WHY, fields={"date": "1991-01-01"}, tracks=tracks_),
        Candidate("two", "Two", 0.7, WHY, fields={"date": "1992-02-02"}, tracks=tracks_),
        Candidate("low", "Low", 0.2, WHY, fields={"date": "1993-03-03"}, tracks=tracks_),
    ]


async def dates(study: Study, album: ItemRef) -> set[str | None]:
    return {row.date for row in await study.rows(tracks, tracks.c.album_id == album.id)}


async def asked(study: Study, oracle: Oracle) -> tuple[ItemRef, UUID, dict[str, UUID]]:
    """An album, the question about it, and its candidates."""
    oracle.says["First"] = two
    album = await study.album("First")
    assert await study.ask(album) == {"review": 1}
    [run] = await study.runs()
    return album, run.id, {row.ref: row.id for row in await study.candidates()}


async def state(study: Study, album: ItemRef) -> tuple[str, str | None]:
    row = (await study.states())[album.id]
    return row.state, (await study.music.albums())["First"].metadata_status


async def test_one_after_the_other_and_back(study: Study, oracle: Oracle) -> None:
    album, run, found = await asked(study, oracle)
    assert await state(study, album) == ("review", "review")
    assert await decided(study, "accept", run, found["one"]) == run
    assert await dates(study, album) == {"1991-01-01"}
    assert await state(study, album) == ("enriched", "enriched")
    # of the same answer the other one, which is a decision of its own
    second = await decided(study, "accept", run, found["two"])
    assert second != run
    assert await dates(study, album) == {"1992-02-02"}
    with pytest.raises(Conflict) as earlier:
        await decided(study, "undo", run)
    assert earlier.value.stable_code == "not_last"
    await decided(study, "undo", second)
    assert await dates(study, album) == {"1991-01-01"}
    assert await state(study, album) == ("enriched", "enriched")
    await decided(study, "undo", run)
    assert await dates(study, album) == {None}
    assert await state(study, album) == ("nothing", "failed")
    assert sorted(row.outcome for row in await study.runs()) == ["undone", "undone"]
    # neither is taken again by itself, nor asked about
    assert await study.ask(album, wish=ON_REQUEST) == {"nothing": 1}


async def test_what_a_person_took_stays(study: Study, oracle: Oracle) -> None:
    album, run, found = await asked(study, oracle)
    await decided(study, "accept", run, found["two"])
    oracle.says["First"] = release("one", 1.0, date="1991-01-01")
    assert await study.ask(album, wish=ON_REQUEST) == {"kept": 1}
    assert await dates(study, album) == {"1992-02-02"}
    # the same, of which more is known now, is taken
    oracle.says["First"] = release("two", 0.6, date="1992-02-03")
    assert await study.ask(album, wish=ON_REQUEST) == {"applied": 1}
    assert await dates(study, album) == {"1992-02-03"}
    oracle.says["First"] = release("one", 1.0, date="1991-01-01")
    assert await study.ask(album, wish=ON_REQUEST) == {"kept": 1}, "it is the person's choice still"
    [latest] = [row for row in await study.runs() if row.outcome == "applied" and row.id != run]
    await decided(study, "undo", latest.id)
    assert await dates(study, album) == {"1992-02-02"}


async def test_what_was_taken_and_refused_since_is_not_taken_by_itself(study: Study, oracle: Oracle) -> None:
    album = await study.album("First")
    oracle.says["First"] = release("one", 0.95, date="1990-01-01")
    assert await study.ask(album) == {"applied": 1}
    oracle.says["First"] = two
    assert await study.ask(album, wish=ON_REQUEST) == {"review": 1}
    [question] = [row for row in await study.runs() if row.outcome == "review"]
    [one] = [row for row in await study.candidates() if (row.run_id, row.ref) == (question.id, "one")]
    await decided(study, "refuse", question.id, one.id)
    oracle.says["First"] = release("one", 0.99, date="1991-01-01")
    assert await study.ask(album, wish=ON_REQUEST) == {"kept": 1}
    assert await dates(study, album) == {"1990-01-01"}


async def test_refusing_one_and_then_all(study: Study, oracle: Oracle) -> None:
    album, run, found = await asked(study, oracle)
    await decided(study, "refuse", run, found["one"])
    assert [row.outcome for row in await study.runs()] == ["review"]
    await decided(study, "refuse", run, found["two"])
    assert [row.outcome for row in await study.runs()] == ["refused"]
    assert await state(study, album) == ("nothing", "failed")
    # somebody thinks better of it
    await decided(study, "accept", run, found["one"])
    assert await dates(study, album) == {"1991-01-01"}


async def test_what_was_unlikely_can_be_taken_as_well(study: Study, oracle: Oracle) -> None:
    album, run, found = await asked(study, oracle)
    await decided(study, "accept", run, found["low"])
    assert await dates(study, album) == {"1993-03-03"}


async def test_a_later_answer_stands_for_the_question(study: Study, oracle: Oracle) -> None:
    album, run, found = await asked(study, oracle)
    for _ in range(6):
        assert await study.ask(album, wish=ON_REQUEST) == {"review": 1}
    outcomes = [row.outcome for row in await study.runs()]
    assert (outcomes.count("review"), outcomes[-1], len(outcomes) <= 4) == (1, "review", True)
    with pytest.raises(NotFound):  # it was too long ago
        await decided(study, "accept", run, found["one"])


@pytest.mark.parametrize("what", ["accept", "refuse", "undo"])
async def test_what_cannot_be_decided_says_why_and_writes_nothing(
    study: Study, oracle: Oracle, what: str
) -> None:
    album, run, found = await asked(study, oracle)
    await decided(study, "accept", run, found["one"])
    before = await study.runs()
    wrong: dict[str, list[tuple[tuple[Any, ...], str]]] = {
        "accept": [((run, found["one"]), "taken"), ((new_id(), found["two"]), "not_found"),
                   ((run, new_id()), "not_found")],
        "refuse": [((run, None), "taken"), ((run, found["one"]), "taken"), ((run, new_id()), "not_found"),
                   ((new_id(), None), "not_found")],
        "undo": [((new_id(),), "not_found")],
    }  # fmt: skip
    for arguments, code in wrong[what]:
        with pytest.raises(McmaError) as refused:
            await decided(study, what, *arguments)
        assert refused.value.stable_code == code
    assert (await study.runs(), await dates(study, album)) == (before, {"1991-01-01"})


async def test_nothing_is_laid_over_what_is_a_persons(study: Study, oracle: Oracle) -> None:
    album, run, found = await asked(study, oracle)
    edits = Edits(study.database, lambda _hook, _event: None)
    for row in await study.rows(tracks, tracks.c.album_id == album.id):
        await edits.edit_track(SYSTEM, TrackId(row.id), {"genres": ["Folk"]})
    with pytest.raises(Conflict) as manual:
        await decided(study, "accept", run, found["one"])
    assert manual.value.stable_code == "manual"
    assert await dates(study, album) == {None}


async def test_artists_that_an_answer_tells_of_are_not_asked_about(study: Study, oracle: Oracle) -> None:
    def say(album: KnownAlbum) -> list[Candidate]:
        artists = [{"name": "Ann Ash", "mbid": MBID}]
        fields = {"artists": artists, "album_artists": artists}
        told: dict[TrackId, dict[str, Any]] = {track.id: {} for track in album.tracks}
        about = {MBID: {"name": "Ann Ash", "sort_name": "Ash, Ann"}}
        return [Candidate("r1", "R", 0.95, WHY, fields=fields, tracks=told, artists=about)]

    oracle.says["First"] = say
    assert await study.ask(await study.album("First")) == {"applied": 1}
    [run] = await study.runs()
    [artist] = [row for row in (await study.states()).values() if row.item_kind == "artist"]
    assert (artist.state, artist.code, artist.run_id) == ("enriched", "mentioned", run.id)
    assert (await study.music.artists())["Ann Ash"].metadata_status == "enriched"
    await decided(study, "undo", run.id)
    [artist] = [row for row in (await study.states()).values() if row.item_kind == "artist"]
    assert (artist.state, artist.asked_at) == ("waiting", None)


async def test_an_artist_is_asked_about_by_itself(study: Study, oracle: Oracle) -> None:
    ann = (await study.music.artists())["Ann Ash"]
    oracle.says["Ann Ash"] = person("a1", sort_name="Ash, Ann")
    assert await study.ask(ItemRef(ItemKind.ARTIST, ann.id)) == {"applied": 1}
    assert (await study.music.artists())["Ann Ash"].sort_name == "Ash, Ann"
    [known] = oracle.asked
    assert known.albums == ("First",)  # type: ignore[union-attr]
    [run] = await study.runs()
    await decided(study, "undo", run.id)
    assert (await study.music.artists())["Ann Ash"].sort_name != "Ash, Ann"


async def test_pictures_of_what_was_taken_are_wanted(study: Study, oracle: Oracle) -> None:
    def say(album: KnownAlbum) -> list[Candidate]:
        told: dict[TrackId, dict[str, Any]] = {track.id: {} for track in album.tracks}
        return [Candidate("r1", "R", 0.7, WHY, tracks=told, picture="front:1")]

    oracle.says["First"] = say
    await study.ask(await study.album("First"))
    assert study.pictures == []
    [run] = await study.runs()
    [candidate] = await study.candidates()
    await decided(study, "accept", run.id, candidate.id)
    assert [one.picture for one in study.pictures] == ["front:1"]
