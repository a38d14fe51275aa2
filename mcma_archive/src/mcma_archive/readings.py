"""What an archive's JSON says, whatever form it says it in: lists where a text is due, numbers as texts."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Final

LONGEST: Final = 500
"""Characters of a text; what is behind says nothing new."""
LONGEST_MS: Final = 7 * 86_400_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_TAGS: Final = re.compile(r"<[^<>]{0,200}>")
_CLOCK: Final = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-9]{1,2}(?:\.[0-9]+)?)", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]+)?", re.ASCII)
_YEAR: Final = re.compile(r"(?<![0-9])(1[0-9]{3}|20[0-9]{2})(?![0-9])", re.ASCII)
_NUMBER: Final = re.compile(r"\s*([0-9]{1,18})\s*(?:/\s*[0-9]*\s*)?", re.ASCII)
Fields = Mapping[str, object]


def fields_of(value: object) -> Fields:
    """An object; of anything else an empty one."""
    return value if isinstance(value, dict) else {}


def texts(value: object) -> Iterator[str]:
    """Each as one line without tags, those that say something."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str | int | float) and not isinstance(one, bool):
            plain = _TAGS.sub(" ", html.unescape(str(one)[: 4 * LONGEST]))
            line = " ".join(_CONTROL.sub(" ", plain).split())[:LONGEST].rstrip()
            if line:
                yield line


def text(value: object) -> str | None:
    return next(texts(value), None)


def names(value: object) -> tuple[str, ...]:
    """People: a list of them, or one text with semicolons between them."""
    found = (name.strip() for line in texts(value) for name in line.split(";"))
    return tuple(dict.fromkeys(name for name in found if name))[:50]


def number(value: object, most: int) -> int | None:
    """`3`, `"03"`, `"3/12"`; positive."""
    found = _NUMBER.fullmatch(text(value) or "")
    return int(found[1]) if found and 0 < int(found[1]) <= most else None


def duration_ms(value: object) -> int | None:
    """`205.4`, `"205.4"`, `"3:25"`, `"1:02:03"`."""
    said = (text(value) or "").strip()
    if clock := _CLOCK.fullmatch(said):
        seconds = int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    elif _SECONDS.fullmatch(said):
        seconds = float(said)
    else:
        return None
    return ms if 0 < (ms := round(seconds * 1000)) <= LONGEST_MS else None


def year(*values: object) -> int | None:
    """The first that there is in one of them: `"2003-05-01"`, `["2003"]`."""
    for value in values:
        for line in texts(value):
            if found := _YEAR.search(line):
                return int(found[1])
    return None


def is_true(value: object) -> bool:
    return (text(value) or "").lower() == "true" if not isinstance(value, bool) else value
