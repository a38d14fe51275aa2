"""A track as everybody describes it: tags, then enrichers by the rule of each field, then people. Pure.

Nothing is lost by laying one over the other: what lies below is still there, and shows again when what lies
above it goes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from mcma.domain import tagdocs
from mcma.domain.credits import joins_of, name_key
from mcma.domain.facts import CreditFact, LabelFact, TagFacts
from mcma.domain.layerrules import DEFAULT, FILE_NAME, LISTS, PERSON, TAG, Layering, Rule
from mcma.domain.precision import finest_date, is_finer_date, is_line_of, refined

Said = Mapping[str, Mapping[str, Any]]
"""Origin (person, plugin:<name>) to field to value, as `field_values` has them."""

ARTWORK, LYRICS = "artwork", "lyrics"
_DISPLAYS = {"artists": "artist_display", "album_artists": "album_artist_display"}
_DATES = frozenset({"date", "original_date"})
_UNSAID = TagFacts()


@dataclass(frozen=True, slots=True)
class Layered:
    """What counts."""

    tags: TagFacts
    artwork: UUID | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    """Field to origin, for fields that do not come from a tag as they are."""

    def origin(self, name: str) -> str:
        if name in self.origins:
            return self.origins[name]
        return FILE_NAME if name in self.tags.from_name else TAG

    def value(self, name: str) -> Any:
        """As JSON, the way people and enrichers say it; None where nobody says anything."""
        if name == ARTWORK:
            return None if self.artwork is None else str(self.artwork)
        found = getattr(self.tags, name)
        if found == getattr(_UNSAID, name):
            return None
        if name in tagdocs.CREDITS:
            return _documents(found, getattr(self.tags, _DISPLAYS[name]) if name in _DISPLAYS else None)
        if name == tagdocs.LABELS:
            return [{key: value for key, value in one._asdict().items() if value} for one in found]
        return list(found) if isinstance(found, tuple) else found


def layered(
    tags: TagFacts, said: Said | None, layering: Layering = DEFAULT, artwork: UUID | None = None
) -> Layered:
    """`artwork`: the picture of the file itself."""
    if not said:
        return Layered(tags, artwork)
    told = _Telling(tags, artwork, layering)
    told.hear_plugins(said)
    told.hear_person(said.get(PERSON, {}))
    return told.made()


class _Telling:
    def __init__(self, tags: TagFacts, artwork: UUID | None, layering: Layering) -> None:
        self._tags, self._artwork, self._layering = tags, artwork, layering
        self._changes: dict[str, Any] = {}
        self._origins: dict[str, str] = {}

    def made(self) -> Layered:
        guessed = tuple(name for name in self._tags.from_name if name not in self._origins)
        if self._changes or guessed != self._tags.from_name:
            tags = replace(self._tags, **self._changes, from_name=guessed)
        else:
            tags = self._tags
        return Layered(tags, self._artwork, self._origins)

    def hear_plugins(self, said: Said) -> None:
        rules = self._layering.rules
        for name, values in self._voices(said).items():
            rule = rules.get(name, Rule.OFF)
            if rule is not Rule.OFF:
                self._hear(name, rule, values)

    def _voices(self, said: Said) -> Mapping[str, Sequence[tuple[str, Any]]]:
        origins = self._layering.ranked(said)
        if len(origins) == 1:
            [origin] = origins
            return {name: ((origin, value),) for name, value in said[origin].items()}
        voices: dict[str, list[tuple[str, Any]]] = {}
        for origin in origins:
            for name, value in said[origin].items():
                voices.setdefault(name, []).append((origin, value))
        return voices

    def _hear(self, field: str, rule: Rule, values: Sequence[tuple[str, Any]]) -> None:
        if field == LYRICS:
            return
        if field == ARTWORK:
            self._picture(rule, *values[0])
        elif field == "credits":
            self._add(field, values, _BY_ROLE[rule])
        elif rule is Rule.ADD:
            self._add(field, values, _and_names)
        else:
            self._replace(field, rule, *(finest_date(values) if field in _DATES else values[0]))

    def _replace(self, field: str, rule: Rule, origin: str, value: Any) -> None:
        ours, theirs = getattr(self._tags, field), _fact(field, value)
        guessed = field in self._tags.from_name
        if rule is Rule.FILL and not (guessed or _fills(field, ours, theirs)):
            return
        if field in _DATES and ours is not None and is_finer_date(ours, theirs):
            return
        if field in _DISPLAYS and not guessed:
            theirs = refined(theirs, ours)
        if guessed or theirs != ours or self._reads_otherwise(field, value):
            self._set(field, value, theirs, origin)

    def _reads_otherwise(self, field: str, value: Any) -> bool:
        return field in _DISPLAYS and getattr(self._tags, _DISPLAYS[field]) != self._line(field, value)

    def _line(self, field: str, value: Any) -> str | None:
        """The credit in one line: the tags' own one where it is of the same people, and nothing is said of
        what stands between them."""
        ours, said = getattr(self._tags, _DISPLAYS[field]), _display(field, value)
        return ours if said is None and is_line_of(_fact(field, value), ours) else said

    def _add(
        self, field: str, values: Sequence[tuple[str, Any]], join: Callable[[Any, Any], tuple[Any, ...]]
    ) -> None:
        """The one that counts most is heard last by what stands in place of another, first by what is added:
        either way its word is the one that stands."""
        ours: tuple[Any, ...] = () if field in self._tags.from_name else getattr(self._tags, field)
        found = ours
        for origin, value in values if join is not _in_place else reversed(values):
            joined = join(found, _fact(field, value))
            if joined != found:
                self._origins.setdefault(field, origin)
                if join is _in_place:
                    self._origins[field] = origin
            found = joined
        if found != getattr(self._tags, field):
            self._changes[field] = found
        else:
            self._origins.pop(field, None)

    def _picture(self, rule: Rule, origin: str, value: Any) -> None:
        if rule is Rule.PREFER or self._artwork is None:
            self._artwork, self._origins[ARTWORK] = UUID(value), origin

    def hear_person(self, said: Mapping[str, Any]) -> None:
        for name, value in said.items():
            if hasattr(_UNSAID, name):
                self._set(name, value, _fact(name, value), PERSON)

    def _set(self, field: str, value: Any, fact: Any, origin: str) -> None:
        self._changes[field] = fact
        self._origins[field] = origin
        if field in _DISPLAYS:
            mine = origin == PERSON
            self._changes[_DISPLAYS[field]] = _display(field, value) if mine else self._line(field, value)


def agrees(what: Layered, field: str, value: Any) -> bool:
    """Whether it says of the field what was said, or more."""
    if field == ARTWORK:
        return bool(str(what.artwork) == value)
    ours, theirs = getattr(what.tags, field), _fact(field, value)
    if field == "credits":
        return {_same(one) for one in refined(theirs, ours)} <= {_same(one) for one in ours}
    if field in LISTS:
        return bool(_and_names(ours, theirs) == ours)
    if field in _DISPLAYS:
        theirs = refined(theirs, ours)
    return bool(ours == theirs or (field in _DATES and ours and is_finer_date(ours, theirs)))


def _documents(people: Sequence[CreditFact], display: str | None) -> list[dict[str, str]]:
    joins: Sequence[str | None] = joins_of([one.name for one in people], display) or () if display else ()
    found = []
    for n, one in enumerate(people):
        known = {"name": one.name, "mbid": one.mbid, "sort_name": one.sort_name, "detail": one.detail,
                 "role": None if one.role == "artist" else one.role,
                 "join": joins[n] if joins else None}  # fmt: skip
        found.append({name: value for name, value in known.items() if value})
    return found


def _fact(field: str, value: Any) -> Any:
    if field in tagdocs.CREDITS:
        return tuple(_credit(one) for one in value)
    if field == tagdocs.LABELS:
        return tuple(LabelFact(one["name"], one.get("mbid"), one.get("catalog_number")) for one in value)
    return tuple(value) if isinstance(value, list) else value


def _credit(said: Any) -> CreditFact:
    """A person gives names alone."""
    if isinstance(said, str):
        return CreditFact(said, "artist")
    role = said.get("role") or "artist"
    return CreditFact(said["name"], role, said.get("sort_name"), said.get("mbid"), said.get("detail"))


def _display(field: str, value: Any) -> str | None:
    """The credit in one line, where what stands between its names is said. Whoever names artists has spoken
    about the credit as a whole."""
    if field not in _DISPLAYS or not any(isinstance(one, dict) and one.get("join") for one in value):
        return None
    last = len(value) - 1
    usual = ["" if n == last else " & " if n == last - 1 else ", " for n in range(len(value))]
    return "".join(one["name"] + (one.get("join") or join) for one, join in zip(value, usual, strict=True))


def _fills(field: str, ours: Any, theirs: Any) -> bool:
    if ours == getattr(_UNSAID, field):
        return True
    return field in _DATES and is_finer_date(theirs, ours)


def _and_names(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    known = {name_key(one) for one in ours}
    return (*ours, *(one for one in theirs if name_key(one) not in known))


def _in_place(ours: tuple[CreditFact, ...], theirs: tuple[CreditFact, ...]) -> tuple[CreditFact, ...]:
    theirs = tuple(dict.fromkeys(refined(theirs, ours)))
    roles = {one.role for one in theirs}
    if tuple(one for one in ours if one.role in roles) == theirs:
        return ours
    return (*theirs, *(one for one in ours if one.role not in roles))


def _where_none(ours: tuple[CreditFact, ...], theirs: tuple[CreditFact, ...]) -> tuple[CreditFact, ...]:
    roles = {one.role for one in ours}
    return (*ours, *(one for one in theirs if one.role not in roles))


def _and_people(ours: tuple[CreditFact, ...], theirs: tuple[CreditFact, ...]) -> tuple[CreditFact, ...]:
    theirs = refined(theirs, ours)
    known = {_same(one) for one in ours}
    return (*ours, *(one for one in theirs if _same(one) not in known))


def _same(person: CreditFact) -> tuple[str, str, str | None]:
    return person.role, name_key(person.name), person.detail


_BY_ROLE: Mapping[Rule, Callable[[Any, Any], tuple[Any, ...]]] = {
    Rule.PREFER: _in_place,
    Rule.FILL: _where_none,
    Rule.ADD: _and_people,
}
