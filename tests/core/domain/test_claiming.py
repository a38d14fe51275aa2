"""When a track is what somebody says, and when it is left open."""

import time
from uuid import UUID

import pytest

from mcma.domain.claim_paths import is_same, name_key, parts_of, tails
from mcma.domain.claiming import Ambiguous, Candidate, Said, choose, key_of


def track(
    number: int, title: str, *artists: str, album: str = "A", ms: int = 200_000, rec: int = 0
) -> Candidate:
    recording = UUID(int=rec) if rec else None
    return Candidate(UUID(int=number), title, ", ".join(artists), artists, album, ms, recording)


@pytest.mark.parametrize(
    ("said", "tracks", "chosen"),
    [
        (Said("Jóga", ("Björk",)), [track(1, "Joga", "Bjork")], 1),
        (Said("Joga", ("Bjork",)), [track(1, "Joga", "Somebody")], None),
        (Said("Joga", ()), [track(1, "Joga", "Bjork")], None),
        (Said("Joga", ("Bjork",), None, 203_000), [track(1, "Joga", "Bjork")], 1),
        (Said("Joga", ("Bjork",), None, 260_000), [track(1, "Joga", "Bjork")], None),
        (Said("Song (feat. B)", ("A",)), [track(1, "Song", "A", "B")], None),
        (Said("Song", ("A feat. B",)), [track(1, "Song", "A")], 1),
        (Said("Song", ("B", "A")), [track(1, "Song", "A", "B")], 1),
        (Said("Song", ("Simon and Garfunkel",)), [track(1, "Song", "Simon")], None),
        (Said("Song (Live)", ("A",)), [track(1, "Song", "A")], None),
        (Said("Song", ("A",), "B"), [track(1, "Song", "A"), track(2, "Song", "A", album="B")], 2),
        (Said("Song", ("A",), None, 201_000), [track(1, "Song", "A"), track(2, "Song", "A", ms=300_000)], 1),
        (Said("Song", ("A",)), [track(2, "Song", "A", rec=9), track(1, "Song", "A", album="B", rec=9)], 1),
    ],
)
def test_choosing(said: Said, tracks: list[Candidate], chosen: int | None) -> None:
    found = choose(said, tracks)
    assert (found and found.id.int) == chosen


@pytest.mark.parametrize("recordings", [(0, 0), (1, 2), (1, 0)])
def test_two_that_may_be_meant_are_none(recordings: tuple[int, int]) -> None:
    with pytest.raises(Ambiguous):
        choose(Said("Song", ("A",)), [track(n, "Song", "A", rec=rec) for n, rec in enumerate(recordings)])


def test_keys_are_equal_for_what_may_be_equal() -> None:
    assert key_of("Song (feat. B)", "A feat. B") == key_of("song", "A & C") == "a|song"
    assert key_of("", "A") == key_of("Song", "") == ""


@pytest.mark.parametrize(
    ("said", "place", "same"),
    [
        (b"/mnt/x/Artist/Album/01.flac", b"Artist/Album/01.flac", True),
        (b"/mnt/x/ARTIST/Album/01.FLAC", b"Artist/Album/01.flac", True),
        ("/x/Bjo\u0308rk/a.mp3".encode(), "Björk/a.mp3".encode(), True),
        (b"Album/01.flac", b"Artist/Album/01.flac", True),
        (b"01.flac", b"Artist/Album/01.flac", False),
        (b"/x/01.flac", b"01.flac", False),
        (b"01.flac", b"01.flac", True),
        (b"Other/Album/01.flac", b"Artist/Album/01.flac", False),
    ],
)
def test_paths_of_other_places(said: bytes, place: bytes, same: bool) -> None:
    assert is_same(said, place) is same


def test_parts_and_tails() -> None:
    assert parts_of(b"/a/./b/../c//d") == [b"a", b"c", b"d"]
    assert parts_of(b"../../x") == [b"x"]
    assert [b"/".join(one) for one in tails(b"/a/b/c")] == [b"a/b/c", b"b/c"]
    assert list(tails(b"c")) == [(b"", b"c")]
    assert list(tails(b"")) == []
    assert name_key(b"a/01 - J\xc3\xb3ga.flac") == "/01 joga"


def test_a_key_fits_an_index() -> None:
    letters = "\U00020001" * 500
    assert len(key_of(letters, letters).encode()) < 2700
    assert len(name_key(letters.encode() * 4).encode()) < 2700


def test_hundreds_of_spaces_take_no_time() -> None:
    begun = time.process_time()
    for number in range(300):
        assert key_of("Song" + " " * 480 + str(number), "Ann" + " " * 480 + "Ash") == f"ann ash|song {number}"
    assert time.process_time() - begun < 2
