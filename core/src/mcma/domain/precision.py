"""Which of two values that agree says more. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mcma.domain.credits import joins_of, name_key
from mcma.domain.facts import CreditFact

MAIN = "artist"
"""The role of main credits, of which none is made two."""


def is_finer_date(one: str, other: str | None) -> bool:
    """Whether it is the other date, more precisely: "1997-06" of "1997"."""
    return other is not None and len(one) > len(other) and one.startswith(other)


def finest_date(said: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Of origins and dates the first one, or whoever says the same more precisely."""
    found = said[0]
    for one in said[1:]:
        if is_finer_date(one[1], found[1]):
            found = one
    return found


def refined(people: Iterable[CreditFact], known: Sequence[CreditFact]) -> tuple[CreditFact, ...]:
    """These credits, with what is `known` of the same ones and does not contradict them: a sort name, an id,
    an instrument."""
    found: list[CreditFact] = []
    for one in people:
        same = [_with(one, other) for other in known if _agree(one, other)]
        found += same if len(same) == 1 or (same and one.role != MAIN) else [one]
    return tuple(found)


def _agree(one: CreditFact, other: CreditFact) -> bool:
    if (one.role, name_key(one.name)) != (other.role, name_key(other.name)):
        return False
    pairs = ((one.mbid, other.mbid), (one.detail, other.detail))
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


def _with(one: CreditFact, other: CreditFact) -> CreditFact:
    return replace(
        one, sort_name=one.sort_name or other.sort_name, mbid=one.mbid or other.mbid,
        detail=one.detail or other.detail,
    )  # fmt: skip


def is_line_of(people: Sequence[CreditFact], line: str | None) -> bool:
    """Whether these people, and nobody else, are credited in the line."""
    joins = joins_of([one.name for one in people], line) if line else None
    return joins is not None and joins[-1:] == [""]
