"""Who made it: names in any order and joined in any way, guests, channels called like their artist."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz import fuzz

from mcma.domain.claiming import one_spaced
from mcma.domain.folding import fold
from mcma.domain.matching.values import FieldReason
from mcma.domain.matching.versions import of_name

MOST = 12
"""Credits that are read, and names of each."""
LONGEST = 200
GUESTS = re.compile(
    r"(?:^|(?<=[\s(\[]))(?:feat|ft|featuring|w)(?:\.|/|(?=\s))\s*"
    r"|\s\(?(?:con|avec) la participaci\w+ de\s",
    re.IGNORECASE,
)
_JOINS = re.compile(
    r"\s*[,;/&+、，；／×]\s*|\s+(?:vs|versus|and|und|et|with|mit|x|y|e|och|og|en|meets|presents|pres|и)\b\.?\s+",
    re.IGNORECASE,
)
_CHANNEL = re.compile(
    r"\s+-\s+topic$|\s*vevo$"
    r"|\s+(?:\(?official\)?(?: (?:artist|artist channel|channel|music|youtube|audio|band))?|channel|tv)$"
    r"|\s*(?:公式|オフィシャル)(?:チャンネル)?$|\s*official channel$",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?<=\b[^\W\d_]) (?=[^\W\d_]\b)")
_GLUED = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOBODY = frozenset(
    ("various artists", "various", "va", "v a", "unknown artist", "unknown", "varios artistas",
     "verschiedene interpreten", "artistes divers", "soundtrack", "original cast", "オムニバス", "群星",
     "разные исполнители")
)  # fmt: skip
_ARTICLE = re.compile(r"^(?:the|los|las|les|die|el|la) (?=\S)|,? the$")


class Names(NamedTuple):
    """Folded, without articles."""

    wholes: frozenset[str]
    """Each credit as it is said."""
    mains: frozenset[str]
    guests: frozenset[str]
    words: str
    """All words of all names, in order of the alphabet."""
    loud: frozenset[str]
    """Families of versions that the names tell: karaoke, tribute."""

    @property
    def everybody(self) -> frozenset[str]:
        return self.mains | self.guests | self.wholes

    def with_guests(self, guests: Iterable[str]) -> "Names":
        more = frozenset(guests) - self.mains
        return self._replace(guests=self.guests | more) if more else self


NOBODY = Names(frozenset(), frozenset(), frozenset(), "", frozenset())


@lru_cache(8192)
def names_of(artists: tuple[str, ...]) -> Names:
    wholes: set[str] = set()
    mains: set[str] = set()
    guests: set[str] = set()
    loud: set[str] = set()
    for credit in (one_spaced(said[:LONGEST]) for said in artists[:MOST]):
        loud |= of_name(fold(credit))
        lead, *others = GUESTS.split(channel_of(credit))[:MOST]
        wholes.add(key_of(lead))
        mains |= split(lead)
        guests.update(name for other in others for name in split(other))
    nobody = _NOBODY | {""}
    mains, wholes = mains - nobody, wholes - nobody
    words = " ".join(sorted({word for name in wholes | guests for word in name.split()} - {"and"}))
    return Names(
        frozenset(wholes), frozenset(mains), frozenset(guests - nobody - mains), words, frozenset(loud)
    )


def channel_of(name: str) -> str:
    """Without what channels of artists are called besides."""
    short = _CHANNEL.sub("", name.strip())
    if short != name.strip() and name.lower().endswith("vevo"):
        short = _GLUED.sub(" ", short)
    return short or name


def split(credit: str) -> set[str]:
    parts = _JOINS.split(credit)[:MOST]
    return {key for part in parts if (key := key_of(part.strip(" ()[]")))}


def initials(key: str) -> str:
    """`r e m` as `rem`."""
    return _INITIALS.sub("", key)


@lru_cache(8192)
def key_of(name: str) -> str:
    key = initials(fold(name))
    return _ARTICLE.sub("", key) or key


@lru_cache(8192)
def spelt(key: str) -> str:
    """In ASCII and without spaces."""
    return anyascii(key).lower().replace(" ", "")


@lru_cache(8192)
def is_latin(key: str) -> bool:
    """Whether most of it can be read by who reads ASCII."""
    letters = [char for char in key if char.isalpha()]
    return 2 * sum(char < "ɐ" for char in letters) >= len(letters)


def against(one: Names, other: Names) -> tuple[FieldReason, float]:
    """How well they agree, and the most that is left of a score."""
    if not one.mains or not other.mains:
        return FieldReason("artist", None, "the artist is not said"), 0.85
    score, note = _known(one, other)
    if score is None:
        return FieldReason("artist", None, note), 0.85
    limit = 1.0 if score >= 0.9 else score + 0.03 if score >= 0.5 else 0.3
    return FieldReason("artist", score, note), limit


def _known(one: Names, other: Names) -> tuple[float | None, str]:
    if one.wholes == other.wholes and one.guests == other.guests:
        return 1.0, "the same artist"
    if one.words == other.words or one.mains | one.guests == other.mains | other.guests:
        return 1.0, "the same artists"
    if one.wholes == other.wholes or one.mains == other.mains or (one.wholes & other.wholes):
        return _guests(one, other)
    if one.mains & other.mains:
        return _shared(one, other)
    if one.everybody & other.everybody:
        return 0.75, "a guest of the one is the artist of the other"
    return _alike(one, other)


def _guests(one: Names, other: Names) -> tuple[float, str]:
    if one.guests and other.guests and not one.guests & other.guests and not _near(one.guests, other.guests):
        return 0.72, "other guests"
    return 0.96, "the same artist, other guests named"


def _shared(one: Names, other: Names) -> tuple[float, str]:
    fewer, more = sorted((one.mains, other.mains | other.guests), key=len)
    if fewer <= more or other.mains <= one.mains | one.guests:
        return 0.94, "not all of the artists are named on both sides"
    return 0.85, "some of the artists are the same"


def _near(some: Iterable[str], others: Iterable[str]) -> bool:
    return any(alike(name, theirs) for name in some for theirs in others)


def alike(one: str, other: str) -> bool:
    return _ratio(*sorted((one, other))) >= 0.88 or _within(one, other) > 1


@lru_cache(32768)
def _ratio(one: str, other: str) -> float:
    return fuzz.ratio(spelt(one), spelt(other)) / 100


def _alike(one: Names, other: Names) -> tuple[float | None, str]:
    pairs = [(mine, theirs) for mine in one.everybody for theirs in other.everybody]
    best = max(_ratio(*sorted(pair)) for pair in pairs)
    if best >= 0.92:
        return 0.94, "the artist is written otherwise"
    within = [words for pair in pairs if (words := _within(*pair))]
    if within:
        return 0.91 if max(within) > 1 else 0.82, "the name of the one is part of the other's"
    if best >= 0.84:
        return 0.84, "the artist is written much alike"
    if {is_latin(name) for name in one.mains} != {is_latin(name) for name in other.mains}:
        return None, "the artists are written in different scripts"
    return round(best * 0.4, 3), "another artist"


def _within(one: str, other: str) -> int:
    """How many words the shorter of them has, when it is part of the longer."""
    fewer, more = sorted((set(one.split()), set(other.split())), key=len)
    return len(fewer) if fewer < more and len("".join(fewer)) >= 4 else 0
