"""What a person may say about a track, checked. The words are those of `TagFacts`."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from mcma.domain.errors import InvalidInput

LONGEST = 1000
LONGEST_COMMENT = 4000
MOST_VALUES = 50
LARGEST_NUMBER = 9999

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def _text(limit: int) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise _wrong(name, "a text")
        clean = value.strip()
        if not 0 < len(clean) <= limit or any(_hidden(char) for char in clean):
            raise _wrong(name, f"a text of 1 to {limit} visible characters")
        return clean

    return check


def _hidden(char: str) -> bool:
    return char == "\x7f" or (char < " " and char not in "\n\t") or "\ud800" <= char <= "\udfff"


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        raise _wrong(name, f"a list of at most {MOST_VALUES} texts")
    return [_text(LONGEST)(name, one) for one in value]


def _number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_NUMBER:
        raise _wrong(name, f"a whole number from 1 to {LARGEST_NUMBER}")
    return value


def _tempo(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1000:
        raise _wrong(name, "a number above 0 and below 1000")
    return float(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, "true or false")
    return value


def _date(name: str, value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _wrong(name, "a date such as 1997, 1997-06 or 1997-06-16")
    return value


def _mbid(name: str, value: Any) -> str:
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise _wrong(name, "a MusicBrainz id") from None


def _wrong(name: str, expected: str) -> InvalidInput:
    return InvalidInput(f"{name} must be {expected}.", code="invalid_field")


_line = _text(LONGEST)

FIELDS: Mapping[str, Callable[[str, Any], Any]] = {
    "title": _line,
    "sort_title": _line,
    "artists": _texts,
    "album": _line,
    "sort_album": _line,
    "album_version": _line,
    "album_artists": _texts,
    "track": _number,
    "track_total": _number,
    "disc": _number,
    "disc_total": _number,
    "disc_title": _line,
    "date": _date,
    "original_date": _date,
    "compilation": _flag,
    "genres": _texts,
    "moods": _texts,
    "labels": _texts,
    "bpm": _tempo,
    "comment": _text(LONGEST_COMMENT),
    "language": _line,
    "explicit": _flag,
    "recording_mbid": _mbid,
    "release_mbid": _mbid,
}
"""Field to what checks and cleans its value."""


def checked_edit(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values cleaned; None takes back what was said. Raises `InvalidInput` naming a wrong field."""
    unknown = values.keys() - FIELDS.keys()
    if unknown:
        raise InvalidInput(f"{min(unknown)} is no field that can be edited.", code="invalid_field")
    return {name: value if value is None else FIELDS[name](name, value) for name, value in values.items()}
