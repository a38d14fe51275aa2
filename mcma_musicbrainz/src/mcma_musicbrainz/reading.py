"""Values of what musicbrainzngs made of an answer. What is not as it should be is left out, not believed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from mcma_musicbrainz.values import (
    Alias,
    Artist,
    Credit,
    Genre,
    Group,
    LabelInfo,
    Original,
    Recording,
    Relation,
    Work,
)

Fields = Mapping[str, Any]
LONGEST: Final = 500
"""Characters of a text."""
MOST: Final = 200
"""Things in a list: aliases, relations, credits."""
LONGEST_MS: Final = 7 * 86_400_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_DATE: Final = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01]))?)?", re.ASCII)
_ISRC: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", re.ASCII)
_NO_LABEL: Final = "157afde4-4bf5-4039-8ad2-5a15acc85176"
"""What stands where a release has none."""
_TYPES: Final = frozenset({"person", "group", "orchestra", "choir", "character", "other"})


def items(value: object, most: int = MOST) -> Iterator[Fields]:
    if isinstance(value, list):
        yield from (one for one in value[:most] if isinstance(one, dict))


def inner(said: Fields, name: str) -> Fields:
    """One thing within another; empty where there is none."""
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def plain_list(value: object) -> Sequence[Any]:
    return value[:MOST] if isinstance(value, list) else ()


def text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return " ".join(_CONTROL.sub(" ", value[: 4 * LONGEST]).split())[:LONGEST].rstrip() or None


def joining(value: object) -> str:
    """What stands between two artists, with its blanks: plain ones, whichever those of the credit are."""
    said = value[:50] if isinstance(value, str) else ""
    spaced = (" " if one.isspace() or _CONTROL.match(one) else one for one in said)
    return "".join(one for one in spaced if one.isprintable())


def number(value: object) -> int | None:
    plain = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else None


def length(value: object) -> int:
    said = number(value) or 0
    return said if said <= LONGEST_MS else 0


def date(value: object) -> str | None:
    """With a year, as precise as it is known; `2001-??-05` is its year."""
    said = value if isinstance(value, str) else ""
    found = _DATE.match(said)
    return None if found is None or found[1] == "0000" else found[0]


def mbid(value: object) -> str | None:
    """As everybody writes it: lower case, with dashes."""
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return str(UUID(value))
    except ValueError:
        return None


def names(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for item in items(value) if (one := text(item.get("alias")))))


def genres(value: object) -> tuple[Genre, ...]:
    said = ((text(one.get("name")), number(one.get("count")) or 0) for one in items(value))
    found = [Genre(name, votes) for name, votes in said if name and votes > 0]
    return tuple(sorted(found, key=lambda one: (-one.votes, one.name)))


def artist(said: Fields) -> Artist | None:
    id_, name = mbid(said.get("id")), text(said.get("name"))
    if id_ is None or name is None:
        return None
    span, kind = inner(said, "life-span"), (text(said.get("type")) or "").lower()
    return Artist(
        id_,
        name,
        text(said.get("sort-name")),
        text(said.get("disambiguation")),
        kind if kind in _TYPES else None,
        date(span.get("begin")),
        date(span.get("end")),
        text(inner(said, "area").get("name")),
        _aliases(said.get("alias-list")),
        _links(items(said.get("url-relation-list"))),
        number(said.get("ext:score")) or 0,
        _links(one for one in items(said.get("url-relation-list")) if one.get("type") == "image"),
    )


def _aliases(value: object) -> tuple[Alias, ...]:
    return tuple(
        Alias(
            name,
            text(one.get("sort-name")),
            text(one.get("locale")),
            one.get("primary") == "primary",
            one.get("type") != "Legal name" and not one.get("end-date"),
        )
        for one in items(value)
        if (name := text(one.get("alias"))) and one.get("type") != "Search hint"
    )


def _links(said: Iterable[Fields]) -> tuple[str, ...]:
    found = (text(one.get("target")) for one in said if one.get("ended") != "true")
    return tuple(dict.fromkeys(one for one in found if one and one.startswith("https://")))


def credits_of(value: object) -> tuple[Credit, ...]:
    """An artist credit is a list of people, with what joins them between."""
    found: list[Credit] = []
    for one in value[: 2 * MOST] if isinstance(value, list) else ():
        if isinstance(one, str) and found:
            found[-1] = found[-1]._replace(join=joining(one))
        elif isinstance(one, dict) and (who := artist(inner(one, "artist"))):
            found.append(Credit(text(one.get("name")) or who.name, who))
    return tuple(found[:MOST])


def relations(value: object) -> tuple[Relation, ...]:
    return tuple(
        Relation(kind, who, _details(one), text(one.get("target-credit")))
        for one in items(value)
        if (kind := text(one.get("type"))) and (who := artist(inner(one, "artist")))
    )


def _details(relation: Fields) -> tuple[str, ...]:
    said = (one if isinstance(one, str) else None for one in plain_list(relation.get("attribute-list")))
    return tuple(one for item in said if (one := text(item)))[:20]


def _works(value: object) -> tuple[Work, ...]:
    found = ((inner(one, "work"), _details(one)) for one in items(value) if one.get("type") == "performance")
    return tuple(
        Work(
            title,
            None if "instrumental" in how else _language(one.get("language")),
            relations(one.get("artist-relation-list")),
        )
        for one, how in found
        if (title := text(one.get("title")))
    )


def _originals(value: object) -> tuple[Original, ...]:
    """The other way round it is told what was made of it."""
    found = (
        inner(one, "recording")
        for one in items(value)
        if one.get("type") == "remix" and one.get("direction") != "backward"
    )
    return tuple(
        Original(id_, title)
        for one in found
        if (id_ := mbid(one.get("id"))) and (title := text(one.get("title")))
    )


def _language(value: object) -> str | None:
    said = text(value)
    return said if said and said not in ("mul", "zxx") else None


def recording(said: Fields) -> Recording | None:
    id_, title = mbid(said.get("id")), text(said.get("title"))
    if id_ is None or title is None:
        return None
    return Recording(
        id_,
        title,
        credits_of(said.get("artist-credit")),
        length(said.get("length")),
        _codes(said.get("isrc-list")),
        text(said.get("disambiguation")),
        said.get("video") == "true",
        names(said.get("alias-list")),
        genres(said.get("genre-list")),
        relations(said.get("artist-relation-list")),
        _works(said.get("work-relation-list")),
        _originals(said.get("recording-relation-list")),
        score=number(said.get("ext:score")) or 0,
    )


def isrc(value: object) -> str | None:
    """Without the dashes that some write in it."""
    said = (text(value) or "").upper().replace("-", "").replace(" ", "")
    return said if _ISRC.fullmatch(said) else None


def _codes(value: object) -> tuple[str, ...]:
    return tuple(one for item in plain_list(value) if (one := isrc(item)))


def group(said: Fields) -> Group | None:
    id_ = mbid(said.get("id"))
    if id_ is None:
        return None
    kinds = (said.get("primary-type"), *plain_list(said.get("secondary-type-list")))
    return Group(
        id_,
        text(said.get("title")) or "",
        tuple(dict.fromkeys(one.lower() for kind in kinds if (one := text(kind)))),
        date(said.get("first-release-date")),
        genres(said.get("genre-list")),
        names(said.get("alias-list")),
    )


def labels(value: object) -> Sequence[LabelInfo]:
    said = (_label_info(one) for one in items(value))
    return tuple(dict.fromkeys(one for one in said if one.name or one.catalog_number))


def _label_info(said: Fields) -> LabelInfo:
    label = inner(said, "label")
    known = label if mbid(label.get("id")) != _NO_LABEL else {}
    name = text(known.get("name"))
    return LabelInfo(name, _catalog_number(said), mbid(known.get("id")) if name else None)


def _catalog_number(said: Fields) -> str | None:
    found = text(said.get("catalog-number"))
    return None if found is None or found.lower() in ("[none]", "none") else found
