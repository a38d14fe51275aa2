"""Answers of the wrong shape, size or kind: what is not as it should be is left out, and nothing breaks."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcma.domain.answers import ARTIST_CHECKS, checked_answer
from mcma_musicbrainz import editions, fields, library, reading
from mcma_musicbrainz.names import Naming
from mcma_musicbrainz.values import VARIOUS_ARTISTS
from mcma_plugins import RetryLater
from tests.support import musicbrainz_xml as xml
from tests.support.musicbrainz_world import mbid

NAMES = (
    "id title name sort-name artist artist-credit joinphrase release-group medium-list track-list "
    "data-track-list pregap recording length position alias-list alias genre-list count label-info- "
    "list label catalog-number date country barcode life-span begin end area isrc-list artist- "
    "relation-list work-relation-list work type attribute-list text-representation cover-art-archive "
    "front secondary-type-list first-release-date url-relation-list target "
)
IDS = st.sampled_from([mbid(1), mbid(2), VARIOUS_ARTISTS, "x"])
TEXTS = st.one_of(
    IDS, st.text(max_size=8), st.sampled_from(["1999-02", "7", "-1", "123456", "a" * 5000, "true"])
)


def documents() -> st.SearchStrategy[Any]:
    names = st.sampled_from(NAMES.split())

    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=6))

    return st.recursive(st.one_of(TEXTS, st.none()), nested, max_leaves=20)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=st.dictionaries(st.sampled_from(NAMES.split()), documents(), max_size=12))
def test_any_document_is_read(document: dict[str, Any]) -> None:
    whole = {**document, "id": mbid(1), "title": "Title", "name": "Name"}
    release = editions.release(whole)
    assert release is not None
    said = fields.of_release(release, Naming(("en",)))
    assert said["release_mbid"] == mbid(1)
    told = [said, *(fields.of_track(one, release, Naming()) for one in release.tracks)]
    assert [wrong for one in told if (wrong := checked_answer(one).wrong)] == []
    assert all(len(one.title) <= reading.LONGEST for one in release.tracks)
    assert editions.with_releases(whole) is not None
    artist = reading.artist(whole)
    assert artist is not None
    assert Naming().about(artist)["name"] == "Name"
    assert not checked_answer(Naming().about(artist), ARTIST_CHECKS).wrong


@pytest.mark.parametrize(("said", "read"), [
    ("1999-05-01", "1999-05-01"), ("1999-05", "1999-05"), ("1999", "1999"),
    ("1999-??-05", "1999"), ("1999-13", "1999"),
    ("0000", None), ("??", None), ("", None), (None, None), (1999, None),
])  # fmt: skip
def test_dates(said: object, read: str | None) -> None:
    assert reading.date(said) == read


@pytest.mark.parametrize(("said", "read"), [
    ("123000", 123000), ("-5", 0), ("1e9", 0), ("9" * 40, 0), ("", 0), (None, 0), ("999999999", 0),
])  # fmt: skip
def test_lengths(said: object, read: int) -> None:
    assert reading.length(said) == read


@pytest.mark.parametrize(("said", "read"), [
    (mbid(1).upper(), mbid(1)), (mbid(1).replace("-", ""), None), ("x" * 36, None), ("", None), (None, None),
])  # fmt: skip
def test_ids(said: object, read: str | None) -> None:
    assert reading.mbid(said) == read


def test_texts_are_one_line_without_control_characters() -> None:
    assert reading.text(" a\x00b\n\u2028c\ud800 ") == "a b c"
    assert reading.text("x" * 9000) == "x" * reading.LONGEST
    assert reading.text("\x07") is None


@pytest.mark.parametrize(("said", "read"), [
    (" feat. ", " feat. "), ("\u3000feat.\u3000", " feat. "), ("\u00a0&\u00a0", " & "),
    ("\u200b, \x00", ",  "), ("・", "・"), ("x" * 99, "x" * 50), (7, ""),
])  # fmt: skip
def test_what_joins_people_is_printed_with_plain_blanks(said: object, read: str) -> None:
    """Else core would leave out the whole credit."""
    assert reading.joining(said) == read
    assert reading.joining(said).isprintable()


def test_there_are_no_more_people_and_codes_than_core_takes() -> None:
    people = [{"artist": {"id": mbid(one), "name": f"Singer {one}"}} for one in range(300)]
    codes = [f"GBXYZ01{one:05}" for one in range(90)]
    said = {"id": mbid(1), "title": "All Together", "artist-credit": people, "isrc-list": codes}
    found = reading.recording(said)
    assert found is not None
    told = fields.of_recording(found, Naming())
    assert not checked_answer(told).wrong
    assert (len(told["artists"]), len(told["isrcs"])) == (200, 50)


def test_genres_are_those_that_many_agree_on() -> None:
    said = [
        {"name": "rock", "count": "10"},
        {"name": "mine", "count": "1"},
        {"name": "bad", "count": "-3"},
        {"name": "pop", "count": "4"},
    ]
    assert fields.genres(reading.genres(said)) == ["rock", "pop"]


@pytest.mark.parametrize("content", [
    b"", b"<", b"<html/>", b"<metadata/>", xml.fault("Not Found"),
    b'<!doctype a><metadata/>', b"\xff", b"\x00" * 9,
    xml.document(""), xml.document('<isrc-list><isrc/></isrc-list>')[:-3],
    xml.document('<recording id="x"><isrc-list count="many"><isrc/></isrc-list></recording>'),
])  # fmt: skip
def test_what_is_no_answer(content: bytes) -> None:
    with pytest.raises(RetryLater) as caught:
        library.read(content)
    assert caught.value.stable_code == "bad_answer"


def test_nobody_elses_library_is_touched() -> None:
    """Another plugin may use musicbrainzngs as it comes."""
    import musicbrainzngs

    assert musicbrainzngs.musicbrainz.do_rate_limit is True
    assert musicbrainzngs.musicbrainz._useragent == ""
    assert "genres" not in musicbrainzngs.musicbrainz.VALID_INCLUDES["release"]
