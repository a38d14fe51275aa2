"""What stands for something else in a scenario, and what an answer is held against.

`"$name"` and `"$name.0.id"` are what is known by that name; within a text, its text. `"@"` is the moment at
which the scenario began, `"@-90s"` one before it (ms, s, m, h, d). In what is expected, a table names the
fields that are looked at, a list stands for all its elements in order, and these stand for more than one
thing:

    "$any" not null   "$absent" not there   "$text"   "$count" a whole number   "$flag"   "$uuid"   "$time"
    {"$has" = [...]}  some element is so, for each   {"$lacks" = [...]}   {"$each" = ...}   {"$size" = 3}
    {"$near" = "@-1h"}  a time, give or take 1.5 s   {"$starts" = "events.3."}   {"$not" = ...}
    {"$least" = 1}   {"$one_of" = [...]}
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from mcma_client.clock import text_of
from mcma_client.conformance.errors import BadScenario

Names = Mapping[str, Any]
NEAR = timedelta(seconds=1.5)
_NAME = re.compile(r"\$([a-z_][a-z0-9_]*(?:\.[A-Za-z0-9_-]+)*)")
_TIME = re.compile(r"@(?:([+-])(\d+)(ms|s|m|h|d))?")
_UNITS = {"ms": timedelta(milliseconds=1), "s": timedelta(seconds=1), "m": timedelta(minutes=1),
          "h": timedelta(hours=1), "d": timedelta(days=1)}  # fmt: skip
_MISSING = object()


def filled(value: Any, names: Names) -> Any:
    """The same with what its names stand for. `BadScenario` for one that nothing is known by."""
    if isinstance(value, str):
        return _text(value, names)
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    if isinstance(value, dict):
        return {filled(key, names): filled(one, names) for key, one in value.items()}
    return value


def _text(text: str, names: Names) -> Any:
    if text in _KINDS or text in _OPERATORS or text == "$absent":
        return text
    if _TIME.fullmatch(text):
        return text_of(names["began"] + duration(text[1:]))
    if (whole := _NAME.fullmatch(text)) is not None:
        return found(whole[1], names)
    return _NAME.sub(lambda match: str(found(match[1], names)), text)


def duration(text: str) -> timedelta:
    """`+10m`, `-90s`; nothing is none."""
    match = _TIME.fullmatch(f"@{text}")
    if match is None:
        raise BadScenario(f"'{text}' is no duration: it looks like +10m")
    sign, count, unit = match.groups()
    return timedelta() if unit is None else int(f"{sign}{count}") * _UNITS[unit]


def longest_ago(value: Any) -> timedelta:
    """Of all moments that are named in it."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return max(map(longest_ago, inner), default=timedelta())
    if isinstance(value, str) and (match := _TIME.fullmatch(value)) is not None and match[1] == "-":
        return -duration(value[1:])
    return timedelta()


