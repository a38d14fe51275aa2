"""The part of Lucene's language that is spoken: fields with phrases, words or ranges, with AND or without."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar
from unicodedata import combining, normalize

_TERM = re.compile(
    r'(?P<field>[a-z]+):(?:"(?P<phrase>(?:\\.|[^"\\])*)"|\((?P<words>(?:\\.|[^()\\])*)\)'
    r"|\[(?P<least>[0-9]+) TO (?P<most>[0-9]+)\])"
)
T = TypeVar("T")
Fields = Mapping[str, Sequence[str | int]]


class Term(NamedTuple):
    field: str
    phrase: list[str] | None
    words: list[str] | None
    between: tuple[int, int] | None


@lru_cache(100_000)
def words(text: str) -> list[str]:
    plain = "".join(one for one in normalize("NFKD", text.casefold()) if not combining(one))
    return re.findall(r"\w+", plain)


def terms(query: str) -> list[Term]:
    found = [_term(one) for one in _TERM.finditer(query)]
    left = _TERM.sub("", query).replace(" AND ", " ").replace(" OR ", " ").strip()
    if left or not found:
        raise ValueError(f"the fake understands no {left!r}")
    return found


def _term(found: re.Match[str]) -> Term:
    between = (int(found["least"]), int(found["most"])) if found["least"] else None
    return Term(found["field"], _unescaped(found["phrase"]), _unescaped(found["words"]), between)


def _unescaped(text: str | None) -> list[str] | None:
    return None if text is None else words(re.sub(r"\\(.)", r"\1", text))


def search(query: str, things: Iterable[T], fields: Callable[[T], Fields]) -> list[tuple[int, T]]:
    """What all or, without AND, some of the terms are said of; the best first, with a score to 100."""
    asked = terms(query)
    found = [(score, one) for one in things if (score := _score(asked, fields(one), " AND " in query))]
    best = max((score for score, _ in found), default=1.0)
    scored = [(round(100 * score / best), one) for score, one in found]
    return sorted(scored, key=lambda pair: -pair[0])


def _score(asked: Sequence[Term], said: Fields, every: bool) -> float:
    scores = list(_scores(asked, said))
    return 0.0 if every and not all(scores) else sum(scores) / len(scores)


def _scores(asked: Sequence[Term], said: Fields) -> Iterator[float]:
    for term in asked:
        yield max((_fits(term, one) for one in said.get(term.field, ())), default=0.0)


def _fits(term: Term, value: str | int) -> float:
    if term.between is not None:
        return float(term.between[0] <= int(value) <= term.between[1])
    theirs = words(str(value))
    if term.phrase is not None:
        size = len(term.phrase)
        inside = any(theirs[at : at + size] == term.phrase for at in range(len(theirs) - size + 1))
        return size / len(theirs) * 0.5 + 0.5 if inside and size else 0.0
    asked = set(term.words or ())
    return len(asked & set(theirs)) / max(len(asked), len(set(theirs)), 1)
