"""What is known of an artist that became another one is nothing that is known of that one, and is there again
when it is itself again. Answers about albums that became one stand beside each other."""

from typing import Any
from uuid import UUID

import pytest

from mcma.domain.errors import Conflict
from mcma.services.enriching.lifting import lift
from mcma.store.dialect import lock_catalogue
from mcma_plugins.enrichers import Candidate, KnownAlbum
from mcma_plugins.values import ItemKind, ItemRef
from tests.core.services.enriching.test_decisions import decided
from tests.support.enriching import ON_REQUEST, Study
from tests.support.hands import Hand
from tests.support.laying import mbid
from tests.support.oracle import WHY, Oracle, person, release

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hand(study: Study) -> Hand:
    return await Hand(study.music).create()


async def both(study: Study) -> tuple[UUID, UUID]:
    rows = await study.music.artists()
    return rows["Ann Ash"].id, rows["Bob Birch"].id


def area(row: Any) -> Any:
    return (row.details or {}).get("area")


async def test_a_question_about_one_that_was_merged_cannot_be_accepted(
    study: Study, oracle: Oracle, hand: Hand
) -> None:
    ann, bob = await both(study)
    oracle.says |= {"Ann Ash": person("a", 0.7, area="Oslo"), "Bob Birch": person("b", area="Rome")}
    await study.ask(*(ItemRef(ItemKind.ARTIST, id_) for id_ in (ann, bob)))
    [run] = [one for one in await study.runs() if one.outcome == "review"]
    [candidate] = [one for one in await study.candidates() if one.run_id == run.id]
    merge = await hand.merge(ann, bob)
    before = await study.values()
    with pytest.raises(Conflict) as merged:
        await decided(study, "accept", run.id, candidate.id)
    assert merged.value.stable_code == "merged" and "take the merge back" in (merged.value.hint or "")
    assert await study.values() == before
    await hand.undo(merge)
    await decided(study, "accept", run.id, candidate.id)
    assert (area(await hand.row(ann)), area(await hand.row(bob))) == ("Oslo", "Rome")


async def test_an_answer_taken_back_meanwhile_is_not_known_afterwards(
    study: Study, oracle: Oracle, hand: Hand
) -> None:
    ann, bob = await both(study)
    oracle.says["Ann Ash"] = person("a", area="Oslo")
    await study.ask(ItemRef(ItemKind.ARTIST, ann))
    merge = await hand.merge(ann, bob)
    [run] = await study.runs()
    await decided(study, "undo", run.id)
    await hand.undo(merge)
    row = await hand.row(ann)
    assert (area(row), row.metadata_status) == (None, "failed")


def naming(word: str) -> Any:
    """An answer about an album that tells of Ann by the way."""

    def say(album: KnownAlbum) -> list[Candidate]:
        people = [{"name": "Ann Ash", "mbid": mbid(5)}]
        fields = {"artists": people, "album_artists": people}
        about = {mbid(5): {"name": "Ann Ash", "area": word}}
        told: Any = {track.id: {} for track in album.tracks}
        return [Candidate(album.title, album.title, 0.95, WHY, fields=fields, tracks=told, artists=about)]

    return say


async def test_what_other_albums_say_by_the_way_stays(study: Study, oracle: Oracle, hand: Hand) -> None:
    study.music.album("Ann/Third", "Sand Loam", artist="Ann Ash", albumartist="Ann Ash", album="Third")
    await study.music.scan()
    oracle.says |= {"First": naming("Oslo"), "Third": naming("Rome")}
    for title in ("First", "Third"):
        assert await study.ask(await study.album(title), wish=ON_REQUEST) == {"applied": 1}
    ann, bob = await both(study)
    assert area(await hand.row(ann)) == "Rome"
    merge = await hand.merge(ann, bob)
    [_, third] = [run.id for run in await study.runs()]
    await decided(study, "undo", third)
    await hand.undo(merge)
    row = await hand.row(ann)
    assert (area(row), str(row.mbid), row.metadata_status) == ("Oslo", mbid(5), "enriched")
    [first, _] = [run.id for run in await study.runs()]
    await decided(study, "undo", first)
    assert area(await hand.row(ann)) is None


async def test_what_was_laid_over_the_winner_once_is_taken_back_there(study: Study, hand: Hand) -> None:
    """As answers about merged artists were before they were refused."""
    ann, bob = await both(study)
    before = {"artist": {"area": ["Rome", None]}, "artist_id": str(bob)}
    await hand.merge(ann, bob)
    async with study.database.write() as transaction:
        await lock_catalogue(transaction.connection)
        await lift(transaction.connection, ItemRef(ItemKind.ARTIST, ann), "oracle", before)
    assert area(await hand.row(bob)) == "Rome"


async def test_an_answer_about_an_album_that_was_merged_leaves_the_other_tracks(
    study: Study, oracle: Oracle
) -> None:
    oracle.says |= {"First": release("a", 0.7, date="1991"), "Second": release("b", date="2000")}
    for title in ("First", "Second"):
        await study.ask(await study.album(title))
    question, answer = await study.runs()
    [candidate] = [one for one in await study.candidates() if one.run_id == question.id]
    study.music.retag_all("Ann/First", album="Second", albumartist="Bob Birch")
    await study.music.scan()
    assert len(await study.music.albums()) == 1

    async def dates() -> list[str | None]:
        rows = await study.music.tracks()
        return [rows[title].date for title in ("Fern", "Moss", "Oak", "Elm")]

    assert await dates() == [None, None, "2000", "2000"]
    oracle.says["Second"] = release("b", date="2001")
    assert await study.ask(await study.album("Second"), wish=ON_REQUEST) == {"applied": 1}
    assert await dates() == ["2001"] * 4
    *_, later = await study.runs()
    await decided(study, "accept", question.id, candidate.id)
    assert await dates() == ["1991", "1991", "2001", "2001"], "of the others nothing was said"
    await decided(study, "undo", later.id)
    assert await dates() == ["1991", "1991", "2000", "2000"], "what was taken since stays"
    await decided(study, "undo", answer.id)
    assert await dates() == ["1991", "1991", None, None]
    await decided(study, "undo", question.id)
    assert await dates() == [None] * 4
