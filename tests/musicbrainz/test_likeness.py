"""How alike names are: what is the same song, and what only looks like it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcma_musicbrainz.likeness import is_no_name, names_alike, people_alike, plain, title, titles_alike

SAME, OTHER = 0.84, 0.61


@pytest.mark.parametrize(("one", "other"), [
    ("Yesterday", "YESTERDAY"), ("Yesterday", "Yesterdy"), ("Help!", "Help"),
    ("Help!", "Help! - Remastered 2009"),
    ("Song (feat. Bob)", "Song"), ("Song feat. Bob & Ann", "Song"), ("Song ft. Bob", "Song"),
    ("Yesterday (Live at Home)", "Yesterday - Live"), ("Live and Let Die", "Live & Let Die"),
    ("Группа крови", "Gruppa krovi"), ("さくら", "Sakura"), ("Café del Mar", "Cafe Del Mar"),
    ("Blue (Da Ba Dee)", "Blue"),
    ("Don’t Stop", "Dont Stop"), ("Song [Foo Remix]", "Song (Foo Remix)"), ("Song (Radio Edit)", "Song"),
    ("The Night / The Day", "The Night, the Day"), ("Ⅳ", "IV"), ("２０１２", "2012"),
])  # fmt: skip
def test_the_same(one: str, other: str) -> None:
    assert titles_alike(one, other) >= SAME
    assert titles_alike(other, one) == titles_alike(one, other)


@pytest.mark.parametrize(("one", "other"), [
    ("Yesterday", "Yesterday (live)"), ("Song (Foo Remix)", "Song"), ("Song (Foo Remix)", "Song (Bar Remix)"),
    ("Song (acoustic)", "Song"), ("Song (instrumental)", "Song"), ("Song (demo)", "Song (live)"),
    ("One (Part 1)", "One (Part 2)"), ("Symphony No. 5", "Symphony No. 6"),
    ("Symphony No. 5: I", "Symphony No. 5: II"),
    ("Hello", "Goodbye"), ("!!!", "???"), ("Hello", ""), ("24", "42"),
])  # fmt: skip
def test_another(one: str, other: str) -> None:
    assert titles_alike(one, other) <= OTHER


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_has_a_likeness(one: str, other: str) -> None:
    assert 0 <= titles_alike(one, other) <= 1
    assert 0 <= names_alike(one, other) <= 1
    assert titles_alike(one, one) == 1
    assert title(one).whole == plain(title(one).whole)


@pytest.mark.parametrize(("text", "guessed", "said"), [
    ("Track 01", False, True), ("AudioTrack 12", False, True), ("Unknown Album", False, True),
    ("Titel 3", False, True),
    ("21", False, False), ("21", True, True), ("Music", False, False), ("Music", True, True),
    ("New Folder", True, True),
    ("1999 Hits", True, False), ("Track of Time", True, False), ("99 Luftballons", True, False),
    ("CD 2", True, True),
])  # fmt: skip
def test_what_programs_write_where_a_name_is_due(text: str, guessed: bool, said: bool) -> None:
    assert is_no_name(text, guessed) is said


@pytest.mark.parametrize(("known", "credited", "alike"), [
    (["Simon & Garfunkel"], [["Simon & Garfunkel"]], 1.0),
    (["Queen & David Bowie"], [["Queen"], ["David Bowie"]], 1.0),
    (["Bob", "Ann"], [["Ann"], ["Bob"]], 1.0), (["The Bobs"], [["Bobs"]], 1.0),
    (["Ash, Ann"], [["Ann Ash"]], 0.9),
    (["Tchaikovsky"], [["Чайковский", "Tchaikovsky"]], 1.0), (["Queen"], [["Queen"], ["David Bowie"]], 0.9),
])  # fmt: skip
def test_people(known: list[str], credited: list[list[str]], alike: float) -> None:
    assert people_alike(known, credited, " & ".join(names[0] for names in credited)) >= alike


def test_other_people() -> None:
    assert people_alike(["Ann Ash"], [["Bob Birch"]], "Bob Birch") < 0.3
