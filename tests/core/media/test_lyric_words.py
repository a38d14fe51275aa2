"""Times of words: enhanced LRC, and syllables in ID3."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen import id3

from mcma.domain.lrc import lrc
from mcma.media.lyrics import parse_lyrics
from mcma_plugins.values import Lyrics, LyricsCue
from tests.core.media.test_read_file import read, write_id3

Cue = tuple[int, str, int | None]


@pytest.mark.parametrize(
    ("line", "words", "cues"),
    [
        ("<00:01.00>One <00:01.50>two", "One two", [(1000, "One", None), (1500, "two", None)]),
        ("<00:01.20>Hel<00:01.50>lo <00:02.00>world", "Hello world",
         [(1200, "Hel", None), (1500, "lo", None), (2000, "world", None)]),
        ("<00:01.00> I've <00:01.40>   <00:01.50> been <00:01.90>", "I've been",
         [(1000, "I've", 1400), (1500, "been", 1900)]),
        ("Oh <00:01.50>my", "Oh my", [(1000, "Oh", None), (1500, "my", None)]),
        ("<00:01.00>눈<00:01.30>을 <00:01.60>뜬", "눈을 뜬",
         [(1000, "눈", None), (1300, "을", None), (1600, "뜬", None)]),
        ("<00:01.00>two\twords  here <00:02.00>end", "two words here end",
         [(1000, "two words here", None), (2000, "end", None)]),
        ("<00:03.00>out <00:01.00>of order", "out of order", []),
        ("no <b>stamps</b> <1:2", "no <b>stamps</b> <1:2", []),
        ("<00:01.00><00:02.00>", "", []),
    ],
)  # fmt: skip
def test_enhanced_lrc(line: str, words: str, cues: list[Cue]) -> None:
    found = parse_lyrics(f"[00:01.00]{line}\n[00:09.00]last")
    assert found is not None
    assert found.synced == ((1000, words), (9000, "last"))
    assert [tuple(cue) for cue in (found.cues[0] if found.cues else ())] == cues


def test_offsets_and_repeated_lines_move_words_too() -> None:
    found = parse_lyrics(
        "[offset:+500]\n[00:02.00][00:10.00]<00:02.00>la <00:02.50>la<00:03.00>\n[00:05.00]plain"
    )
    assert found is not None
    assert found.synced == ((1500, "la la"), (4500, "plain"), (9500, "la la"))
    assert found.cues == (
        (LyricsCue(1500, "la"), LyricsCue(2000, "la", 2500)), (),
        (LyricsCue(9500, "la"), LyricsCue(10_000, "la", 10_500)),
    )  # fmt: skip
    assert found.document == [
        [1500, "la la", [[1500, "la", None], [2000, "la", 2500]]], [4500, "plain"],
        [9500, "la la", [[9500, "la", None], [10_000, "la", 10_500]]],
    ]  # fmt: skip


def test_it_can_be_written_again() -> None:
    text = "[00:01.00]<00:01.00>Hel<00:01.50>lo <00:02.00>world<00:02.40>\n[00:03.00]plain\n"
    found = parse_lyrics(text)
    assert found is not None
    made = Lyrics("und", True, found.synced, found.cues)
    assert lrc(made, words=True) == text
    assert lrc(made) == "[00:01.00]Hello world\n[00:03.00]plain\n"


@given(st.text(alphabet="<>[]:.0123 ab\u3000\t", max_size=200))
def test_cues_stand_in_their_line_whatever_the_text(text: str) -> None:
    found = parse_lyrics(f"[00:01.00]<00:01.00>{text}")
    for (_, words), cues in zip(found.synced, found.cues, strict=True) if found and found.cues else ():
        begin = 0
        for cue in cues:
            assert cue.text
            begin = words.index(cue.text, begin) + len(cue.text)


def test_syllables_of_a_frame(tmp_path: Path) -> None:
    sung = [
        ("Strang", 1000),
        ("ers", 1300),
        (" in", 1600),
        ("\nEx", 3000),
        ("chang", 3300),
        ("\nalone", 5000),
    ]
    sylt = id3.SYLT(encoding=1, lang="eng", format=2, type=1, desc="", text=sung)  # type: ignore[no-untyped-call]
    [found] = read(write_id3(tmp_path / "x.mp3", sylt)).tags.lyrics
    assert found.synced == ((1000, "Strangers in"), (3000, "Exchang"), (5000, "alone"))
    assert [[cue.text for cue in each] for each in found.cues] == [
        ["Strang", "ers", "in"],
        ["Ex", "chang"],
        [],
    ]
