"""An artist as credits, enrichers and people describe it: whose word counts for each field. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mcma.domain.layerrules import PERSON, PLUGIN
from mcma.domain.precision import is_finer_date

DETAILS = ("disambiguation", "type", "begin", "end", "area", "links")
"""Kept in the document of an artist; `name`, `sort_name`, `mbid` and `artwork` have columns."""
ALIASES = "aliases"
"""Gathered from everybody, each kept with its origin."""
_DATES = frozenset({"begin", "end"})


class Said(NamedTuple):
    field: str
    origin: str
    """person, or plugin:<name of the enricher>."""
    value: Any


class Alias(NamedTuple):
    name: str
    sort_name: str | None = None
    locale: str | None = None
    primary: bool = False


def counting(said: Iterable[Said], order: Sequence[str] = ()) -> dict[str, Said]:
    """Field to what counts: a person's word, else that of the first enricher of `order`, others by name; of
    dates that agree the most precise one."""
    best: dict[str, Said] = {}
    for one in sorted(said, key=lambda each: _rank(each.origin, order)):
        if one.field not in best or _says_more(one, best[one.field]):
            best[one.field] = one
    return best


def _says_more(one: Said, best: Said) -> bool:
    return one.field in _DATES and best.origin != PERSON and is_finer_date(one.value, best.value)


def _rank(origin: str, order: Sequence[str]) -> tuple[int, str]:
    if origin == PERSON:
        return -1, ""
    name = origin.removeprefix(PLUGIN)
    return (order.index(name) if name in order else len(order)), name


def aliases_of(value: Any) -> list[Alias]:
    """Of a field value, where an alias is a text or a document; what is neither is passed over."""
    found = [_alias(one) for one in value] if isinstance(value, list) else []
    return list(dict.fromkeys(alias for alias in found if alias is not None))


def _alias(value: Any) -> Alias | None:
    doc: Mapping[str, Any] = {"name": value} if isinstance(value, str) else value
    if not isinstance(doc, dict) or not isinstance(name := doc.get("name"), str) or not name.strip():
        return None
    return Alias(name.strip(), doc.get("sort_name"), doc.get("locale"), doc.get("primary") is True)


def sort_name_for(name: str, credited_name: str, credited_sort: str) -> str:
    """A name that is laid over another one is sorted by itself, unless tags say how to sort the artist."""
    return name if credited_sort == credited_name else credited_sort
