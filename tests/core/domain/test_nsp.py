"""Navidrome's smart playlists, read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain import nsp
from mcma.domain.errors import InvalidInput
from mcma.domain.smartrules import plain


def test_an_example_of_theirs() -> None:
    found = nsp.read(
        {
            "name": "Recently Played",
            "comment": "x",
            "all": [
                {"inTheLast": {"lastPlayed": 30}},
                {"isNot": {"loved": True}},
                {"inTheRange": {"originalYear": [1981, 1990]}},
                {
                    "any": [
                        {"gt": {"duration": 60}},
                        {"contains": {"genre": "rock"}},
                        {"before": {"dateAdded": "2024-05-31"}},
                    ]
                },
                {"notInPlaylist": {"id": "019353a0-0000-7000-8000-000000000004"}},
            ],
            "sort": "-rating,lastPlayed",
            "order": "desc",
            "limit": 25,
        }
    )
    assert (found.name, found.comment) == ("Recently Played", "x")
    rules = plain(found.rules)
    assert rules["all"][0] == {"field": "last_played", "op": "in_last", "value": 30}
    assert rules["all"][1] == {"field": "liked", "op": "is", "value": False}
    assert rules["all"][2] == {"field": "original_year", "op": "between", "value": [1981.0, 1990.0]}
    assert rules["all"][3]["any"][0] == {"field": "duration_ms", "op": "gt", "value": 60_000.0}
    assert rules["all"][4]["op"] == "is_not"
    assert (rules["sort"], rules["limit"]) == (["rating", "-last_played"], {"count": 25})


@pytest.mark.parametrize(
    "document",
    [
        5,
        {},
        {"all": 5},
        {"all": [{}]},
        {"all": [{"is": {"mood": "x"}}]},
        {"all": [{"sounds": {"title": "x"}}]},
        {"all": [{"is": {"title": "a", "album": "b"}}]},
        {"all": [{"after": {"lastplayed": "soon"}}]},
        {"all": [{"gt": {"title": "x"}}]},
        {"all": [], "sort": "nonsense"},
        {"all": [], "any": []},
        {"all": [{"inTheRange": {"duration": [1]}}]},
        {"all": [{"is": {"rating": None}}]},
    ],
)
def test_what_cannot_be_asked_is_named(document: Any) -> None:
    with pytest.raises(InvalidInput):
        nsp.read(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "is", "title", "year", "sort", "limit", "x"]), inner, max_size=3
        )
    ),
    max_leaves=10,
)


@given(JSON)
def test_anything_is_read_or_refused(document: Any) -> None:
    try:
        nsp.read(document)
    except InvalidInput as error:
        assert error.message
