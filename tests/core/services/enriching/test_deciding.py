"""What is doubted, and what comes of an answer."""

from typing import Any
from uuid import UUID

import pytest

from mcma.domain.matching import Bands
from mcma.services.enriching.deciding import Outcome, Standing, said_by, verdict
from mcma.services.enriching.doubting import Doubted, doubted
from mcma.services.enriching.known import Base, Known
from mcma.services.enriching.policy import Policy
from mcma.store.clock import utcnow
from mcma_plugins.enrichers import Candidate, KnownTrack
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind, ItemRef

POLICY = Policy(bands=Bands(0.9, 0.5))
MBID = "76df3287-6cda-33eb-8e9a-044b5e15ffdd"


def known(*tags: dict[str, Any], **person: Any) -> Known:
    bases = {
        TrackId(UUID(int=n)): Base(one, person, {}, {}, utcnow(), manual=False)
        for n, one in enumerate(tags, 1)
    }
    item = ItemRef(ItemKind.ALBUM, UUID(int=99))
    return Known(item, KnownTrack(TrackId(UUID(int=1)), ""), None, bases)  # type: ignore[arg-type]


def tagged(title: str, artist: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "artists": [[artist, "artist", None, None, None]], **more}


def says(*titles: str, artist: str = "Ann Ash", **fields: Any) -> Candidate:
    tracks = {TrackId(UUID(int=n)): {"title": title} for n, title in enumerate(titles, 1)}
    return Candidate("r", "R", 0.97, fields={"artists": [{"name": artist}], **fields}, tracks=tracks)


def score(about: Known, candidate: Candidate) -> float:
    return doubted(about, candidate, 0.89).score


@pytest.mark.parametrize(
    ("tags", "candidate", "trusted"),
    [
        (tagged("Fern", "Ann Ash"), says("Fern"), True),
        (tagged("Fern (Remastered 2011)", "ANN ASH"), says("Fern"), True),
        (tagged("Fern", "Bob Birch"), says("Thunder Road"), False),
        (tagged("Fern", "Ann Ash"), says("Thunder Road"), False),
        (tagged("Fern", "Bob Birch"), says("Fern"), False),
        # nothing was really said
        ({}, says("Thunder Road"), True),
        (tagged("Track 01", "Unknown Artist"), says("Thunder Road"), True),
        (tagged("", "Ann Ash"), says("Thunder Road"), True),
        # the tags themselves say which recording it is
        (tagged("Fern", "Bob Birch", recording_mbid=MBID), says("Road", recording_mbid=MBID), True),
        # another album by somebody else
        (tagged("Fern", "Ann Ash", album="First", album_artists=[["Ann Ash"]]),
         says("Fern", album="Boom Hits 7", album_artists=[{"name": "Dee Jay"}]), False),
        (tagged("Fern", "Ann Ash", album="First", album_artists=[["Ann Ash"]]),
         says("Fern", album="First Things", album_artists=[{"name": "Ann Ash"}]), True),
    ],
)  # fmt: skip
def test_what_contradicts_tags_is_never_sure(
    tags: dict[str, Any], candidate: Candidate, trusted: bool
) -> None:
    found = doubted(known(tags), candidate, 0.89)
    assert (found.score == 0.97) is trusted
    assert any(reason.field == "doubt" for reason in found.reasons) is not trusted


def test_of_an_album_few_titles_may_be_spelt_otherwise() -> None:
    about = known(*(tagged(title, "Ann Ash") for title in ("Fern", "Moss", "Reed", "Oak")))
    assert score(about, says("Fern", "Moss", "Reed", "Untold")) == 0.97
    assert score(about, says("Fern", "Moss", "Sedge", "Untold")) == 0.89


def test_a_person_has_the_last_word_on_what_it_is() -> None:
    about = known(tagged("Fern", "Ann Ash"), title="Thunder Road", artists=["Bob Birch"])
    assert score(about, says("Fern")) == 0.89
    assert score(about, says("Thunder Road", artist="Bob Birch")) == 0.97


def test_the_doubt_of_an_unsure_one_changes_nothing() -> None:
    found = doubted(known(tagged("Fern", "Bob")), says("Road"), 0.89)
    assert found.candidate.score == 0.97
    low = Candidate("r", "R", 0.6, tracks=found.candidate.tracks, fields=found.candidate.fields)
    assert doubted(known(tagged("Fern", "Bob")), low, 0.89).score == 0.6


def scored(ref: str, score: float, **fields: Any) -> Doubted:
    return Doubted(Candidate(ref, ref, score, fields=fields), score, ())


ONE, TWO, LOW = scored("one", 0.95, date="1"), scored("two", 0.94, date="2"), scored("low", 0.6)


def standing(one: Doubted, *, by_person: bool = False) -> Standing:
    return Standing(one.candidate.ref, by_person, said_by(one.candidate))


@pytest.mark.parametrize(
    ("found", "policy", "before", "refused", "outcome", "ref"),
    [
        ([], POLICY, None, (), Outcome.NOTHING, None),
        ([scored("one", 0.4)], POLICY, None, (), Outcome.NOTHING, None),
        ([ONE], POLICY, None, (), Outcome.APPLIED, "one"),
        ([ONE, LOW], POLICY, None, (), Outcome.APPLIED, "one"),
        ([LOW], POLICY, None, (), Outcome.REVIEW, "low"),
        ([ONE, TWO], POLICY, None, (), Outcome.REVIEW, "one"),
        ([ONE, scored("two", 0.95, date="1")], POLICY, None, (), Outcome.APPLIED, "one"),
        ([ONE], Policy(mode="review"), None, (), Outcome.REVIEW, "one"),
        # what a person refused is never taken
        ([ONE], POLICY, None, ("one",), Outcome.NOTHING, None),
        ([ONE, TWO], POLICY, None, ("one",), Outcome.APPLIED, "two"),
        # what was taken stays
        ([ONE, TWO], POLICY, standing(ONE), (), Outcome.SAME, "one"),
        ([TWO, ONE], POLICY, standing(ONE), (), Outcome.SAME, "one"),
        ([scored("one", 0.95, date="3")], POLICY, standing(ONE), (), Outcome.APPLIED, "one"),
        ([scored("one", 0.95, date="3")], Policy(mode="review"), standing(ONE), (), Outcome.REVIEW, "one"),
        ([scored("one", 0.7, date="3")], POLICY, standing(ONE), (), Outcome.REVIEW, "one"),
        ([TWO], POLICY, standing(ONE), (), Outcome.REVIEW, "two"),
        ([], POLICY, standing(ONE), (), Outcome.KEPT, None),
        ([TWO], POLICY, standing(ONE, by_person=True), (), Outcome.KEPT, None),
        ([scored("one", 0.7, date="3")], POLICY, standing(ONE, by_person=True), (), Outcome.APPLIED, "one"),
    ],
)
def test_what_comes_of_an_answer(
    found: list[Doubted],
    policy: Policy,
    before: Standing | None,
    refused: tuple[str, ...],
    outcome: Outcome,
    ref: str | None,
) -> None:
    made = verdict(found, policy, before, refused)
    assert made.outcome is outcome
    assert (made.chosen and made.chosen.candidate.ref) == ref
