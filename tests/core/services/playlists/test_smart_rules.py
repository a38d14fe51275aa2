"""Rules, compiled, against a naive reading of the same rules."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcma.domain.errors import InvalidInput
from mcma.domain.folding import fold
from mcma.domain.smartrules import DEEPEST, MOST_RULES, Group, Rules, members, parsed, plain
from mcma.services.playlists import smart
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from tests.support.smart import Library, smart_library

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> Library:
    return await smart_library(database)


# The naive reading -----------------------------------------------------------------------------------------


def passes(track: Mapping[str, Any], node: Any, now: datetime) -> bool:
    if isinstance(node, Group):
        every = [passes(track, one, now) for one in members(node)]
        return all(every) if node.all is not None else any(every)
    op: str = node.op
    if op == "is_set":
        return _is_set(track, node.field) is node.value
    for negative, positive in (("is_not", "is"), ("not_contains", "contains"), ("not_in_last", "in_last")):
        if op == negative:
            return not _holds(track, node.field, positive, node.value, now)
    return _holds(track, node.field, op, node.value, now)


NUMBERS = {"plays": "play_count"}
NUMERIC = (
    "year",
    "original_year",
    "plays",
    "rating",
    "duration_ms",
    "bit_rate_kbps",
    "size",
    "bpm",
    "disc",
    "track",
)
TEXTUAL = ("title", "artist", "album_artist", "album", "genre", "label", "codec", "status", "comment")
DATES = {"added": "created_at", "last_played": "last_played_at", "liked_at": "liked_at"}


def _is_set(track: Mapping[str, Any], field: str) -> bool:
    if field in ("artist", "album_artist", "genre", "label"):
        return bool(track[field])
    if field == "plays":
        return True
    if field in ("comment", "title"):
        return bool(track[field])
    names = {"album": "album_id", "status": "metadata_status", **DATES}
    return track[names.get(field, field)] is not None


def _holds(track: Mapping[str, Any], field: str, op: str, value: Any, now: datetime) -> bool:
    if field in DATES:
        at = track[DATES[field]]
        if at is None:
            return False
        tests: Mapping[str, Callable[[], bool]] = {
            "before": lambda: at < value,
            "after": lambda: at > value,
            "in_last": lambda: at >= now - timedelta(days=value),
        }
        return tests[op]()
    if field in ("liked", "lossless", "compilation", "explicit"):
        held = track["liked_at"] is not None if field == "liked" else bool(track[field])
        return held is value
    if field == "library":
        return bool(track["library_id"] == value)
    if field == "playlist":
        return False
    if field in (
        "year",
        "original_year",
        "plays",
        "rating",
        "duration_ms",
        "bit_rate_kbps",
        "size",
        "bpm",
        "disc",
        "track",
        "sample_rate_hz",
    ):
        return _number(track, field, op, value)
    return any(_text(one, op, value, field) for one in _texts(track, field))


def _number(track: Mapping[str, Any], field: str, op: str, value: Any) -> bool:
    held = track[NUMBERS.get(field, field)]
    if field in ("plays", "rating"):
        held = held or 0
    if held is None:
        return False
    if op == "between":
        return bool(min(value) <= held <= max(value))
    tests: Mapping[str, Callable[[], bool]] = {
        "is": lambda: held == value, "gt": lambda: held > value, "gte": lambda: held >= value,
        "lt": lambda: held < value, "lte": lambda: held <= value,
    }  # fmt: skip
    return tests[op]()


def _texts(track: Mapping[str, Any], field: str) -> list[str]:
    if field in ("artist", "album_artist", "genre", "label"):
        return list(track[field])
    held = {"title": track["sort_key"], "album": track["album"], "codec": track["codec"],
            "status": track["metadata_status"], "comment": track["comment"]}[field]  # fmt: skip
    return [] if held is None else [str(held)]


def _text(held: str, op: str, value: str, field: str) -> bool:
    wanted = value.lower() if field in ("codec", "status", "comment") else fold(value)
    if op == "is":
        return held == wanted
    return held.startswith(wanted) if op == "starts_with" else f" {wanted}" in f" {held}"


# Rules ------------------------------------------------------------------------------------------------------

TEXT_OPS = st.sampled_from(["is", "is_not", "contains", "not_contains", "starts_with"])
TEXTS = st.sampled_from(
    [
        "Jazz",
        "ROCK",
        "guest one",
        "Guest",
        "jo",
        "Pear",
        "ka",
        "lo",
        "mp3",
        "flac",
        "manual",
        "so",
        "so it is",
        "100%_",
        "'",
    ]
)
RULE = st.one_of(
    st.builds(
        lambda field, op, value: {"field": field, "op": op, "value": value},
        st.sampled_from(TEXTUAL),
        TEXT_OPS,
        TEXTS,
    ),
    st.builds(
        lambda field, op, value: {"field": field, "op": op, "value": value},
        st.sampled_from(NUMERIC),
        st.sampled_from(["is", "is_not", "gt", "gte", "lt", "lte"]),
        st.sampled_from([0, 1, 2, 4, 90, 120.5, 192, 900, 1990, 2001, 200_000, 8_000_000]),
    ),
    st.builds(
        lambda field, low, high: {"field": field, "op": "between", "value": [low, high]},
        st.sampled_from(["year", "plays", "rating"]),
        st.sampled_from([0, 1, 1990]),
        st.sampled_from([3, 1995, 2001]),
    ),
    st.builds(
        lambda field, op, days: {"field": field, "op": op, "value": days},
        st.sampled_from(["added", "last_played", "liked_at"]),
        st.sampled_from(["in_last", "not_in_last"]),
        st.sampled_from([3, 21, 365]),
    ),
    st.builds(
        lambda field, op: {"field": field, "op": op, "value": (utcnow() - timedelta(days=31)).isoformat()},
        st.sampled_from(["added", "last_played", "liked_at"]),
        st.sampled_from(["before", "after"]),
    ),
    st.builds(
        lambda field, value: {"field": field, "op": "is", "value": value},
        st.sampled_from(["liked", "lossless", "compilation", "explicit"]),
        st.booleans(),
    ),
    st.builds(
        lambda field, value: {"field": field, "op": "is_set", "value": value},
        st.sampled_from(
            [
                "title",
                "artist",
                "album",
                "genre",
                "label",
                "codec",
                "comment",
                "year",
                "rating",
                "bpm",
                "plays",
                "last_played",
                "liked_at",
                "added",
                "status",
                "album_artist",
            ]
        ),
        st.booleans(),
    ),
)
NODE = st.recursive(
    RULE,
    lambda inner: st.builds(
        lambda kind, parts: {kind: parts}, st.sampled_from(["all", "any"]), st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nodes=st.lists(NODE, max_size=3), kind=st.sampled_from(["all", "any"]))
async def test_like_a_naive_reading(
    database: Database, lib: Library, nodes: list[dict[str, Any]], kind: str
) -> None:
    rules = parsed({kind: nodes})
    found = await _held(database, lib, rules)
    wanted = {track["id"] for track in lib.tracks if passes(track, rules, utcnow())}
    assert set(found) == wanted
    assert len(found) == len(wanted)
    assert parsed(plain(rules)) == rules, "what is stored means the same"


async def _held(database: Database, lib: Library, rules: Rules) -> list[Any]:
    async with database.read() as connection:
        return list(await smart.held(connection, smart.asked_by(lib.user, rules)))


ALL: dict[str, Any] = {"all": []}
WRONG: list[Any] = [
    {},
    {"all": [], "any": []},
    {"all": [{}]},
    {"all": [{"field": "nonsense", "op": "is", "value": 1}]},
    {"all": [{"field": "title", "op": "gt", "value": "a"}]},
    {"all": [{"field": "title", "op": "is", "value": 5}]},
    {"all": [{"field": "title", "op": "is", "value": "a\0"}]},
    {"all": [{"field": "title", "op": "is", "value": " "}]},
    {"all": [{"field": "year", "op": "is", "value": "x"}]},
    {"all": [{"field": "year", "op": "is", "value": 1e300}]},
    {"all": [{"field": "year", "op": "between", "value": [1]}]},
    {"all": [{"field": "added", "op": "in_last", "value": 0}]},
    {"all": [{"field": "added", "op": "before", "value": "2020-01-01T00:00:00"}]},
    {"all": [{"field": "library", "op": "is", "value": "x"}]},
    {"all": [{"field": "liked", "op": "is", "value": "maybe"}]},
    {"all": [{"field": "title", "op": "is", "value": "x", "more": 1}]},
    {**ALL, "sort": ["nonsense"]},
    {**ALL, "limit": {"count": 0}},
    {**ALL, "limit": {"count": 10_001}},
    {**ALL, "seed": -1},
    {"all": 5},
    {"all": [5]},
    {"all": [{"field": ["x"], "op": "is", "value": 1}]},
    {"all": [{"field": "title", "op": "is_set", "value": "x y"}]},
]


@pytest.mark.parametrize("document", WRONG, ids=range(len(WRONG)))
def test_wrong_rules_are_named(document: Any) -> None:
    with pytest.raises(InvalidInput) as raised:
        parsed(document)
    assert raised.value.stable_code == "bad_rules"


def test_rules_are_small() -> None:
    rule = {"field": "year", "op": "is", "value": 1}
    assert len(members(parsed({"all": [rule] * MOST_RULES}))) == MOST_RULES
    deep: dict[str, Any] = {"all": [rule]}
    for _ in range(DEEPEST - 1):
        deep = {"any": [deep]}
    parsed(deep)
    for document in ({"any": [deep]}, {"all": [{"any": [rule] * 60}, {"any": [rule] * 60}]}):
        with pytest.raises(InvalidInput):
            parsed(document)
    for _ in range(5000):
        deep = {"any": [deep]}
    with pytest.raises(InvalidInput):
        parsed(deep)


def test_the_schema_says_what_is_taken() -> None:
    schema = Rules.model_json_schema()
    assert set(schema["properties"]) == {"all", "any", "sort", "limit", "seed"}
    assert {"TextRule", "NumberRule", "RecentRule", "FlagRule", "IdRule", "Group"} <= set(schema["$defs"])
