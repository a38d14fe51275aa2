"""What an archive says, in whatever form: one reading of it."""

import pytest

from mcma_archive.ids import is_track, read_track_id, track_id
from mcma_archive.readings import duration_ms, names, number, text, year


@pytest.mark.parametrize(("said", "read"), [
    ("Song", "Song"), (["Song", "Other"], "Song"), ([], None), (None, None), ("", None), ("  ", None),
    (5, "5"),
    ({"a": 1}, None), ([None, {"a": 1}, "Song"], "Song"), (True, None), ("a\nb\x00c", "a b c"),
    ("<b>Song</b> &amp; more", "Song & more"), ("x" * 900, "x" * 500), ("\ud800", None), (1.5, "1.5"),
])  # fmt: skip
def test_texts(said: object, read: str | None) -> None:
    assert text(said) == read


@pytest.mark.parametrize(("said", "read"), [
    ("Ann", ("Ann",)), (["Ann", "Bob", "Ann"], ("Ann", "Bob")), ("Ann; Bob;", ("Ann", "Bob")), (None, ()),
    (["Ann;Bob", 3], ("Ann", "Bob", "3")), ([str(one) for one in range(90)], tuple(map(str, range(50)))),
])  # fmt: skip
def test_names(said: object, read: tuple[str, ...]) -> None:
    assert names(said) == read


@pytest.mark.parametrize(("said", "read"), [
    ("205.4", 205_400), (205.4, 205_400), (205, 205_000), ("3:25", 205_000), ("03:26", 206_000),
    ("1:02:03", 3_723_000), ("0:02.5", 2_500), (["3:25"], 205_000), ("", None), (None, None), ("0", None),
    ("0.00", None), ("-5", None), ("1e9", None), ("nan", None), ("99999999", None), ("a:b", None),
    ("3:25 min", None), (float("nan"), None), (float("inf"), None), ("٣:25", None), (True, None),
    ("1:2:3:4", None),
])  # fmt: skip
def test_lengths(said: object, read: int | None) -> None:
    assert duration_ms(said) == read


@pytest.mark.parametrize(("said", "read"), [
    ("1", 1), ("01", 1), ("3/12", 3), ("3/", 3), (4, 4), (["5"], 5), ("0", None), ("-1", None), ("A1", None),
    ("1000000", None), (None, None), ("9" * 400, None), (1.5, None),
])  # fmt: skip
def test_numbers(said: object, read: int | None) -> None:
    assert number(said, 9_999) == read


@pytest.mark.parametrize(("said", "read"), [
    ("2003", 2003), ("2003-05-01", 2003), (["1971"], 1971), (1999, 1999), ("[1920?]", 1920),
    ("c. 1955", 1955),
    ("20031", None), ("", None), (None, None), ("3003", None),
])  # fmt: skip
def test_years(said: object, read: int | None) -> None:
    assert year(None, said) == read


@pytest.mark.parametrize(("file", "made"), [
    ("a.mp3", "x/a.mp3"), ("CD 1/01 – Ü.flac", "x/CD%201/01%20%E2%80%93%20%C3%9C.flac"),
    ("a%20b.mp3", "x/a%2520b.mp3"),
    ("a:b?c#d&e+f.mp3", "x/a%3Ab%3Fc%23d%26e%2Bf.mp3"), ("../a.mp3", None), ("a/../b.mp3", None),
    ("/a.mp3", None),
    ("a//b.mp3", None), ("./a.mp3", None), ("", None), ("a\nb.mp3", None), ("a\\b.mp3", None),
    ("a\x00.mp3", None),
    ("ü" * 100 + ".mp3", None), ("\ud800.mp3", None), ("..a.mp3", "x/..a.mp3"), ("-a.mp3", "x/-a.mp3"),
])  # fmt: skip
def test_ids_of_tracks(file: str, made: str | None) -> None:
    assert track_id("x", file) == made
    if made is not None:
        assert read_track_id(made) == ("x", file)


@pytest.mark.parametrize("text", [
    "x", "x/", "/a.mp3", "x/a b.mp3", "x/%61.mp3", "x/%c3%9c.mp3", "x/a%2Fb.mp3", "x/%2E%2E/a.mp3",
    "x/%FF.mp3",
    "-x/a.mp3", "x/%0A.mp3", "x y/a.mp3", "x/../a.mp3", "x/a:b.mp3",
])  # fmt: skip
def test_each_file_has_one_id(text: str) -> None:
    assert read_track_id(text) is None


def test_what_is_no_sound_is_no_track() -> None:
    assert is_track("x/a.FLAC")
    assert not any(map(is_track, ["x/a.jpg", "x/a", "x/a.mp3.exe", "x/mp3"]))
