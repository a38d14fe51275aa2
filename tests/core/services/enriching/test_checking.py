"""An answer is checked before anything sees it."""

from typing import Any
from uuid import UUID

import pytest

from mcma.services.enriching.checking import LARGEST, MOST_CANDIDATES, checked_answer
from mcma.services.enriching.known import Base, Known
from mcma.store.clock import utcnow
from mcma_plugins.enrichers import Candidate, KnownTrack, Reason
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind, ItemRef

ONE, OTHER = TrackId(UUID(int=1)), TrackId(UUID(int=2))
MBID = "76df3287-6cda-33eb-8e9a-044b5e15ffdd"
KNOWN = Known(
    ItemRef(ItemKind.TRACK, ONE), KnownTrack(ONE, "Song"), None,
    {ONE: Base({}, {}, {}, {}, utcnow(), manual=False)},
)  # fmt: skip


def candidate(**changes: Any) -> Candidate:
    made: dict[str, Any] = {"ref": "r1", "title": "Song", "score": 0.9, "tracks": {ONE: {"title": "Song"}}}
    return Candidate(**(made | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"ref": ""},
        {"ref": "x" * 201},
        {"ref": "a\nb"},
        {"ref": 7},
        {"title": ""},
        {"title": None},
        {"score": float("nan")},
        {"score": float("inf")},
        {"score": 10**400},
        {"score": 1.1},
        {"score": -0.1},
        {"score": True},
        {"score": "0.9"},
        {"tracks": {}},
        {"tracks": {OTHER: {}}},
        {"tracks": {ONE: {}, OTHER: {}}},
        {"tracks": {"1": {}}},
        {"tracks": [ONE]},
        {"tracks": {ONE: ["title"]}},
        {"tracks": {ONE: {7: "title"}}},
        {"fields": {"title": object()}},
        {"fields": {"title": b"bytes"}},
        {"fields": {"title": float("nan")}},
        {"fields": {"bpm": 10**400}},
        {"fields": {"track": 2**80}},
        {"fields": {"title": [[[[[[[[[["deep"]]]]]]]]]]}},
        {"fields": {f"field{n}": 1 for n in range(51)}},
        {"fields": {"title": "x" * 200_001}},
        {"fields": None},
        {"artists": {"nobody": {}}},
        {"artists": {MBID: 7}},
    ],
)
def test_a_candidate_that_cannot_be_used_is_left_out(changes: dict[str, Any]) -> None:
    found = checked_answer([candidate(**changes), candidate(ref="r2")], KNOWN)
    assert [one.ref for one in found.candidates] == ["r2"]
    assert found.complaint is not None and found.complaint.startswith("left out: 1 × ")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"link": "http://plain.example/"}, "link"),
        ({"link": "https://"}, "link"),
        ({"link": 7}, "link"),
        ({"picture": "x" * 501}, "picture"),
        ({"picture": 7}, "picture"),
        ({"reasons": "words"}, "reasons"),
        ({"reasons": [("title", 2.0, "too much")]}, "reason"),
        ({"reasons": [("title", 1.0)]}, "reason"),
    ],
)
def test_what_may_be_missing_is_missing(changes: dict[str, Any], name: str) -> None:
    found = checked_answer([candidate(**changes)], KNOWN)
    [one] = found.candidates
    assert (one.link, one.picture, one.reasons) == (None, None, ())
    assert found.complaint == f"left out: 1 × {name}"


@pytest.mark.parametrize("answer", [None, 7, "text", b"bytes", {}, iter(())])
def test_no_list_is_no_answer(answer: object) -> None:
    with pytest.raises(TypeError):
        checked_answer(answer, KNOWN)


def test_texts_are_such_as_both_databases_keep() -> None:
    found = checked_answer([candidate(fields={"title": "a\0b\ud800c", "gen\0res": ["x\x01"]})], KNOWN)
    assert dict(found.candidates[0].fields) == {"title": "abc", "genres": ["x"]}


def test_there_are_bounds_for_all_of_them_together() -> None:
    many = [candidate(ref=f"r{n}") for n in range(MOST_CANDIDATES + 5)]
    assert len(checked_answer(many, KNOWN).candidates) == MOST_CANDIDATES
    large = [candidate(ref=f"r{n}", fields={"lyrics": "x" * 150_000}) for n in range(10)]
    assert len(checked_answer(large, KNOWN).candidates) == LARGEST // 150_100
    same = checked_answer([candidate(), candidate()], KNOWN)
    assert (len(same.candidates), same.complaint) == (1, "left out: 1 × with a ref that another has")
    assert [type(one) for one in checked_answer([object(), candidate()], KNOWN).candidates] == [Candidate]


def test_the_best_comes_first() -> None:
    found = checked_answer([candidate(score=0.2), candidate(ref="r2", score=0.8)], KNOWN)
    assert [one.ref for one in found.candidates] == ["r2", "r1"]
    reason = candidate(reasons=[Reason("title", None, "said by\nnobody")])
    assert checked_answer([reason], KNOWN).candidates[0].reasons == (Reason("title", None, "said by nobody"),)
