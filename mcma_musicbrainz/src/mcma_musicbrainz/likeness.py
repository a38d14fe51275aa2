"""How alike two names are, 0 to 1: titles with what is said in brackets behind them, and artists."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from unicodedata import normalize

from anyascii import anyascii
from rapidfuzz import fuzz

from mcma_plugins.enrichers import KnownCredit

_UNLIKE: Final = 0.5
"""What unrelated names have in common by chance."""
_OTHER_VERSION: Final = 0.45
"""Of a title that is the same but for `live`, `remix` or a number: it is another recording."""
_NO_BRACKETS: Final = 0.85
"""At most, of a title of which one has more in brackets."""
_BRACKETS: Final = re.compile(r"[(\[{〈《「『（［]([^()\[\]{}]*)[)\]}〉》」』）］]")
_DASHED: Final = re.compile(r"\s+[-–—~:]\s+(?P<said>[^-–—~]+)$")
_FEATURING: Final = re.compile(r"[(\[]?\b(?:feat|ft|featuring)\b\.?\s+[^()\[\]]+[)\]]?", re.IGNORECASE)
_FEATURED: Final = re.compile(r"\s[(\[]?\b(?:feat|ft)\b\.?\s.*$|\s[(\[]?\bfeaturing\s.*$", re.IGNORECASE)
_NO_NAME: Final = re.compile(
    r"(?:audio|cd|disc)?\s*(?:track|titel|piste|pista|titre)\s*\d{1,3}(?: \d{1,3})?"
    r"|unknown(?: (?:album|artist|title|track))?|no (?:title|artist|album)"
)
_NO_NAME_OF_A_FILE: Final = re.compile(
    r"\d{1,3}(?: \d{1,3})?|untitled(?: album)?|new folder(?: \d+)?"
    r"|(?:my )?(?:music|downloads?|audio|mp3s?|flacs?|rips?|various)|(?:cd|disc) ?\d+"
)
_NUMBERS: Final = re.compile(r"\d+|\b[ivx]{1,5}\b")
_PART: Final = re.compile(r"\b(?:part|pt|no|nr|op|vol|volume|act|chapter|nº|number|movement)\b\.?")
_VERSIONS: Final = {
    word: kind
    for kind, words in {
        "live": "live unplugged concert session sessions bbc peel",
        "remix": "remix rmx mix dub rework refix bootleg mixed",
        "acoustic": "acoustic",
        "instrumental": "instrumental karaoke",
        "demo": "demo rough outtake rehearsal alternate alternative take early",
        "edit": "edit radio single short",
        "extended": "extended long 12",
        "reprise": "reprise",
        "cover": "cover tribute",
        "acapella": "acapella cappella",
        "orchestral": "orchestral symphonic",
    }.items()
    for word in words.split()
}
_NO_VERSION: Final = frozenset(
    (
        "original",
        "album",
        "version",
        "remaster",
        "remastered",
        "mono",
        "stereo",
        "explicit",
        "clean",
        "digital",
    )
)
_SAME: Final = frozenset({"edit", "extended"})
"""Kinds that lengths tell apart better than words do."""


@lru_cache(16384)
def plain(text: str) -> str:
    """Letters and digits in ASCII, lower case, single blanks between words; signs if there are but those."""
    lowered = normalize("NFKC", text).casefold().replace("&", " and ").replace("+", " and ")
    spelled = anyascii("".join(one for one in lowered if one not in "'’‘`´ʼ")).lower()
    words = " ".join("".join(one if one.isalnum() else " " for one in spelled).split())
    return words or " ".join(lowered.split())


def is_no_name(text: str, guessed: bool = False) -> bool:
    """What programs write where a name is due, `Track 01`; of files (`guessed`) also `01` and `Music`."""
    words = plain(text)
    return bool(_NO_NAME.fullmatch(words) or (guessed and _NO_NAME_OF_A_FILE.fullmatch(words)))


def people_named(people: Sequence[KnownCredit]) -> Sequence[KnownCredit]:
    """Without `Unknown Artist`: that is nobody."""
    return [one for one in people if one.mbid or not is_no_name(one.name)]


class Title(NamedTuple):
    base: str
    kinds: frozenset[str]
    """What the words behind it say it is: live, a remix."""
    numbers: tuple[str, ...]
    whole: str
    short: str
    """Without anything in brackets."""
    version: str
    named: str
    """To search for: in its own letters, without brackets and versions."""


@lru_cache(16384)
def title(text: str) -> Title:
    unfeatured = _FEATURING.sub(" ", text) if _BRACKETS.search(text) else text
    named = _FEATURED.sub("", unfeatured) or text
    said, base = list(_BRACKETS.findall(named)), _BRACKETS.sub(" ", named)
    dashed = _DASHED.search(base)
    if dashed and _is_version(dashed["said"]):
        said.append(dashed["said"])
        base = base[: dashed.start()]
    spoken = [one for one in said if not _is_version(one)]
    versions = [one for one in said if _is_version(one)]
    words = plain(" ".join([base, *spoken]) if base.strip() else named)
    kinds = frozenset(kind for one in versions for kind in _kinds(one))
    short = plain(base) if base.strip() else words
    asked = " ".join(normalize("NFKC", base).split()) or text
    return Title(words, kinds, _numbers(words), plain(named), short, plain(" ".join(versions)), asked)


def _is_version(text: str) -> bool:
    return bool(_kinds(text) or set(plain(text).split()) & _NO_VERSION)


def _kinds(text: str) -> frozenset[str]:
    return frozenset(_VERSIONS[word] for word in plain(text).split() if word in _VERSIONS)


def _numbers(words: str) -> tuple[str, ...]:
    return tuple(_NUMBERS.findall(_PART.sub(" ", words)))


@lru_cache(65536)
def titles_alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    mine, theirs = title(one), title(other)
    alike = max(
        _scaled(_words_alike(a, b)) for a, b in ((mine.base, theirs.base), (mine.whole, theirs.whole))
    )
    alike = max(alike, _NO_BRACKETS * _scaled(_words_alike(mine.short, theirs.short)))
    if mine.numbers != theirs.numbers and mine.base != theirs.base:
        alike = min(alike, _OTHER_VERSION)
    return alike * _versions_alike(mine, theirs)


def _versions_alike(mine: Title, theirs: Title) -> float:
    """1 for the same version or none, less for another one: a remix is one by somebody, a concert is once."""
    different = mine.kinds ^ theirs.kinds
    if different - _SAME:
        return _OTHER_VERSION
    if different:
        return 0.9
    if "remix" in mine.kinds:
        return 0.4 + 0.6 * _scaled(_words_alike(mine.version, theirs.version))
    return 1.0


def best_title(said: str, names: Iterable[str]) -> float:
    return max((titles_alike(said, one) for one in names), default=0.0)


@lru_cache(65536)
def names_alike(one: str, other: str) -> float:
    """Of people and labels: no versions, any order of words."""
    return 1.0 if one == other else _scaled(_words_alike(_no_article(plain(one)), _no_article(plain(other))))


def _no_article(words: str) -> str:
    return words.removeprefix("the ").removesuffix(" the")


def _words_alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if one.replace(" ", "") == other.replace(" ", ""):
        return 0.98
    sorted_words = fuzz.token_sort_ratio(one, other) / 100 * 0.97
    return max(fuzz.ratio(one, other) / 100, sorted_words)


def _scaled(alike: float) -> float:
    return max(0.0, (alike - _UNLIKE) / (1 - _UNLIKE))


def people_alike(known: Sequence[str], credited: Sequence[Sequence[str]], phrase: str) -> float:
    """`credited`: the names that each of them has; `phrase`: all of them as they are credited.

    As one text, or as people of whom the fewer are all among the more."""
    together = max((names_alike(" ".join(known), phrase), *(names_alike(one, phrase) for one in known)))
    if not known or not credited:
        return together
    found = [max(names_alike(name, one) for one in names for name in known) for names in credited]
    mine = [max(names_alike(name, one) for names in credited for one in names) for name in known]
    fewer = found if len(found) <= len(mine) else mine
    whole = sum(fewer) / len(fewer)
    return max(together, whole if len(found) == len(mine) else 0.92 * whole)
