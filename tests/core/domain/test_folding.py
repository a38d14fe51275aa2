"""Folding: what counts as one name, and what a search finds."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.folding import LONGEST_KEY, fold, query_words, search_words, sort_name, title_of


def finds(query: str, text: str) -> bool:
    """As both engines match: every word asked for begins a word of the row."""
    stored = search_words(text).split()
    asked = query_words(query)
    return bool(asked) and all(any(word.startswith(part) for word in stored) for part in asked)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("acdc", "AC/DC"), ("AC/DC", "AC/DC"), ("ac dc", "AC/DC"), ("ac-dc", "AC/DC"),
        ("dont", "Don't"), ("don't", "Dont"), ("don’t", "Don't"), ("ol", "ØL"), ("øl", "OL"),
        ("strasse", "Straße"), ("STRASSE", "straße"), ("straße", "Strasse"),
        ("pink", "P!nk"), ("p!nk", "Pink"), ("P!nk", "P!nk"), ("kesha", "Ke$ha"), ("Ke$ha", "Kesha"),
        ("Wham!", "Wham"), ("wham", "Wham!"), ("!!!", "!!!"), ("suicideboys", "$uicideboy$"),
        ("$uicideboy$", "Suicideboys"), ("asap", "A$AP Rocky"), ("rem", "R.E.M."), ("R.E.M.", "R.E.M."),
        ("光", "夜の光"), ("夜の", "夜の光"), ("の光", "夜の光"), ("guang", "夜の光"), ("사랑", "내 사랑"),
        ("kino", "Кино"), ("кино", "Кино"), ("Кино", "Kino"), ("bjork", "Björk"), ("björk", "Bjork"),
        ("sigur ros", "Sigur Rós"), ("Bj\u006f\u0308rk", "Björk"), ("blink182", "blink-182"),
        ("ＡＢＣ", "abc"), ("motor", "Motörhead"), ("beyonce", "BEYONCÉ"), ("¿quien", "quién"),
    ],
)  # fmt: skip
def test_a_search_finds(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"), [("光", "夜の闇"), ("acdx", "AC/DC"), ("inside", "side"), ("", "x"), ("...", "x")]
)
def test_a_search_does_not_find(query: str, text: str) -> None:
    assert not finds(query, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Don't Stop", "DONT  STOP"), ("Sigur Rós", "sigur ros"), ("Straße", "STRASSE"),
     ("Bj\u006f\u0308rk", "Björk"),
     ("AC/DC", "ac-dc"), ("ＡＢＣ", "abc"), ("КИНО", "кино"), (" x ", "X"), ("Łódź", "lodz")],
)  # fmt: skip
def test_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("李娜", "李纳"), ("!!!", "???"), ("Кино", "Kino"), ("P!nk", "Pink"), ("夜", "夜夜")]
)
def test_two_keys(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("name", "key"), [("AC/DC", "ac dc"), ("The  Beatles", "the beatles"), ("", ""), ("!!!", "!!!")]
)
def test_keys_look_like_this(name: str, key: str) -> None:
    assert fold(name) == key


def test_the_first_line_is_the_name_and_its_spellings_follow_a_tab() -> None:
    words = search_words("AC/DC Live", None, "", "Angus")
    assert words == "ac dc live\tacdc\nangus"
    assert title_of(words) == "ac dc live"


@pytest.mark.parametrize(
    ("name", "sorted_as"),
    [("The Beatles", "Beatles, The"), ("the the", "the, the"), ("The", "The"), ("Theatre", "Theatre"),
     ("Los Lobos", "Lobos, Los")],
)  # fmt: skip
def test_articles_move_to_the_end(name: str, sorted_as: str) -> None:
    assert sort_name(name) == sorted_as


@given(st.text())
def test_folding_is_stable_and_trimmed(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert folded == " ".join(folded.split())


@given(st.text())
def test_words_are_ascii_letters_and_digits(text: str) -> None:
    assert all(word.isascii() and word.isalnum() and word == word.lower() for word in query_words(text))
    assert all(word.isascii() and word.isalnum() for word in search_words(text).split())


@given(st.text())
def test_a_name_finds_itself(text: str) -> None:
    assert not query_words(text) or finds(text, text)


def test_a_name_costs_microseconds() -> None:
    names = [f"Sigur Rós & {n} Ænd" for n in range(2000)]
    started = time.process_time()
    for name in names:
        fold(name)
        search_words(name)
    per_name = (time.process_time() - started) / len(names)
    assert per_name < 100e-6


@pytest.mark.parametrize("letter", ["x", "é", "é!", "\U00020001", "x "])
def test_a_key_fits_an_index(letter: str) -> None:
    assert 200 < len(fold(letter * 2000)) <= LONGEST_KEY
    assert fold(letter * 2000) == fold(fold(letter * 2000))
