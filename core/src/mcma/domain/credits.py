"""Who is credited, in the order and words of the tags."""

import re
from collections.abc import Sequence
from dataclasses import replace

from mcma.domain.facts import CreditFact, TagFacts
from mcma.domain.folding import fold

VARIOUS_ARTISTS = "Various Artists"
VARIOUS_ARTISTS_MBID = "89ad4ac3-39f7-470e-963a-56509c546377"
"""The special purpose artist of MusicBrainz."""

_EVERYBODY = CreditFact(VARIOUS_ARTISTS, "artist", mbid=VARIOUS_ARTISTS_MBID)
_VARIOUS = frozenset({
    "various artists", "various", "various artist", "va", "v a", "aa vv", "artistes divers", "divers",
    "varios artistas", "varios", "varios interpretes", "artisti vari", "autori vari",
    "verschiedene", "verschiedene interpreten", "verschiedene kunstler", "diverse", "diverse artiesten",
    "diverse artister", "diverse interpreten", "eri esittajia", "rozni wykonawcy",
    "разные исполнители", "сборник", "オムニバス", "ヴァリアス アーティスト", "群星", "合輯",
})  # fmt: skip
"""Keys of what taggers write for it; of album artists alone: somebody may be called so."""
_FEATURING = re.compile(r"\s+[(\[]?(?:feat\.?|ft\.|featuring)\s+", re.IGNORECASE)


def name_key(name: str) -> str:
    """The key of a name; names made of punctuation alone are their own key."""
    return fold(name) or name.casefold().strip()


def main_credits(people: Sequence[CreditFact], display: str | None) -> tuple[list[CreditFact], list[str]]:
    """The main artists and the text that joins each to the next.

    A single credit "A feat. B" without MusicBrainz ids is two artists; "&", "," and "/" are not split here,
    since they are part of too many names (`naming.py`).
    """
    found = list(people)
    if len(found) == 1 and found[0].mbid is None:
        display = display or found[0].name
        found = featured(found[0])
    found = _distinct(found)
    return found, _joins([person.name for person in found], display)


def featured(person: CreditFact) -> list[CreditFact]:
    """The artists of a credit "A feat. B"; else the one it is."""
    parts = [part.strip(" )]") for part in _FEATURING.split(person.name)]
    if len(parts) < 2 or not all(parts):
        return [person]
    return [replace(person, name=part, sort_name=None) for part in parts]


def _distinct(people: Sequence[CreditFact]) -> list[CreditFact]:
    seen: dict[str, CreditFact] = {}
    for person in people:
        seen.setdefault(person.mbid or name_key(person.name), person)
    return list(seen.values())


def _joins(names: Sequence[str], display: str | None) -> list[str]:
    """What stands between the names in `display`; commas and an ampersand where it does not say."""
    joins = joins_of(names, display) if display else None
    if joins is not None:
        return joins
    last = len(names) - 1
    return ["" if n == last else " & " if n == last - 1 else ", " for n in range(len(names))]


def joins_of(names: Sequence[str], display: str) -> list[str] | None:
    """None where the names are not in it, in this order, from its beginning."""
    joins: list[str] = []
    at = 0
    for name in names:
        start = _word(display, name, at)
        if start < 0:
            return None
        if at:
            joins.append(display[at:start])
        elif start > 0:
            return None
        at = start + len(name)
    return [*joins, display[at:]]


def _word(display: str, name: str, at: int) -> int:
    """Where the name stands, rather as words of its own than within another one; -1: nowhere."""
    first = start = display.find(name, at)
    while start >= 0:
        around = display[max(start - 1, at) : start], display[start + len(name) :][:1]
        if not any(char.isalnum() for char in around):
            return start
        start = display.find(name, start + 1)
    return first


def display_of(people: Sequence[CreditFact], joins: Sequence[str]) -> str:
    return "".join(person.name + join for person, join in zip(people, joins, strict=True))


def album_credits(tags: TagFacts, *, several_artists: bool) -> tuple[list[CreditFact], list[str]]:
    """The artists of the album a track belongs to.

    Whatever is written for "various artists" is the one artist of this name. Without an album artist, the
    compilation flag or several artists in one folder give Various Artists; else it is the track's own first
    artist.
    """
    if tags.album_artists:
        found, joins = main_credits(tags.album_artists, tags.album_artist_display)
        return ([_EVERYBODY], [""]) if _is_everybody(found) else (found, joins)
    if tags.compilation or several_artists:
        return [_EVERYBODY], [""]
    found, _ = main_credits(tags.artists, tags.artist_display)
    return found[:1], [""] * len(found[:1])


def _is_everybody(people: Sequence[CreditFact]) -> bool:
    if len(people) != 1:
        return False
    [one] = people
    return one.mbid == VARIOUS_ARTISTS_MBID or (one.mbid is None and name_key(one.name) in _VARIOUS)


def first_artist_key(tags: TagFacts) -> str | None:
    found, _ = main_credits(tags.artists, tags.artist_display)
    return name_key(found[0].name) if found else None
