"""How much two titles are one."""

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from mcma.domain.matching.names import is_latin, spelt
from mcma.domain.matching.titles import Title

_ARTICLES = frozenset(("the", "a", "an", "el", "la", "le", "der", "die", "das", "les", "los"))


class Alike(NamedTuple):
    score: float | None
    """None: the scripts differ and spelling does not help."""
    note: str
    mine: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    """The words that only one of them has."""


def against(one: Title, other: Title) -> Alike:
    if one.key == other.key:
        return Alike(1.0, "the same title")
    if one.others or other.others:
        mine, theirs = {one.key, one.bare} | one.others, {other.key, other.bare} | other.others
        if mine & theirs:
            return Alike(0.97, "one of the titles beside each other is the same")
    if spelt(one.key) == spelt(other.key) and spelt(one.key):
        same = is_latin(one.key) == is_latin(other.key)
        return Alike(0.98 if same else 0.95, "the title is written otherwise")
    return _apart(one, other)


def _apart(one: Title, other: Title) -> Alike:
    left, right = _without(one.words, other.words), _without(other.words, one.words)
    if not left and not right:
        return Alike(0.93, "the same words in another order")
    score, note = _left_over(one, other, left, right)
    return Alike(score, note, left, right)


def _without(words: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(words)) == len(words):
        return tuple(word for word in words if word not in others)
    return tuple((Counter(words) - Counter(others)).elements())


def _left_over(
    one: Title, other: Title, left: tuple[str, ...], right: tuple[str, ...]
) -> tuple[float | None, str]:
    if _ARTICLES.issuperset(left) and _ARTICLES.issuperset(right):
        return 0.96, "the same title but for an article"
    if one.bare == other.bare or one.bare == other.key or one.key == other.bare:
        return (0.92 if not (left and right) else 0.7), "the same title without what is in brackets"
    if left and right:
        return _slips(one, other, left, right)
    shared = sum(map(len, one.words)) - sum(map(len, left))
    part = shared / max(1, sum(map(len, one.words)), sum(map(len, other.words)))
    return min(0.82, part), "the one title is part of the other"


def _slips(
    one: Title, other: Title, left: tuple[str, ...], right: tuple[str, ...]
) -> tuple[float | None, str]:
    alike = _ratio(one.bare, other.bare)
    if is_latin(one.bare) != is_latin(other.bare):
        return (
            (0.9, "the title is spelt in another script")
            if alike >= 0.85
            else (None, "the titles are written in different scripts")
        )
    if _umlauts(one.bare) == _umlauts(other.bare):
        return 0.95, "the title is written otherwise"
    if len(left) == len(right) and len(left) <= 2 and all(map(_slip, sorted(left), sorted(right))):
        return 0.91, "the title is written a little otherwise"
    if alike >= 0.93 and _joined(left, right):
        return 0.95, "the title is parted otherwise"
    return round(max(0.0, min(0.68, (alike - 0.4) * 1.2)), 3), "another title"


def _umlauts(key: str) -> str:
    """Written in one way: `für` as `fuer`."""
    return spelt(key).replace("ue", "u").replace("oe", "o").replace("ae", "a")


def _joined(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    return spelt(" ".join(left)) == spelt(" ".join(right))


@lru_cache(8192)
def _slip(one: str, other: str) -> bool:
    """Whether one word may be the other with a slip of the pen: not for short words, numbers or signs."""
    if not (one.isalpha() and other.isalpha() and is_latin(one) and is_latin(other)):
        return False
    shorter = min(len(one), len(other))
    apart = Indel.distance(one, other, score_cutoff=3)
    if one + "s" == other or other + "s" == one:
        return False
    return (shorter >= 5 and apart <= 2 and one[0] == other[0]) or (shorter >= 9 and apart <= 3)


@lru_cache(32768)
def _ratio(one: str, other: str) -> float:
    one, other = sorted((spelt(one), spelt(other)))
    return fuzz.ratio(one, other) / 100
