"""Numbers, dates, ids and gains as taggers write them, and as mcma stores them."""

import re

MAX_LENGTH = 64
"""Longer texts are no numbers; patterns with several runs of spaces would take forever on them."""

_NUMBER = re.compile(r"\s*(\d{1,6})\s*(?:(?:/|of|\\)\s*(\d{1,6}))?\s*$", re.IGNORECASE)
_DATE = re.compile(r"\s*(\d{4})(?:[-/.:]?(\d{1,2})(?:[-/.:]?(\d{1,2}))?)?(?:$|[T\s])")
_LAST_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4})\s*$")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DECIMAL = re.compile(r"\s*([+-]?\d{1,6}(?:[.,]\d{1,12})?)\s*(?:dB|LUFS)?\s*$", re.IGNORECASE)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def parse_number(text: str) -> tuple[int | None, int | None]:
    """ "3/12" is (3, 12); 0 means that it is not known; sides of a record ("A1") have no number."""
    found = _NUMBER.match(text[:MAX_LENGTH])
    if found is None:
        return None, None
    return int(found[1]) or None, int(found[2] or 0) or None


def parse_date(text: str) -> str | None:
    """ISO 8601 of the precision that makes sense; "1997-00-00" is 1997; None for nonsense."""
    text = text[:MAX_LENGTH]
    found = _DATE.match(text)
    if found is None:
        found = _LAST_YEAR.match(text)
        return _year(found[1]) if found else None
    year = _year(found[1])
    month, day = int(found[2] or 0), int(found[3] or 0)
    if year is None or not 1 <= month <= 12:
        return year
    if not 1 <= day <= _DAYS[month - 1]:
        return f"{year}-{month:02}"
    return f"{year}-{month:02}-{day:02}"


def parse_ids(values: list[str]) -> list[str]:
    """Every UUID in `values`, lower case; old taggers put several into one value."""
    return [found for value in values for found in _UUID.findall(value.lower())]


def parse_decimal(text: str, low: float, high: float) -> float | None:
    """A number such as "-6.54 dB" when it lies in [low, high]."""
    found = _DECIMAL.match(text[:MAX_LENGTH])
    value = float(found[1].replace(",", ".")) if found else None
    return value if value is not None and low <= value <= high else None


def parse_flag(text: str) -> bool:
    """What taggers write for yes."""
    return text.strip().lower() in ("1", "true", "yes")


def _year(text: str) -> str | None:
    return text if 1000 <= int(text) <= 2999 else None
