"""What values of single fields may be, whoever says them. The words are those of `TagFacts`.

Each check cleans its value, or raises `InvalidInput` naming the field.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from mcma.domain.errors import InvalidInput

Check = Callable[[str, Any], Any]

LONGEST = 1000
LONGEST_COMMENT = 4000
MOST_VALUES = 50
LARGEST_NUMBER = 9999

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)


def text(limit: int) -> Check:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise wrong(name, "a text")
        clean = value.strip()
        if not 0 < len(clean) <= limit or any(_hidden(char) for char in clean):
            raise wrong(name, f"a text of 1 to {limit} visible characters")
        return clean

    return check


def _hidden(char: str) -> bool:
    return char == "\x7f" or (char < " " and char not in "\n\t") or "\ud800" <= char <= "\udfff"


def texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        raise wrong(name, f"a list of at most {MOST_VALUES} texts")
    return [text(LONGEST)(name, one) for one in value]


def number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_NUMBER:
        raise wrong(name, f"a whole number from 1 to {LARGEST_NUMBER}")
    return value


def tempo(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1000:
        raise wrong(name, "a number above 0 and below 1000")
    return float(value)


def flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong(name, "true or false")
    return value


def date(name: str, value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise wrong(name, "a date such as 1997, 1997-06 or 1997-06-16")
    return value


def mbid(name: str, value: Any) -> str:
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise wrong(name, "a MusicBrainz id") from None


def wrong(name: str, expected: str) -> InvalidInput:
    return InvalidInput(f"{name} must be {expected}.", code="invalid_field")


line = text(LONGEST)
