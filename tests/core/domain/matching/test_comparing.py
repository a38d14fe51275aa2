"""Rules of comparing that hold for whatever is compared; the labelled pairs are beside this."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mcma.domain.matching import Band, Bands, Compared, Facts, Version, compare

_TEXT = st.text(max_size=60) | st.sampled_from(
    ["Intro", "Song (Live)", "A - B", "Pt. II", "Op. 5 No. 2", "夜に駆ける", "feat. X", "((((", "- - -", "『"]
)
_ARTISTS = st.lists(_TEXT, max_size=4).map(tuple)
_FACTS = st.builds(
    Facts, _TEXT, _ARTISTS, st.none() | _TEXT, st.none() | st.integers(-10, 2**70),
    st.none() | st.sampled_from(["USRC17607839", "GBAYE0601498"]), st.none() | st.text(max_size=36),
)  # fmt: skip
_RICH = st.builds(
    Facts, st.text("abcdefghij klmno", min_size=4, max_size=40).filter(lambda text: len(text.strip()) > 3),
    st.lists(st.text("pqrstuvwxyz", min_size=4, max_size=20), min_size=1, max_size=4).map(tuple),
    st.just("Some Album"), st.integers(10_000, 10_000_000),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_FACTS, _FACTS)
@example(Facts("(((", ("",)), Facts("[]", ("feat.",)))
@example(Facts("\ud800", ("\udfff",)), Facts("\0", ("\0",)))
def test_any_two_are_compared_alike_from_both_sides(one: Facts, other: Facts) -> None:
    there, back = compare(one, other), compare(other, one)
    assert 0.0 <= there.score <= 1.0
    assert there.score == back.score
    assert there.version is back.version


@settings(max_examples=80, deadline=None)
@given(_RICH)
def test_what_says_enough_is_itself(facts: Facts) -> None:
    assert compare(facts, facts).score == 1.0


@settings(max_examples=80, deadline=None)
@given(_RICH, st.randoms(use_true_random=False))
def test_the_order_of_artists_is_nothing(facts: Facts, shuffle: st.DataObject) -> None:
    mixed = list(facts.artists)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    other = Facts(facts.title, tuple(mixed), facts.album, facts.duration_ms)
    assert compare(facts, other) == compare(facts, facts)
    assert compare(Facts("Some Other Song", facts.artists), other) == compare(
        Facts("Some Other Song", other.artists), facts
    )


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "a - " * 50_000, "feat. " * 50_000, "x & y, " * 50_000, "「" * 100_000, "live " * 50_000,
     "IVIVXI" * 20_000, "a" * 200_000, "Op. 1 No. 2 " * 20_000, "é" * 200_000, "by " * 60_000,
     "夜" * 100_000, ("x" + " " * 150) * 900],
)  # fmt: skip
def test_hostile_texts_take_no_time(text: str) -> None:
    begun = time.process_time()
    assert compare(Facts(text, (text,) * 5, text), Facts(text + "x", (text + "y",), text + "z")).score >= 0
    assert time.process_time() - begun < 0.5


def test_a_title_that_many_have_needs_more_than_itself() -> None:
    alone = compare(Facts("Intro", ("The xx",)), Facts("Intro", ("The xx",)))
    assert Bands().verdict(alone.score) is Band.REVIEW
    assert (
        compare(Facts("Intro", ("The xx",), "xx", 127_000), Facts("Intro", ("The xx",), "xx", 128_000)).score
        == 1.0
    )


def test_ids_come_first() -> None:
    one = Facts("Hey Jude", ("Beatles",), isrc="GBAYE0601498")
    other = Facts("Hey Jude (Remastered 2015)", ("The Beatles",), "1", isrc="gbaye0601498")
    assert compare(one, other).score >= 0.98
    assert compare(one, Facts("Yesterday", ("The Beatles",), isrc="GBAYE0601498")).score < 0.7, (
        "a code may be wrong"
    )
    mbid = "89ad4ac3-39f7-470e-963a-56509c546377"
    assert (
        compare(Facts("?", (), recording_mbid=mbid), Facts("Hey Jude", (), recording_mbid=mbid)).score == 1.0
    )


def test_every_reason_names_a_field_and_tells() -> None:
    found: Compared = compare(
        Facts("Levels", ("Avicii",), "Levels", 200_000),
        Facts("Levels (Skrillex Remix)", ("Avicii",), "Levels", 280_000),
    )
    assert found.version is Version.OTHER
    assert {reason.field for reason in found.reasons} == {"title", "artist", "duration", "album", "version"}
    assert [reason.note for reason in found.reasons if reason.field == "version"] == [
        "remix on one side alone"
    ]


@pytest.mark.parametrize(
    ("score", "band"),
    [(1.0, "automatic"), (0.9, "automatic"), (0.899, "review"), (0.7, "review"), (0.699, "none"),
     (0.0, "none")],
)  # fmt: skip
def test_bands(score: float, band: str) -> None:
    assert Bands().verdict(score) == band
