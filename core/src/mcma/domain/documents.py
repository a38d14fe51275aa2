"""Documents of clients that both databases keep, and that can be told again."""

import json
from collections.abc import Iterable
from typing import Any, Final

import orjson

LARGEST: Final = 16_384
"""Bytes."""
DEEPEST: Final = 100
"""Of values in values. What tells a document puts it into others, and JSON is written to a depth of 254."""


def kept(value: Any) -> Any:
    """The same value. Raises `ValueError` for one that cannot be kept."""
    try:
        json.dumps(value, allow_nan=False)  # orjson would write null for what is no number
        written = orjson.dumps(value)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("holds something that cannot be kept") from None
    if len(written) > LARGEST or b"\\u0000" in written.replace(b"\\\\", b""):
        raise ValueError(f"must have {LARGEST} bytes at most, and no character NUL")
    if _is_deeper_than(DEEPEST, value):
        raise ValueError(f"must not be nested more than {DEEPEST} deep")
    return value


def _is_deeper_than(most: int, value: Any) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [inner for one in level for inner in _inside(one)]
    return bool(level)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
