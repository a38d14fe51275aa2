"""Places of rows in a playlist, as text: between two there is always another.

A position is a fraction in base 62 (`0-9A-Za-z`, in the order of their bytes) without zeros at its end, of at
most `LONGEST` characters. Appending counts on in steps, so that positions stay short; only insertions at one
spot make them longer.
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LONGEST = 40
_BASE = len(DIGITS)
_WIDTH = 6
_STEP = _BASE**2


class NoRoom(ValueError):
    """The two are equal or the wrong way round, or the position would be too long: make all of them anew."""


def between(after: str | None, before: str | None) -> str:
    """None is the end on that side."""
    if after is None and before is None:
        return DIGITS[_BASE // 2]
    if before is None and (made := _counted_on(after or "")):
        return made
    if after is not None and before is not None and after >= before:
        raise NoRoom("no room between these positions")
    return _middle(after or "", before)


def appended(count: int, after: str | None) -> list[str]:
    """So many in order, all after the last."""
    made: list[str] = []
    for _ in range(count):
        after = between(after, None)
        made.append(after)
    return made


def _counted_on(position: str) -> str:
    """Nothing where the digits have run out."""
    number = 0
    for digit in position[:_WIDTH].ljust(_WIDTH, "0"):
        number = number * _BASE + DIGITS.index(digit)
    number += _STEP
    digits = [DIGITS[number // _BASE**place % _BASE] for place in reversed(range(_WIDTH))]
    return "".join(digits).rstrip("0") if number < _BASE**_WIDTH else ""


def _middle(after: str, before: str | None) -> str:
    made = ""
    for at in range(LONGEST):
        low = DIGITS.index(after[at]) if at < len(after) else 0
        high = DIGITS.index(before[at]) if before is not None and at < len(before) else _BASE
        if high - low > 1:
            return made + DIGITS[(low + high) // 2]
        made += DIGITS[low]
        if low < high:
            before = None  # whatever goes on after this digit is smaller
    raise NoRoom("the position would be too long")
