"""Navidrome's smart playlists (`.nsp`) as rules of ours. What has no equal here is refused by its name.

Source: Navidrome's documentation, "Smart Playlists": an object with `all` or `any` of
`{operator: {field: value}}`, `sort` (`+` and `-` before names, separated by commas), `order` and `limit`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from mcma.domain.errors import InvalidInput
from mcma.domain.smartrules import MOST_TRACKS, Rules, parsed

_FIELDS = {
    "title": "title", "album": "album", "artist": "artist", "albumartist": "album_artist", "genre": "genre",
    "comment": "comment", "recordlabel": "label", "codec": "codec", "year": "year", "tracknumber": "track",
    "discnumber": "disc", "size": "size", "duration": "duration_ms", "bitrate": "bit_rate_kbps",
    "samplerate": "sample_rate_hz", "bpm": "bpm", "dateadded": "added", "lastplayed": "last_played",
    "dateloved": "liked_at", "playcount": "plays", "rating": "rating", "loved": "liked",
    "compilation": "compilation", "originalyear": "original_year",
}  # fmt: skip
_OPERATORS = {
    "is": "is", "isnot": "is_not", "gt": "gt", "lt": "lt", "contains": "contains",
    "notcontains": "not_contains", "startswith": "starts_with", "intherange": "between", "before": "before",
    "after": "after", "inthelast": "in_last", "notinthelast": "not_in_last",
}  # fmt: skip
_SORTABLE = {"random": "random", **_FIELDS}
_DATES = ("added", "last_played", "liked_at")


class Imported(NamedTuple):
    name: str | None
    comment: str | None
    rules: Rules


def parsed_file(data: bytes) -> Imported:
    """As `read`, from the file's bytes."""
    try:
        return read(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("This is no .nsp playlist.", code="bad_rules") from error


def read(document: Any) -> Imported:
    """`InvalidInput` for what is no such playlist, or asks for what cannot be asked here."""
    if not isinstance(document, dict):
        raise InvalidInput("This is no .nsp playlist.", code="bad_rules")
    found: dict[str, Any] = {
        kind: [_part(one, 1) for one in _listed(document[kind])]
        for kind in ("all", "any")
        if kind in document
    }
    found["sort"] = _sorts(document)
    limit = document.get("limit")
    if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0:
        found["limit"] = {"count": min(limit, MOST_TRACKS)}
    return Imported(_text(document.get("name")), _text(document.get("comment")), parsed(found))


def _part(part: Any, depth: int) -> dict[str, Any]:
    if not isinstance(part, dict) or len(part) != 1 or depth > 20:
        raise InvalidInput("A rule of an .nsp playlist is one operator or one group.", code="bad_rules")
    [(operator, content)] = part.items()
    if operator in ("all", "any"):
        return {operator: [_part(one, depth + 1) for one in _listed(content)]}
    if not isinstance(content, dict) or len(content) != 1:
        raise InvalidInput(f"{str(operator)[:40]}: needs one field and its value.", code="bad_rules")
    [(name, value)] = content.items()
    return _rule(str(operator), str(name), value)


def _rule(operator: str, name: str, value: Any) -> dict[str, Any]:
    if operator.lower() in ("inplaylist", "notinplaylist") and name == "id":
        return {
            "field": "playlist",
            "op": "is" if operator.lower() == "inplaylist" else "is_not",
            "value": value,
        }
    field = _known(_FIELDS, name, "field")
    op = _known(_OPERATORS, operator, "operator")
    if field in _DATES and op in ("gt", "lt"):
        op = "after" if op == "gt" else "before"
    if field in ("liked", "compilation") and op == "is_not":
        op, value = "is", value is not True
    return {"field": field, "op": op, "value": _value(field, op, value)}


def _value(field: str, op: str, value: Any) -> Any:
    """Their lengths are seconds; their dates have no time."""
    if field == "duration_ms":
        return [_milliseconds(one) for one in value] if isinstance(value, list) else _milliseconds(value)
    if op in ("before", "after"):
        return _moment(value)
    return value


def _milliseconds(value: Any) -> Any:
    """What is no number is left for the rules to refuse."""
    return value * 1000 if isinstance(value, int | float) else value


def _moment(value: Any) -> str:
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        raise InvalidInput("A date is written like 2024-05-31.", code="bad_rules") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()


def _sorts(document: Mapping[str, Any]) -> list[str]:
    """`order` turns all of them round."""
    back = document.get("order") == "desc"
    said = document.get("sort")
    names = [one.strip() for one in said.split(",")] if isinstance(said, str) else []
    return [_sort(one, back) for one in names if one]


def _sort(name: str, back: bool) -> str:
    backwards = name.startswith("-") is not back
    key = _known(_SORTABLE, name.lstrip("+-"), "sort")
    return f"-{key}" if backwards and key != "random" else key


def _known(names: Mapping[str, str], said: str, what: str) -> str:
    found = names.get(said.lower())
    if found is None:
        raise InvalidInput(f"The {what} {said[:40]!r} is not known here.", code="bad_rules")
    return found


def _listed(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise InvalidInput("A group of an .nsp playlist is a list.", code="bad_rules")
    return value


def _text(value: Any) -> str | None:
    return value.replace("\0", "").strip()[:200] or None if isinstance(value, str) else None
