"""The small parsers: dates, numbers, decimals, names, text, lyrics, formats."""

import pytest

from mcma.media._clean import clean_name, clean_names, clean_text
from mcma.media._filename import NameFacts, read_name
from mcma.media._names import common_name
from mcma.media._values import parse_date, parse_decimal, parse_ids, parse_number
from mcma.media.formats import content_type, suffix
from mcma.media.lyrics import decode_lyrics, parse_lyrics
from tests.support.audio import FORMATS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1997", "1997"),
        ("1997-06", "1997-06"),
        ("1997-06-16", "1997-06-16"),
        ("1997/06/16", "1997-06-16"),
        ("1997.6.1", "1997-06-01"),
        ("19970616", "1997-06-16"),
        ("1997-06-16T00:00:00", "1997-06-16"),
        ("1997-06-16T00:00:00Z", "1997-06-16"),
        (" 1997-06-16 12:00", "1997-06-16"),
        ("1997-00-00", "1997"),
        ("1997-13-01", "1997"),
        ("1997-02-31", "1997-02"),
        ("16.06.1997", "1997"),
        ("0000", None),
        ("97", None),
        ("unknown", None),
        ("", None),
        ("199706161", None),
    ],
)
def test_dates(text: str, expected: str | None) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", (3, None)),
        ("03", (3, None)),
        ("3/12", (3, 12)),
        (" 3 / 12 ", (3, 12)),
        ("3 of 12", (3, 12)),
        ("0/0", (None, None)),
        ("0/12", (None, 12)),
        ("A1", (None, None)),
        ("", (None, None)),
        ("-1", (None, None)),
        ("9" * 30, (None, None)),
    ],
)
def test_numbers(text: str, expected: tuple[int | None, int | None]) -> None:
    assert parse_number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-6.54 dB", -6.54),
        ("+1,5dB", 1.5),
        ("0.98", 0.98),
        ("nan", None),
        ("1e5", None),
        ("900", None),
        ("", None),
    ],
)
def test_decimals(text: str, expected: float | None) -> None:
    assert parse_decimal(text, -100, 100) == expected


def test_several_ids_in_one_value() -> None:
    one, two = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3", "1383dadf-2a4e-4d10-a46a-e9e041da8eb3"
    assert parse_ids([f"{one.upper()}/{two}", "no id"]) == [one, two]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \n b ", "a   b"),
        ("a\0b\x07", "ab"),
        ("a\ud800b", "ab"),
        ("\ufeffa", "a"),
        ("e\u0301\u200d\u05d0", "e\u0301\u200d\u05d0"),
        ("\u00a0a\u00a0", "a"),
        ("x" * 1_001, "x" * 1_000),
        ("\0", ""),
    ],
)
def test_clean_name(text: str, expected: str) -> None:
    assert clean_name(text) == expected


def test_clean_texts_and_lists() -> None:
    assert clean_text("a\r\nb\rc\0") == "a\nb\nc"
    assert clean_text("x" * 5_000) == "x" * 4_000
    assert clean_names([" a", "b", "a ", "\0"]) == ["a", "b"]


@pytest.mark.parametrize(
    "name", ["MusicBrainz Album Id", "MusicBrainz/Album Id", "MUSICBRAINZ_ALBUMID", "musicbrainz album id"]
)
def test_common_names(name: str) -> None:
    assert common_name(name) == "musicbrainz_albumid"


@pytest.mark.parametrize(
    ("text", "synced"),
    [
        ("[00:01.50]a", ((1_500, "a"),)),
        ("[0:01]a\n[01:02:5]b", ((1_000, "a"), (62_500, "b"))),
        ("[00:09.00][00:01.00]a\n[00:02.00]b", ((1_000, "a"), (2_000, "b"), (9_000, "a"))),
        ("[ar:X]\n[offset:+500]\n[00:01.00]a\n[00:00.10]b", ((0, "b"), (500, "a"))),
        ("[offset:-500]\n[00:01.00]a", ((1_500, "a"),)),
        ("[00:01.00]<00:01.00>a <00:01.50>b", ((1_000, "a b"),)),
        ("bad line\n[xx:yy]no\n[00:01.00]a", ((1_000, "a"),)),
        ("[-00:01.00]a\n[00:02.00] [00:03.00]\tb", ((0, "a"), (2_000, "b"), (3_000, "b"))),
        ("[ti:X]\n[by:Y]\n[length: 02:00]\n\n[00:01.00]a\nb", ((1_000, "a"),)),
        ("[00:01.00]", ()),
        ("[Chorus]\nplain", ()),
    ],
)
def test_lrc(text: str, synced: tuple[tuple[int, str], ...]) -> None:
    lyrics = parse_lyrics(text)
    assert (lyrics.synced if lyrics else ()) == synced


