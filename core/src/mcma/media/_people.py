"""Artists and other credits from lists of names, ids and sort names that stand side by side."""

import re

from mcma.domain.facts import CreditFact
from mcma.media._clean import clean_name, clean_names
from mcma.media._values import parse_ids

Tags = dict[str, list[str]]

_ROLES = (
    "composer",
    "lyricist",
    "writer",
    "conductor",
    "remixer",
    "producer",
    "arranger",
    "engineer",
    "mixer",
    "djmixer",
)
_INSTRUMENT = re.compile(r"(.+?)\s*\(([^()]+)\)$", re.DOTALL)


def read_artists(tags: Tags, name: str) -> tuple[tuple[CreditFact, ...], str | None]:
    """(artists, the credit as one text) of "artist" or "albumartist".

    The list tag ("artists") wins over the single one, which then is the credit as printed. Names are never
    split: AC/DC is one artist.
    """
    single, several = clean_names(tags.get(name, [])), clean_names(tags.get(name + "s", []))
    names = several or single
    if not names:
        return (), None
    ids = parse_ids(tags.get(f"musicbrainz_{name}id", []))
    sorts = clean_names(tags.get(name + "sort", []))
    display = single[0] if len(single) == 1 and [single[0]] != names else None
    return _credits(names, "artist", ids, sorts), display


def read_credits(tags: Tags) -> tuple[CreditFact, ...]:
    """Everyone else."""
    found: list[CreditFact] = []
    for role in _ROLES:
        if role in tags:
            ids = parse_ids(tags.get(f"musicbrainz_{role}id", []))
            sorts = clean_names(tags.get(role + "sort", []))
            found.extend(_credits(clean_names(tags[role]), _role(role), ids, sorts))
    found.extend(map(_performer, clean_names(tags.get("performer", []))))
    found.extend(_instruments(tags))
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def _role(role: str) -> str:
    return "mixer" if role == "djmixer" else role


def _credits(names: list[str], role: str, ids: list[str], sorts: list[str]) -> tuple[CreditFact, ...]:
    """Ids and sort names count only when there are as many as names."""
    if len(names) == 1:
        sort, mbid = sorts[0] if len(sorts) == 1 else None, ids[0] if len(ids) == 1 else None
        return (CreditFact(names[0], role, sort, mbid),)
    paired_ids = ids if len(ids) == len(names) else [None] * len(names)
    paired_sorts = sorts if len(sorts) == len(names) else [None] * len(names)
    rows = zip(names, paired_sorts, paired_ids, strict=True)
    return tuple(CreditFact(name, role, sort_name=sort, mbid=mbid) for name, sort, mbid in rows)


def _performer(text: str) -> CreditFact:
    found = _INSTRUMENT.match(text)
    return CreditFact(found[1], "performer", detail=found[2]) if found else CreditFact(text, "performer")


def _instruments(tags: Tags) -> list[CreditFact]:
    """`performer:guitar=Name`, as some taggers spell it."""
    keys = [key for key in tags if key.startswith("performer:")]
    return [
        CreditFact(name, "performer", detail=clean_name(key[10:]) or None)
        for key in keys
        for name in clean_names(tags[key])
    ]
