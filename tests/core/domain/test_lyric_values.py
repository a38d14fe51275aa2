"""The field `lyrics` as plugins give it, whatever it is; and which lyrics are shown."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.facts import LyricsFact
from mcma.domain.lrc import lrc
from mcma.domain.lyricranks import LyricRanks
from mcma.domain.lyricvalues import lyrics_fact
from mcma_plugins.lrc import MAX_LINES, MAX_LYRICS, document, read_lyrics
from mcma_plugins.values import Lyrics

ORIGIN = "plugin:words"


def said_by(fact: LyricsFact) -> dict[str, Any]:
    """As an enricher would."""
    return {"lang": fact.lang, "plain": fact.plain, "synced": fact.document or []}


def test_a_value_and_back() -> None:
    value = {
        "lang": "eng",
        "plain": "Hello\nyou",
        "synced": [[1000, "Hello", [[1000, "Hel", None], [1200, "lo", 1300]]], [2000, "you"]],
    }
    fact = lyrics_fact(value, ORIGIN)
    assert fact is not None and fact.source == ORIGIN
    assert said_by(fact) == value
    assert lyrics_fact({"lang": "zxx", "plain": None, "synced": []}, ORIGIN) is None


@pytest.mark.parametrize(
    ("value", "plain", "lang"),
    [
        ({"plain": "a\0b\x1b[31m\r\nc"}, "ab[31m\nc", "und"),
        ({"plain": "<script>alert(1)</script>", "lang": "EN"}, "<script>alert(1)</script>", "en"),
        ({"plain": "x", "lang": "english please"}, "x", "und"),
        ({"plain": "x", "lang": 7}, "x", "und"),
        ({"plain": None, "synced": [[5, "late"], [1, "early\nline"]]}, "early line\nlate", "und"),
        ({"plain": "x" * (MAX_LYRICS + 9)}, "x" * MAX_LYRICS, "und"),
    ],
)  # fmt: skip
def test_it_is_made_fit(value: dict[str, Any], plain: str, lang: str) -> None:
    fact = lyrics_fact(value, ORIGIN)
    assert fact is not None
    assert (fact.plain, fact.lang) == (plain, lang)


def test_whatever_lrc_says_is_a_value() -> None:
    words = read_lyrics("[offset:-9999999]\n[999:99.999]end\n[00:00]<00:00.10>a <00:00.20>b")
    assert words is not None
    fact = lyrics_fact({"plain": words.plain, "synced": document(words.synced)}, ORIGIN)
    assert fact is not None
    assert [text for _, text in fact.synced] == ["a b", "end"]


@pytest.mark.parametrize(
    "value",
    [
        None, "text", [], {"plain": 3}, {"plain": ["a"]}, {"synced": "abc"}, {"synced": [["0", "a"]]},
        {"synced": [[True, "a"]]}, {"synced": [[-1, "a"]]}, {"synced": [[1.5, "a"]]},
        {"synced": [[10**12, "a"]]},
        {"synced": [[1]]}, {"synced": [None]}, {"synced": [[1, None]]}, {"synced": {"1": "a"}},
    ],
)  # fmt: skip
def test_what_is_no_value(value: object) -> None:
    with pytest.raises(ValueError, match="lyrics"):
        lyrics_fact(value, ORIGIN)


def test_lines_are_counted() -> None:
    fact = lyrics_fact({"synced": [[1, "x"]] * (MAX_LINES + 5)}, ORIGIN)
    assert fact is not None and len(fact.synced) == MAX_LINES
    long = lyrics_fact({"synced": [[1, "x" * 1000]] * 500}, ORIGIN)
    assert long is not None and sum(len(words) for _, words in long.synced) == MAX_LYRICS


CUES = [
    [[1, "nowhere", None]], [[5, "b", None], [1, "a", None]], [[2, "a", 1]], [[1, "", None]], [[1, 2, 3]],
    [["1", "a", None]], [[1, "a"]], "abc", [None], 5, [[1, "a", 10**12]],
]  # fmt: skip


@pytest.mark.parametrize("cues", CUES)
def test_times_of_words_that_do_not_fit(cues: object) -> None:
    fact = lyrics_fact({"synced": [[1, "a b", cues]]}, ORIGIN)
    assert fact is not None and (fact.synced, fact.cues) == (((1, "a b"),), ())


LINES = st.lists(
    st.tuples(
        st.integers(0, 59_000_000), st.text(max_size=20),
        st.lists(st.tuples(st.integers(0, 9999), st.text(max_size=3), st.none() | st.integers(0, 9999))),
    ),
    max_size=5,
)  # fmt: skip


@given(LINES)
def test_any_value_can_be_written_as_a_file(said: list[Any]) -> None:
    fact = lyrics_fact({"synced": said}, ORIGIN)
    if fact is not None:
        assert lyrics_fact(said_by(fact), ORIGIN) == fact
        assert lrc(Lyrics("und", True, fact.synced, fact.cues), words=True).count("\n") == len(fact.synced)


class Row(NamedTuple):
    lang: str
    origin: str
    synced: list[Any] | None = None


TIMED: list[Any] = [[1, "a"]]
TAG, TAG_TIMED = Row("eng", "embedded"), Row("eng", "embedded", TIMED)
PLUGIN, TIMES = Row("und", "plugin:words"), Row("und", "plugin:words", TIMED)
OTHER = Row("und", "plugin:aaa")
PERSON, GERMAN = Row("und", "person"), Row("de", "person")


@pytest.mark.parametrize(
    ("rule", "kept", "shown"),
    [
        ("fill", [PLUGIN], [PLUGIN]),
        ("fill", [PLUGIN, TAG], [TAG]),
        ("fill", [TIMES, TAG], [TAG, TIMES]),
        ("fill", [TIMES, TAG_TIMED], [TAG_TIMED]),
        ("fill", [TIMES, PERSON], [PERSON]),
        ("fill", [TIMES, GERMAN, TAG], [GERMAN, TAG, TIMES]),
        ("fill", [Row("und", "embedded"), Row("und", "sidecar", TIMED)], [Row("und", "sidecar", TIMED)]),
        ("fill", [TAG, Row("de", "embedded")], [TAG, Row("de", "embedded")]),
        ("fill", [OTHER, PLUGIN], [PLUGIN]),
        ("prefer", [TAG, PLUGIN], [PLUGIN]),
        ("prefer", [TAG_TIMED, PLUGIN], [PLUGIN, TAG_TIMED]),
        ("prefer", [PLUGIN, PERSON], [PERSON]),
        ("off", [PLUGIN, TAG], [TAG]),
        ("off", [PLUGIN], []),
    ],
)
def test_which_are_shown(rule: str, kept: list[Row], shown: list[Row]) -> None:
    assert LyricRanks(rule, ("words",)).shown(kept) == shown