def test_words_with_a_time_among_them_stay_words() -> None:
    text = "one\n[12:30] call me\ntwo\nthree"
    lyrics = parse_lyrics(text)
    assert lyrics is not None
    assert (lyrics.plain, lyrics.synced) == (text, ())


def test_plain_lyrics() -> None:
    lyrics = parse_lyrics("one\r\n\r\ntwo\0", "ENG")
    assert lyrics is not None
    assert (lyrics.plain, lyrics.lang, lyrics.synced) == ("one\n\ntwo", "eng", ())
    assert parse_lyrics(" \n ") is None
    assert parse_lyrics("a", "XXX") == parse_lyrics("a", "\0\0\0")


def test_long_lyrics_are_capped() -> None:
    lyrics = parse_lyrics("\n".join("[00:01.00]x" for _ in range(50_000)))
    assert lyrics is not None
    assert 0 < len(lyrics.synced) <= 10_000


@pytest.mark.parametrize(
    "data", ["ä".encode(), "ä".encode("utf-8-sig"), "ä".encode("utf-16"), "ä".encode("cp1252")]
)
def test_encodings_of_lyric_files(data: bytes) -> None:
    assert decode_lyrics(data) == "ä"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/m/A/B/03 Song.mp3", NameFacts("Song", "A", "B", 3)),
        (b"/m/A/B/03. Song.mp3", NameFacts("Song", "A", "B", 3)),
        (b"/m/A/B/03 - Guest - Song.mp3", NameFacts("Song", "Guest", "B", 3)),
        (b"/m/A/(1999) B/2-03 Song.mp3", NameFacts("Song", "A", "B", 3, 2)),
        (b"/m/A/1999 - B/03_Song_two.mp3", NameFacts("Song two", "A", "B", 3)),
        (b"/m/A/B/CD 2/03 Song.mp3", NameFacts("Song", "A", "B", 3, 2)),
        (b"/m/A/1984/03 Song.mp3", NameFacts("Song", "A", "1984", 3)),
        (b"/m/A - Song.mp3", NameFacts("Song", "A")),
        (b"/m/x/y/Song.mp3", NameFacts("Song")),
        (b"/m/x/y/99 Problems.mp3", NameFacts("Problems", "x", "y", 99)),
        (b"/m/x/1979.mp3", NameFacts("1979")),
        (b"/m/03 Song.mp3", NameFacts("Song", track=3)),
        (b"/m/B/03 Song.mp3", NameFacts("Song", track=3)),
        (b"/m/caf\xe9.mp3", NameFacts("café")),
        (b"/m/.mp3", NameFacts(".mp3")),
    ],
)
def test_names(path: bytes, expected: NameFacts) -> None:
    assert read_name(path, b"/m") == expected


def test_names_without_a_root_use_the_last_two_folders() -> None:
    assert read_name(b"/home/me/A/B/03 Song.mp3") == NameFacts("Song", "A", "B", 3)


@pytest.mark.parametrize(
    ("container", "codec", "kind", "extension"),
    [
        ("mp3", "mp3", "audio/mpeg", "mp3"),
        ("mp4", "alac", "audio/mp4", "m4a"),
        ("ogg", "opus", "audio/ogg", "opus"),
        ("ogg", "vorbis", "audio/ogg", "ogg"),
        ("ogg", "flac", "audio/ogg", "oga"),
        ("flac", "flac", "audio/flac", "flac"),
        ("asf", "wma", "audio/x-ms-wma", "wma"),
        ("wavpack", "wavpack", "audio/x-wavpack", "wv"),
        ("odd", "odd", "application/octet-stream", "odd"),
    ],
)
def test_content_types(container: str, codec: str, kind: str, extension: str) -> None:
    assert content_type(container, codec) == kind
    assert suffix(container, codec) == extension


def test_all_formats_are_made() -> None:
    assert set(FORMATS) >= {
        "mp3",
        "flac",
        "ogg",
        "opus",
        "m4a",
        "alac",
        "wav",
        "aiff",
        "wv",
        "wma",
        "dsf",
        "ape",
    }
