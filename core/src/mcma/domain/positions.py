"""Places in a playlist as text: between two there is always another, compared by code point.

A position is a fraction in base 62 without trailing zeros. Appending counts on in fixed steps, so that a long
playlist made song by song keeps short positions; only insertions at one spot make them longer.
"""

from collections.abc import Iterator

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUE = {digit: value for value, digit in enumerate(_DIGITS)}
_BASE = len(_DIGITS)
_WIDTH = 6
_STEP = _BASE**2
_LIMIT = _BASE**_WIDTH
LONGEST = 40
"""Characters of a position that is kept; where it would take more, positions are made anew."""


def between(a: str | None, b: str | None) -> str:
    """A position after `a` and before `b`; None is the end on that side.

    `ValueError` when there is no room: the two are equal or the wrong way round, or were not made here.
    """
    _check(a)
    _check(b)
    if a is not None and b is not None:
        if a >= b:
            raise ValueError("no room between these positions")
        return _middle(a, b)
    if a is not None:
        return _stepped(a, _STEP) or _middle(a, None)
    if b is not None:
        return _stepped(b, -_STEP) or _middle("", b)
    return _text(_LIMIT // 2)


def spread(count: int, after: str | None = None) -> list[str]:
    """`count` positions in order, all after `after`."""
    return list(_following(count, after))


def spaced(count: int, after: str | None, before: str | None) -> list[str]:
    """`count` positions in order between two, evenly, so that they stay short. `ValueError` as `between`."""
    if before is None:
        return spread(count, after)
    if after is None:
        made = []
        for _ in range(count):
            before = between(None, before)
            made.append(before)
        return made[::-1]
    return list(_halved(count, after, before))


def is_position(text: str) -> bool:
    try:
        _check(text)
    except ValueError:
        return False
    return True


def _halved(count: int, after: str, before: str) -> Iterator[str]:
    if count:
        middle = between(after, before)
        first = count // 2
        yield from _halved(first, after, middle)
        yield middle
        yield from _halved(count - 1 - first, middle, before)


def _following(count: int, after: str | None) -> Iterator[str]:
    last = after
    for _ in range(count):
        last = between(last, None)
        yield last


def _check(position: str | None) -> None:
    if position is not None and (
        not position or position[-1] == "0" or any(digit not in _VALUE for digit in position)
    ):
        raise ValueError("not a position")


def _stepped(position: str, step: int) -> str | None:
    """The first digits counted on; None at either end of the range."""
    number = _number(position[:_WIDTH].ljust(_WIDTH, "0")) + step
    return _text(number) if 0 < number < _LIMIT else None


def _number(text: str) -> int:
    number = 0
    for digit in text:
        number = number * _BASE + _VALUE[digit]
    return number


def _text(number: int) -> str:
    digits = []
    for _ in range(_WIDTH):
        number, rest = divmod(number, _BASE)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits)).rstrip("0")


def _middle(a: str, b: str | None) -> str:
    """The shortest fraction near the middle of the first digit in which they differ."""
    made = []
    for at in range(len(a) + (len(b) if b else 0) + 1):
        low = _VALUE[a[at]] if at < len(a) else 0
        high = _VALUE[b[at]] if b is not None and at < len(b) else _BASE
        if low == high:
            made.append(_DIGITS[low])
            continue
        if high - low > 1:
            return "".join((*made, _DIGITS[(low + high) // 2]))
        if b is not None and at + 1 < len(b):
            return "".join((*made, _DIGITS[high]))
        made.append(_DIGITS[low])
        b = None
    raise AssertionError("unreachable: valid positions always leave room")
