"""What enrichers may say about tracks, checked field by field: what is wrong is left out, and why is told."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mcma.domain import fieldchecks as checks
from mcma.domain.editing import FIELDS
from mcma.domain.errors import InvalidInput
from mcma.domain.layerrules import PLUGIN
from mcma.domain.lyricvalues import lyrics_fact

LONGEST_JOIN = 100
MOST_CREDITS = 200
MOST_FORMER = 20
FORMER_IDS = "former_mbids"
_ROLE = re.compile(r"[a-z][a-z _-]{0,39}")


def _credits(name: str, value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list | tuple) or len(value) > MOST_CREDITS:
        raise checks.wrong(name, f"a list of at most {MOST_CREDITS} credits")
    return [_credit(name, one) for one in value]


def _credit(name: str, value: Any) -> dict[str, str]:
    return _parts(name, value, _PARTS)


def _parts(name: str, value: Any, known: Mapping[str, checks.Check]) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise checks.wrong(name, "a list of objects with a name")
    found = {part: check(f"{name}.{part}", value[part])
             for part, check in known.items() if value.get(part) not in (None, "")}  # fmt: skip
    if "name" not in found:
        raise checks.wrong(name, "a list of objects with a name")
    return found


def _join(name: str, value: Any) -> str:
    """What stands between two names keeps its spaces."""
    if not isinstance(value, str) or len(value) > LONGEST_JOIN or not value.isprintable():
        raise checks.wrong(name, f"a text of at most {LONGEST_JOIN} visible characters")
    return value


def _role(name: str, value: Any) -> str:
    if not isinstance(value, str) or not _ROLE.fullmatch(value):
        raise checks.wrong(name, "a role such as composer")
    return value


def _roles(name: str, value: Any) -> list[dict[str, str]]:
    found = _credits(name, value)
    if any("role" not in one for one in found):
        raise checks.wrong(name, "a list of credits with a role each")
    return found


def _labels(name: str, value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list) or len(value) > MOST_CREDITS:
        raise checks.wrong(name, f"a list of at most {MOST_CREDITS} labels")
    return [_parts(name, one, _LABEL) for one in value]


def _lyrics(name: str, value: Any) -> Any:
    try:
        lyrics_fact(value, PLUGIN)
    except ValueError as error:
        raise InvalidInput(f"{name}: {error}.", code="invalid_field") from None
    return value


def _aliases(name: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MOST_CREDITS:
        raise checks.wrong(name, f"a list of at most {MOST_CREDITS} names")
    return [_alias(name, one) for one in value]


def _alias(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise checks.wrong(name, "a list of objects with a name")
    parts = ("name", "sort_name", "locale")
    found = {part: checks.line(f"{name}.{part}", value[part]) for part in parts if value.get(part)}
    if "name" not in found:
        raise checks.wrong(name, "a list of objects with a name")
    return {**found, **({"primary": True} if value.get("primary") is True else {})}


def _links(name: str, value: Any) -> list[str]:
    found = checks.texts(name, value)
    if any(not one.startswith("https://") for one in found):
        raise checks.wrong(name, "a list of addresses that begin with https://")
    return found


def _mbids(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_FORMER:
        raise checks.wrong(name, f"a list of at most {MOST_FORMER} ids")
    return [checks.mbid(name, one) for one in value]


_PARTS: Mapping[str, checks.Check] = {
    "name": checks.line, "mbid": checks.mbid, "sort_name": checks.line, "join": _join, "role": _role,
    "detail": checks.line,
}  # fmt: skip

_LABEL: Mapping[str, checks.Check] = {
    "name": checks.line, "mbid": checks.mbid, "catalog_number": checks.line,
}  # fmt: skip

CHECKS: Mapping[str, checks.Check] = {
    **FIELDS,
    "artists": _credits,
    "album_artists": _credits,
    "credits": _roles,
    "barcode": checks.line,
    "media": checks.line,
    "work": checks.line,
    "catalog_numbers": checks.texts,
    "label_info": _labels,
    "release_types": checks.texts,
    "isrcs": checks.texts,
    "release_track_mbid": checks.mbid,
    "release_group_mbid": checks.mbid,
    "acoustid": checks.mbid,
    "remix_of": checks.line,
    "remix_of_mbid": checks.mbid,
    "lyrics": _lyrics,
}
"""Every field that can be laid over the tags of a track (`mcma_plugins.enrichers.Fields`)."""


class Checked(NamedTuple):
    values: dict[str, Any]
    wrong: dict[str, str]
    """Field to what is wrong with it."""


def checked_answer(said: Mapping[str, Any], known: Mapping[str, checks.Check] = CHECKS) -> Checked:
    """Nothing (null, an empty text or list) is left out without a word: that is
    nothing wrong."""
    found = Checked({}, {})
    for name, value in said.items():
        if value is None or value in ("", [], ()):
            continue
        try:
            found.values[name] = _checked(name, value, known)
        except InvalidInput as error:
            found.wrong[name] = error.message
    return found


def _checked(name: str, value: Any, known: Mapping[str, checks.Check]) -> Any:
    if name not in known:
        raise InvalidInput(f"{name} is no field that plugins fill.", code="invalid_field")
    return known[name](name, list(value) if isinstance(value, tuple) else value)


ARTIST_CHECKS: Mapping[str, checks.Check] = {
    "name": checks.line,
    "sort_name": checks.line,
    "mbid": checks.mbid,
    "disambiguation": checks.line,
    "type": checks.line,
    "begin": checks.date,
    "end": checks.date,
    "area": checks.line,
    "aliases": _aliases,
    "links": _links,
    FORMER_IDS: _mbids,
}
"""The fields of an artist. Of ids that were merged only plugins tell."""
