"""What counts of what tags, enrichers and people say."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.answers import ARTIST_CHECKS, CHECKS, checked_answer
from mcma.domain.artistfacts import Said, counting
from mcma.domain.credits import main_credits
from mcma.domain.facts import CreditFact, TagFacts
from mcma.domain.layering import ARTWORK, Layered, agrees, layered
from mcma.domain.layerrules import DEFAULT, DEFAULTS, LISTS, Layering, Rule, layering

FILE = TagFacts(title="file", artists=(CreditFact("Band", "artist"),), genres=("Rock",), date="1997",
                isrcs=("A",), disc=1, from_name=("disc",), original_date="1969-05-01", bpm=120.4,
                credits=(CreditFact("Ann", "composer"), CreditFact("Bob", "producer")))  # fmt: skip
A, B = "plugin:a", "plugin:b"


def counts(field: str, rule: str, **said: Any) -> tuple[Any, str]:
    """What counts of the field when these say it; `person`, `a` and `b`."""
    origins = {"a": A, "b": B, "person": "person"}
    found = layered(FILE, {origins[one]: {field: value} for one, value in said.items()}, layering([rule]))
    return found.value(field), found.origin(field)


@pytest.mark.parametrize(
    ("field", "rule", "said", "value", "origin"),
    [
        ("title", "title=prefer", {"a": "new"}, "new", A),
        ("title", "title=prefer", {"a": "file"}, "file", "tag"),
        ("title", "title=fill", {"a": "new"}, "file", "tag"),
        ("title", "title=off", {"a": "new"}, "file", "tag"),
        ("title", "title=fill", {"a": "new", "person": "mine"}, "mine", "person"),
        ("title", "title=prefer", {"a": "new", "person": "mine"}, "mine", "person"),
        ("title", "title=prefer", {"a": "file", "person": "file"}, "file", "person"),
        ("album", "album=fill", {"b": "two", "a": "one"}, "one", A),
        ("disc", "disc=fill", {"a": 2}, 2, A),  # the file's name is no word against it
        ("disc", "disc=fill", {"a": 1}, 1, A),  # and what was guessed right is no guess any more
        ("date", "date=fill", {"a": "1997-06-16"}, "1997-06-16", A),
        ("date", "date=fill", {"a": "1998-06-16"}, "1997", "tag"),
        ("date", "date=prefer", {"a": "1998"}, "1998", A),
        ("original_date", "original_date=prefer", {"a": "1969-05"}, "1969-05-01", "tag"),
        ("original_date", "original_date=prefer", {"a": "1969"}, "1969-05-01", "tag"),
        ("original_date", "original_date=prefer", {"a": "1969-06"}, "1969-06", A),
        ("original_date", "original_date=prefer", {"a": "1969", "b": "1969-05-02"}, "1969-05-02", B),
        ("original_date", "original_date=prefer", {"a": "1970", "b": "1969-05-01"}, "1970", A),
        ("original_date", "original_date=prefer", {"a": "1969", "person": "1969"}, "1969", "person"),
        ("date", "date=fill", {"a": "1997", "b": "1997-06-16"}, "1997-06-16", B),
        ("bpm", "bpm=prefer", {"a": 120.0}, 120.0, A),
        ("genres", "genres=fill", {"a": ["Jazz"]}, ["Rock"], "tag"),
        ("genres", "genres=prefer", {"a": ["Jazz"]}, ["Jazz"], A),
        ("genres", "genres=add", {"b": ["rock", "Soul"], "a": ["Jazz"]}, ["Rock", "Jazz", "Soul"], A),
        ("genres", "genres=add", {"a": ["ROCK"]}, ["Rock"], "tag"),
        ("compilation", "compilation=fill", {"a": True}, True, A),
    ],
)
def test_the_rules(field: str, rule: str, said: dict[str, Any], value: Any, origin: str) -> None:
    assert counts(field, rule, **said) == (value, origin)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("prefer", {("composer", "Cat"), ("producer", "Bob"), ("mixer", "Dan")}),
        ("fill", {("composer", "Ann"), ("producer", "Bob"), ("mixer", "Dan")}),
        ("add", {("composer", "Ann"), ("composer", "Cat"), ("producer", "Bob"), ("mixer", "Dan")}),
        ("off", {("composer", "Ann"), ("producer", "Bob")}),
    ],
)
def test_credits_are_ruled_by_role(rule: str, expected: set[tuple[str, str]]) -> None:
    said = [{"name": "Cat", "role": "composer"}, {"name": "Dan", "role": "mixer"}]
    found = layered(FILE, {A: {"credits": said}}, layering([f"credits={rule}"]))
    assert {(one.role, one.name) for one in found.tags.credits} == expected


MBID, OTHER = str(UUID(int=1)), str(UUID(int=2))
TAGGED = TagFacts(
    artists=(CreditFact("Ann", "artist", "Ann, A", MBID), CreditFact("Bob", "artist")),
    artist_display="Ann vs. Bob",
    credits=(CreditFact("Ann", "performer", detail="guitar", mbid=MBID),
             CreditFact("Ann", "performer", detail="vocals"), CreditFact("Cat", "composer", "Cat, C")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "people", "line", "origin"),
    [
        ([{"name": "Ann"}, {"name": "Bob"}], TAGGED.artists, "Ann vs. Bob", "tag"),
        ([{"name": "Ann"}, {"name": "Bob", "mbid": OTHER}],
         (TAGGED.artists[0], CreditFact("Bob", "artist", mbid=OTHER)), "Ann vs. Bob", A),
        ([{"name": "Ann", "join": " & "}, {"name": "Bob"}], TAGGED.artists, "Ann & Bob", A),
        ([{"name": "Ann", "mbid": OTHER}, {"name": "Bob"}],
         (CreditFact("Ann", "artist", mbid=OTHER), CreditFact("Bob", "artist")), "Ann vs. Bob", A),
        ([{"name": "Ann"}], TAGGED.artists[:1], None, A),
        ([{"name": "Bob"}, {"name": "Ann"}], TAGGED.artists[::-1], None, A),
    ],
)  # fmt: skip
def test_who_is_named_again_with_less_keeps_what_tags_know(
    said: list[dict[str, str]], people: tuple[CreditFact, ...], line: str | None, origin: str
) -> None:
    found = layered(TAGGED, {A: {"artists": said}})
    assert (found.tags.artists, found.tags.artist_display) == (people, line)
    assert found.origin("artists") == origin
    assert agrees(found, "artists", said)


def test_credits_that_say_less_keep_instruments_ids_and_sort_names() -> None:
    said = [{"name": "ann", "role": "performer"}, {"name": "Cat", "role": "composer", "mbid": MBID}]
    found = layered(TAGGED, {A: {"credits": said}})
    assert {(one.role, one.detail, one.mbid, one.sort_name) for one in found.tags.credits} == {
        ("performer", "guitar", MBID, None), ("performer", "vocals", None, None),
        ("composer", None, MBID, "Cat, C"),
    }  # fmt: skip
    assert agrees(found, "credits", said)


def test_of_dates_of_an_artist_the_most_precise_one_counts() -> None:
    said = [Said("begin", A, "1946"), Said("begin", B, "1946-09-05"), Said("end", A, "1991"),
            Said("end", B, "1992-01-01")]  # fmt: skip
    assert {name: one.value for name, one in counting(said).items()} == {
        "begin": "1946-09-05", "end": "1991",
    }  # fmt: skip
    assert counting([*said, Said("begin", "person", "1946")])["begin"].value == "1946"


def test_the_order_says_whose_word_counts() -> None:
    said = {A: {"title": "a"}, B: {"title": "b"}}
    assert layered(FILE, said, DEFAULT).tags.title == "a"
    assert layered(FILE, said, layering(order=["b"])).tags.title == "b"


def test_a_picture_of_the_file_stays() -> None:
    mine, theirs = UUID(int=1), UUID(int=2)
    said = {A: {"artwork": str(theirs)}}
    assert layered(FILE, said, artwork=mine).artwork == mine
    assert layered(FILE, said).artwork == theirs
    assert layered(FILE, said, layering(["artwork=prefer"]), mine).artwork == theirs


NAME = st.text(st.characters(codec="ascii", categories=("Lu", "Ll")), min_size=2, max_size=8).filter(
    lambda name: name not in {"vs", "feat", "with"}
)
"""A credit is kept as one line: who is called like the word before them cannot be told from it."""
JOIN = st.sampled_from([" & ", ", ", " feat. ", " vs. ", " / ", " with "])


@given(st.lists(st.tuples(NAME, JOIN), min_size=1, max_size=4, unique_by=lambda one: one[0].casefold()))
def test_credits_are_joined_by_the_words_that_were_said(people: list[tuple[str, str]]) -> None:
    last = len(people) - 1
    said = [{"name": name, "mbid": str(UUID(int=n)), "join": join if n < last else ""}
            for n, (name, join) in enumerate(people)]  # fmt: skip
    told = layered(FILE, {A: {"artists": said}})
    found, joins = main_credits(told.tags.artists, told.tags.artist_display)
    assert [one.name for one in found] == [name for name, _ in people]
    assert joins == [one["join"] for one in said]
    assert [{"join": "", **one} for one in told.value("artists")] == [{**one} for one in said]


VALUES = {
    "title": st.sampled_from(["x", "y"]),
    "genres": st.lists(st.sampled_from(["Rock", "rock", "Jazz"]), min_size=1, max_size=3),
    "date": st.sampled_from(["1997", "1997-01", "1998"]),
    "disc": st.integers(1, 3),
    "artists": st.just([{"name": "X"}]),
    "compilation": st.booleans(),
    "isrcs": st.lists(st.sampled_from(["A", "B"]), min_size=1, max_size=2),
}
SAID = st.dictionaries(st.sampled_from([A, B]), st.fixed_dictionaries({}, optional=VALUES))
RULES = st.fixed_dictionaries({name: st.sampled_from(list(Rule)) for name in VALUES}).map(
    lambda found: {
        name: Rule.FILL if rule is Rule.ADD and name not in LISTS else rule for name, rule in found.items()
    }
)


@given(SAID, RULES)
def test_of_any_words_somebodys_counts_and_nothing_is_made_up(
    said: dict[str, dict[str, Any]], rules: dict[str, Rule]
) -> None:
    found = layered(FILE, said, Layering({**DEFAULTS, **rules}))
    file = Layered(FILE)
    for name in VALUES:
        origin = found.origin(name)
        if origin.startswith("plugin:"):
            assert agrees(found, name, said[origin][name])
            assert rules[name] is not Rule.OFF
        else:
            assert found.value(name) == file.value(name)
    assert layered(found.tags, {}, Layering({**DEFAULTS, **rules})).tags == found.tags


@pytest.mark.parametrize(
    ("rules", "order", "words"),
    [
        (["genres"], [], "not of the form"),
        (["shoes=add"], [], "no field"),
        (["genres=mix"], [], "no rule"),
        (["title=add"], [], "no list"),
        (["genres=add", "genres=off"], [], "one rule"),
        ([], ["a", "a"], "one place"),
    ],
)
def test_wrong_settings_say_what_is_wrong(rules: list[str], order: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        layering(rules, order)


def test_every_field_has_a_rule_and_a_check() -> None:
    assert {*CHECKS, ARTWORK} == set(DEFAULTS)
    assert ARTWORK not in {**CHECKS, **ARTIST_CHECKS}, "pictures are looked at by core before they are laid"


HOSTILE: list[Any] = [
    None, True, 0, -1, 7, 10**30, float("nan"), 1.5, "", "x", "\0", "\ud800", "x" * 5000, "1997",
    "1997-13", "a\nb", str(UUID(int=7)), [], [[]], [{}],
    ["x"], ["x", 7], {"name": 1}, {"name": "x"}, [{"name": "x"}],
    [{"name": "x", "role": "composer", "join": " & "}], [{"name": "x", "mbid": "bad"}], [{"name": ["x"]}],
    {"plain": "la"}, {"plain": 7}, ("x", "y"), {1: 2},
]  # fmt: skip


@given(st.dictionaries(st.sampled_from([*CHECKS, "else"]), st.sampled_from(HOSTILE)))
def test_whatever_is_answered_is_no_exception(said: dict[str, Any]) -> None:
    found = checked_answer(said)
    assert found.values.keys().isdisjoint(found.wrong)
    assert checked_answer(found.values).values == found.values
    found.values.pop("lyrics", None)
    layered(FILE, {A: found.values})
