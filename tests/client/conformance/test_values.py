"""What stands for something else, and what answers are held against."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mcma_client.conformance.errors import BadScenario
from mcma_client.conformance.values import duration, filled, longest_ago, mismatch

BEGAN = datetime(2026, 11, 26, 12, tzinfo=UTC)
NAMES = {"began": BEGAN, "tracks": ["a", "b"], "file": {"size": 7}, "null": None}
ID = "019353a0-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("$tracks.1", "b"),
        ("$file.size", 7),
        ("x/$tracks.0/$file.size", "x/a/7"),
        ("$null", None),
        ("@", "2026-11-26T12:00:00.000Z"),
        ("@-90m", "2026-11-26T10:30:00.000Z"),
        ("@+5ms", "2026-11-26T12:00:00.005Z"),
        ({"$tracks.0": ["$file.size"]}, {"a": [7]}),
        ({"$has": ["$any", "$absent"]}, {"$has": ["$any", "$absent"]}),
        ("user@example.org", "user@example.org"),
        (True, True),
    ],
)
def test_names_are_filled_in(written: Any, means: Any) -> None:
    assert filled(written, NAMES) == means


@pytest.mark.parametrize("written", ["$nobody", "$tracks.2", "$tracks.x", "$file.name", "$file.size.more"])
def test_unknown_names_are_mistakes(written: str) -> None:
    with pytest.raises(BadScenario, match="nothing is known by"):
        filled(written, NAMES)


def test_durations() -> None:
    assert duration("-2d") == timedelta(days=-2)
    assert longest_ago({"a": ["@-5s", "@+9d"], "b": {"c": "@-2m"}, "d": "x"}) == timedelta(minutes=2)
    with pytest.raises(BadScenario, match="looks like"):
        duration("10 minutes")


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({}, {"a": 1}),
        ([1, {"a": "$any"}], [1, {"a": 0}]),
        ("2026-11-26T12:00:00.000Z", "2026-11-26T12:00:00Z"),
        ({"a": "$absent"}, {}),
        ({"$has": [2]}, [1, 2]),
        ({"$lacks": [3]}, [1, 2]),
        ({"$each": {"a": "$count"}}, [{"a": 1}, {"a": 2}]),
        ({"$size": 2}, [1, 2]),
        ({"$near": "2026-11-26T12:00:00Z"}, "2026-11-26T12:00:01Z"),
        ({"$not": 1}, 2),
        ({"$least": 2}, 2),
        ({"$one_of": ["a", "b"]}, "b"),
        ({"$starts": "ab"}, "abc"),
        ("$uuid", ID),
        ("$flag", False),
        ("$text", "x"),
        ("$time", "2026-11-26T12:00:00.5Z"),
    ],
)
def test_what_fits(wanted: Any, got: Any) -> None:
    assert mismatch(wanted, got) is None


@pytest.mark.parametrize(
    ("wanted", "got", "said"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b is 2, not 1"),
        ({"a": 1}, {}, "a is not there, not 1"),
        ({"a": 1}, [], "not a table"),
        ({}, None, "not a table"),
        ([1], [1, 2], "has 2 elements, not 1"),
        ([], {}, "not a list"),
        ([{"a": 1}], [{"a": 2}], "0.a is 2"),
        (1, True, "is True, not 1"),
        (1, 1.0, "is 1.0, not 1"),
        (None, 0, "is 0, not None"),
        ({"a": "$absent"}, {"a": None}, "a is there: None"),
        ("$any", None, "is None, not"),
        ("$count", -1, "is -1"),
        ("$count", True, "is True"),
        ("$uuid", ID.upper().replace("0", "A"), "not \\$uuid"),
        ("$time", "2026-11-26T12:00:00", "not \\$time"),
        ("$time", "2026-11-26T12:00:00+00:00", "not \\$time"),
        ("$text", "", "not \\$text"),
        ({"$has": [3]}, [1, 2], "has nothing like 3"),
        ({"$has": [3]}, None, "has nothing like 3"),
        ({"$lacks": [2]}, [1, 2], "has 2, which it must not"),
        ({"$each": 1}, [1, 2], "is 2, not 1"),
        ({"$each": 1}, None, "not a list"),
        ({"$size": 1}, [1, 2], "not 1"),
        ({"$near": "2026-11-26T12:00:00Z"}, "2026-11-26T12:00:02Z", "not about"),
        ({"$near": "2026-11-26T12:00:00Z"}, None, "not about"),
        ({"$not": 1}, 1, "is 1"),
        ({"$least": 2}, 1, "not 2 or more"),
        ({"$one_of": ["a"]}, "b", "none of"),
        ({"$starts": "ab"}, "b", "does not begin"),
    ],
)
def test_what_does_not_fit(wanted: Any, got: Any, said: str) -> None:

    found = mismatch(wanted, got)
    assert found is not None
    assert re.search(said, found)
