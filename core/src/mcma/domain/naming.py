"""How the names in tags are read: which of them stand for several artists. Pure.

Rules of people come first; then separators that the owner of the server has chosen, for single credits that
no MusicBrainz id speaks for. What a file says stays what it says: only what is made of it changes.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from mcma.domain.credits import featured, name_key
from mcma.domain.facts import CreditFact, TagFacts

EXCEPTIONS = (
    "AC/DC", "Above & Beyond", "Belle & Sebastian", "Blood, Sweat & Tears", "Bob Marley & The Wailers",
    "Crosby, Stills & Nash", "Crosby, Stills, Nash & Young", "Daryl Hall & John Oates", "Earth, Wind & Fire",
    "Echo & the Bunnymen", "Emerson, Lake & Palmer", "Hall & Oates", "Iron & Wine", "Kool & the Gang",
    "Mumford & Sons", "Nick Cave & The Bad Seeds", "Peter, Paul & Mary", "Simon & Garfunkel",
    "Tom Petty & the Heartbreakers", "Tyler, The Creator", "Years & Years",
)  # fmt: skip
"""Names that are whole, whatever separators are chosen. Owners add theirs."""
_TIGHT = frozenset(";/|\\")
"""Separators that need no space around them."""
LONGEST = 20
"""Characters of a separator."""


@dataclass(frozen=True, slots=True)
class Separators:
    """What the owner of the server has chosen. Nothing is divided by default."""

    signs: tuple[str, ...] = ()
    whole: tuple[str, ...] = EXCEPTIONS


@dataclass(frozen=True, slots=True)
class Naming:
    rules: Mapping[str, Sequence[str]]
    """A key of a credit (`credit_key`) to the names that it stands for."""
    separators: Separators = Separators()

    def __bool__(self) -> bool:
        return bool(self.rules or self.separators.signs)


def credit_key(name: str, mbid: str | None) -> str:
    return name_key(name) if mbid is None else id_key(mbid)


def id_key(mbid: object) -> str:
    return f"mbid:{mbid}"


def read(tags: TagFacts, naming: Naming, whole: Collection[str] = ()) -> TagFacts:
    """`whole`: keys of further names that are known to be one artist's."""
    changes: dict[str, Any] = {}
    for name, shown in (("artists", "artist_display"), ("album_artists", "album_artist_display")):
        people: Sequence[CreditFact] = getattr(tags, name)
        divided = _main(people, naming, whole)
        if divided != list(people):
            single = people[0].name if len(people) == 1 else None
            changes |= {name: tuple(divided), shown: getattr(tags, shown) or single}
    others = [one for person in tags.credits for one in _by_rule(person, naming) or [person]]
    if others != list(tags.credits):
        changes["credits"] = tuple(others)
    return replace(tags, **changes) if changes else tags


def meant(names: Sequence[str], naming: Naming) -> list[str]:
    """What these names stand for, when rules are about some of them."""
    people = [CreditFact(name, "artist") for name in names]
    found = [one.name for person in people for one in _by_rule(person, naming) or [person]]
    return list(dict.fromkeys(found))


def candidates(tags: Iterable[TagFacts], separators: Separators) -> set[str]:
    """Keys of names that separators would divide."""
    found = set()
    for one in tags:
        for people in (one.artists, one.album_artists):
            if len(people) == 1 and people[0].mbid is None:
                found |= {name_key(part.name) for part in featured(people[0]) if _parts(part, separators)}
    return found


def _main(people: Sequence[CreditFact], naming: Naming, whole: Collection[str]) -> list[CreditFact]:
    if len(people) != 1 or people[0].mbid is not None:
        return [one for person in people for one in _by_rule(person, naming) or [person]]
    ruled = _by_rule(people[0], naming)
    if ruled:
        return ruled
    parts = featured(people[0])
    divided = [one for part in parts for one in _single(part, naming, whole)]
    return list(people) if divided == parts else divided


def _single(person: CreditFact, naming: Naming, whole: Collection[str]) -> list[CreditFact]:
    ruled = _by_rule(person, naming)
    if ruled or name_key(person.name) in whole:
        return ruled or [person]
    parts = _parts(person, naming.separators)
    return [one for part in parts for one in _by_rule(part, naming) or [part]] or [person]


def _by_rule(person: CreditFact, naming: Naming, seen: frozenset[str] = frozenset()) -> list[CreditFact]:
    """Nothing where no rule is about it. A name that another rule is about stands for those in its turn."""
    key = credit_key(person.name, person.mbid)
    names = naming.rules.get(key, ()) if key not in seen else ()
    parts = [replace(person, name=name, sort_name=None, mbid=None) for name in names]
    found = [one for part in parts for one in _by_rule(part, naming, seen | {key}) or [part]]
    return list(dict.fromkeys(found))


def _parts(person: CreditFact, separators: Separators) -> list[CreditFact]:
    """Nothing where it stays whole."""
    if not separators.signs or name_key(person.name) in _whole(separators.whole):
        return []
    parts = [part.strip() for part in _pattern(separators.signs).split(person.name)]
    if len(parts) < 2 or not all(parts):
        return []
    return [replace(person, name=part, sort_name=None) for part in parts]


@lru_cache(8)
def _whole(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(name_key, names))


@lru_cache(8)
def _pattern(signs: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(signs, key=lambda sign: (-len(sign), sign))
    return re.compile("|".join(map(_spaced, longest)), re.IGNORECASE)


def _spaced(sign: str) -> str:
    escaped = re.escape(sign)
    if sign in _TIGHT:
        return rf"\s*{escaped}\s*"
    return rf"\s*{escaped}\s+" if sign == "," else rf"\s+{escaped}\s+"
