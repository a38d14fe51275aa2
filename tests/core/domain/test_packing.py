"""Names in archives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.filing import twin_key
from mcma.domain.packing import Names, Piece, album_names, list_names


def piece(title: str = "Song", album: str | None = "First", disc: int | None = None, track: int | None = 1,
          suffix: str = "flac", artist: str = "Ann") -> Piece:  # fmt: skip
    return Piece(title, artist, album, disc, track, suffix)


@pytest.mark.parametrize(
    ("pieces", "names"),
    [
        ([piece(), piece("Other", track=2)], ["F/01 Song.flac", "F/02 Other.flac"]),
        ([piece(disc=1), piece(disc=2)], ["F/1-01 Song.flac", "F/2-01 Song.flac"]),
        ([piece(), piece()], ["F/01 Song.flac", "F/01 Song (2).flac"]),
        (
            [piece("a"), piece("A"), piece("a", suffix="mp3")],
            ["F/01 a.flac", "F/01 A (2).flac", "F/01 a.mp3"],
        ),
        ([piece(track=None), piece("")], ["F/Song.flac", "F/01 Untitled.flac"]),
        ([piece("../../etc/passwd")], ["F/01 .._.._etc_passwd.flac"]),
        ([piece("A" * 500)], [f"F/01 {'A' * 117}.flac"]),
        ([piece("Ä", suffix="")], ["F/01 Ä"]),
    ],
)
def test_of_an_album(pieces: list[Piece], names: list[str]) -> None:
    assert album_names("F", pieces, Names(), by_album=False) == names


def test_of_an_artist() -> None:
    found = album_names("Ann", [piece(), piece(album="Second/3"), piece(album=None)], Names(), by_album=True)
    assert found == ["Ann/First/01 Song.flac", "Ann/Second_3/01 Song.flac", "Ann/Song/01 Song.flac"]


def test_of_a_list() -> None:
    assert list_names("Mix", [piece(), piece(artist="Bob")], Names()) == [
        "Mix/01 Ann - Song.flac", "Mix/02 Bob - Song.flac",
    ]  # fmt: skip
    assert list_names("Mix", [piece()] * 100, Names())[99] == "Mix/100 Ann - Song.flac"


TEXT = st.text(st.characters(codec=None), max_size=40)


@given(st.lists(st.builds(Piece, TEXT, TEXT, st.none() | TEXT, st.none() | st.integers(0, 3),
                          st.none() | st.integers(0, 3), TEXT), max_size=8))  # fmt: skip
def test_whatever_they_are_called_names_are_safe_and_come_once(pieces: list[Piece]) -> None:
    for found in (album_names("F", pieces, Names(), by_album=True), list_names("F", pieces, Names())):
        assert len({twin_key(name) for name in found}) == len(pieces)
        for name in found:
            assert all(part not in ("", ".", "..") for part in name.split("/"))
            assert not set(name) & set('\\:*?"<>|\0\n')
            assert max(len(part.encode()) for part in name.split("/")) <= 150