def found(path: str, within: Any) -> Any:
    for part in path.split("."):
        try:
            within = within[int(part) if isinstance(within, list) else part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise BadScenario(f"nothing is known by ${path} (at '{part}')") from None
    return within


def mismatch(wanted: Any, got: Any, where: str = "") -> str | None:
    """What is not as wanted, and where; None if all is."""
    if isinstance(wanted, dict):
        return _of_table(wanted, got, where)
    if isinstance(wanted, list):
        return _of_list(wanted, got, where)
    if wanted == "$absent":
        return None if got is _MISSING else f"{where} is there: {got!r}"
    if isinstance(wanted, str) and wanted in _KINDS:
        return None if _KINDS[wanted](got) else f"{where} is {_said(got)}, not {wanted}"
    same = type(wanted) is type(got) and wanted == got
    return None if same or _same_time(wanted, got) else f"{where} is {_said(got)}, not {wanted!r}"


def _same_time(wanted: Any, got: Any) -> bool:
    """The same moment may be written with more or fewer digits."""
    one, other = _moment(wanted), _moment(got)
    return one is not None and one == other


def _of_table(wanted: dict[str, Any], got: Any, where: str) -> str | None:
    if not wanted and not isinstance(got, Mapping):
        return f"{where} is {_said(got)}, not a table"
    for key, one in wanted.items():
        if key in _OPERATORS:
            said = _OPERATORS[key](one, got, where)
        elif not isinstance(got, Mapping):
            said = f"{where} is {_said(got)}, not a table"
        else:
            said = mismatch(one, got.get(key, _MISSING), f"{where}.{key}".lstrip("."))
        if said is not None:
            return said
    return None


def _of_list(wanted: list[Any], got: Any, where: str) -> str | None:
    if not isinstance(got, list):
        return f"{where} is {_said(got)}, not a list"
    if len(got) != len(wanted):
        return f"{where} has {len(got)} elements, not {len(wanted)}: {_said(got)}"
    all_said = (
        mismatch(one, other, f"{where}.{at}") for at, (one, other) in enumerate(zip(wanted, got, strict=True))
    )
    return next((said for said in all_said if said is not None), None)


def _said(got: Any) -> str:
    return "not there" if got is _MISSING else repr(got)[:1000]


def _moment(got: Any) -> datetime | None:
    """Of RFC 3339, in UTC, with `Z`."""
    if not isinstance(got, str) or not got.endswith("Z") or "T" not in got:
        return None
    try:
        return datetime.fromisoformat(got).astimezone(UTC)
    except ValueError:
        return None


def _is_uuid(got: Any) -> bool:
    try:
        return isinstance(got, str) and str(UUID(got)) == got
    except ValueError:
        return False


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "$any": lambda got: got is not None and got is not _MISSING,
    "$text": lambda got: isinstance(got, str) and got != "",
    "$count": lambda got: type(got) is int and got >= 0,
    "$flag": lambda got: isinstance(got, bool),
    "$uuid": _is_uuid,
    "$time": lambda got: _moment(got) is not None,
}


def _elements(got: Any) -> list[Any]:
    return list(got) if isinstance(got, list) else []


def _has(wanted: list[Any], got: Any, where: str) -> str | None:
    for one in wanted:
        if all(mismatch(one, other) is not None for other in _elements(got)):
            return f"{where} has nothing like {one!r}: {_said(got)}"
    return None


def _lacks(unwanted: list[Any], got: Any, where: str) -> str | None:
    for one in unwanted:
        for other in _elements(got):
            if mismatch(one, other) is None:
                return f"{where} has {_said(other)}, which it must not"
    return None


def _each(wanted: Any, got: Any, where: str) -> str | None:
    return _of_list([wanted] * len(_elements(got)), got, where)


def _size(wanted: int, got: Any, where: str) -> str | None:
    size = len(got) if isinstance(got, list | str | bytes) else -1
    return None if size == wanted else f"{where} has {size} elements, not {wanted}: {_said(got)}"


def _near(wanted: str, got: Any, where: str) -> str | None:
    one, other = _moment(wanted), _moment(got)
    if one is None:
        raise BadScenario(f"{wanted!r} is no time")
    if other is None or abs(one - other) > NEAR:
        return f"{where} is {_said(got)}, not about {wanted}"
    return None


def _starts(wanted: str, got: Any, where: str) -> str | None:
    starts = isinstance(got, str) and got.startswith(wanted)
    return None if starts else f"{where} is {_said(got)}, and does not begin with {wanted!r}"


def _not(unwanted: Any, got: Any, where: str) -> str | None:
    return None if mismatch(unwanted, got) is not None else f"{where} is {_said(got)}"


def _least(wanted: int, got: Any, where: str) -> str | None:
    enough = type(got) is int and got >= wanted
    return None if enough else f"{where} is {_said(got)}, not {wanted} or more"


def _one_of(wanted: list[Any], got: Any, where: str) -> str | None:
    fits = any(mismatch(one, got) is None for one in wanted)
    return None if fits else f"{where} is {_said(got)}, none of {wanted!r}"


_OPERATORS: Mapping[str, Callable[[Any, Any, str], str | None]] = {
    "$has": _has, "$lacks": _lacks, "$each": _each, "$size": _size, "$near": _near, "$starts": _starts,
    "$not": _not, "$least": _least, "$one_of": _one_of,
}  # fmt: skip
