"""Tags as a small JSON document and back: what a file said is kept beside the current values.

Lyrics are left out; they have a table of their own.
"""

from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any

from mcma.domain.facts import CreditFact, LabelFact, TagFacts

CREDITS = frozenset({"artists", "album_artists", "credits"})
LABELS = "label_info"
_LEFT_OUT = frozenset({"lyrics", "gain"})
_DEFAULTS = {f.name: f.default for f in fields(TagFacts) if f.default is not MISSING}
_KEPT = {name: default for name, default in _DEFAULTS.items() if name not in _LEFT_OUT}
_values = attrgetter(*_KEPT)


def to_doc(tags: TagFacts) -> dict[str, Any]:
    """Only what differs from "not said"."""
    said = zip(_KEPT.items(), _values(tags), strict=True)
    return {name: _packed(name, value) for (name, default), value in said if value != default}


def _packed(name: str, value: Any) -> Any:
    if name in CREDITS:
        return [[c.name, c.role, c.sort_name, c.mbid, c.detail] for c in value]
    return list(value) if isinstance(value, tuple) else value


def from_doc(doc: dict[str, Any] | None) -> TagFacts:
    values = {name: _unpacked(name, value) for name, value in (doc or {}).items() if name in _DEFAULTS}
    return TagFacts(**values)


def _unpacked(name: str, value: Any) -> Any:
    if name in CREDITS:
        return tuple(CreditFact(*entry) for entry in value)
    if name == LABELS:
        return tuple(LabelFact(*entry) for entry in value)
    return tuple(value) if isinstance(value, list) else value
