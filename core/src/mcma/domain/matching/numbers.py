"""Numbers in titles: parts, movements, catalogue numbers, keys. Two that differ are two works."""

import re
from collections import Counter
from itertools import pairwise
from typing import NamedTuple

_LABELS = {
    "op": "op", "opus": "op", "no": "no", "nr": "no", "number": "no", "num": "no", "bwv": "bwv", "kv": "k",
    "k": "k", "hob": "hob", "rv": "rv", "d": "d", "hwv": "hwv", "wwv": "wwv", "woo": "woo", "twv": "twv",
    "part": "part", "pt": "part", "parte": "part", "partie": "part", "teil": "part", "часть": "part",
    "vol": "vol", "volume": "vol", "act": "act", "chapter": "chapter", "book": "book", "episode": "episode",
    "movement": "movement", "mvt": "movement", "scene": "scene", "symphony": "", "sonata": "", "concerto": "",
    "side": "side", "variation": "variation", "var": "variation", "phase": "phase", "track": "track",
    "chap": "chapter", "pts": "part", "parts": "part",
}  # fmt: skip
_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "zwei": "2", "drei": "3", "eins": "1",
    "deux": "2", "trois": "3", "dos": "2", "tres": "3", "uno": "1",
}  # fmt: skip
_WRITTEN_OUT = {
    "pt": "part", "vol": "volume", "nr": "no", "opus": "op", "kv": "k", "num": "no", "mvt": "movement",
    "var": "variation", "pts": "part", "parts": "part",
}  # fmt: skip
_GLUED = re.compile(r"\b(op|bwv|kv|k|rv|hwv|no|nr|pt|vol|d|part|woo)\.?\s?(?=\d)", re.IGNORECASE)
_SIGN = re.compile(r"№|\bn[°º]|\bn\.\s?[°º]|#(?=\s?\d)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+")
_ROMAN = re.compile(r"(?=[XVI])X{0,3}(?:IX|IV|V?I{0,3})")
_NUMBER = re.compile(r"\d+[a-z]?")
_VALUES = {"I": 1, "V": 5, "X": 10}
_KEY = re.compile(
    r"\b(?:in|en)\s+([a-h])(?![^\W_])(?:[\s-]*(sharp|flat|dur|moll|♯|♭|#))?"
    r"(?:[\s-]*(major|minor|dur|moll|maj|min))?"
    r"|\b([a-h])(is|es|s)?[\s-](dur|moll)\b",
    re.IGNORECASE,
)
_PIECES = frozenset(
    ("allegro", "allegretto", "andante", "andantino", "adagio", "adagietto", "largo", "larghetto",
     "presto", "prestissimo", "vivace", "lento", "grave", "moderato", "menuetto", "minuet", "scherzo",
     "rondo", "prelude", "fugue", "fuga", "gigue", "sarabande", "courante", "allemande", "gavotte",
     "bourree", "aria", "toccata", "kyrie", "gloria", "credo", "sanctus", "benedictus", "agnus",
     "nocturne", "waltz", "polonaise", "mazurka", "etude", "ballade", "impromptu", "lacrimosa", "dies",
     "confutatis", "spring", "summer", "autumn", "winter")
)  # fmt: skip


class Numbers(NamedTuple):
    labelled: frozenset[tuple[str, str]]
    values: tuple[str, ...]
    """All of them, in order of size."""
    key: str
    """Of music: c major, f sharp minor."""
    pieces: frozenset[str]


def normalised(text: str) -> str:
    """The text with its numbers written in one way: `Pt. II` as `part 2`."""
    spaced = _GLUED.sub(r"\1 ", _SIGN.sub(" no ", text))
    parts, last, before = [], 0, ""
    for match in _TOKEN.finditer(spaced):
        word = match[0]
        between = spaced[last : match.start()]
        opens = not last or between.rstrip().endswith((":", "-", ","))
        parts += [between, _one(word, before, spaced[match.end() : match.end() + 1], opens)]
        last, before = match.end(), word.lower()
    return "".join([*parts, spaced[last:]])


def _one(word: str, before: str, sign: str, opens: bool) -> str:
    counts = len(word) > 1 or before in _LABELS or (opens and sign in (".", ":"))
    if counts and word.isupper() and _ROMAN.fullmatch(word):
        return str(_value(word))
    if not word.isascii():
        return word
    low = word.lower()
    if before in _LABELS and _LABELS[before] and (low in _WORDS or _ROMAN.fullmatch(word.upper())):
        return _WORDS.get(low) or str(_value(word.upper()))
    return _WRITTEN_OUT.get(low, word)


def _value(roman: str) -> int:
    values = [_VALUES[letter] for letter in roman]
    return sum(-one if one < max(values[place:]) else one for place, one in enumerate(values))


def numbers_of(folded: str, written: str) -> Numbers:
    """Of a title that is `normalised` and folded; the key is read where signs are still there."""
    words = folded.split()
    labelled = frozenset(
        (_LABELS[before], word.lstrip("0") or "0")
        for before, word in pairwise(words)
        if _NUMBER.fullmatch(word) and _LABELS.get(before)
    )
    values = tuple(sorted(word.lstrip("0") or "0" for word in words if _NUMBER.fullmatch(word)))
    return Numbers(labelled, values, _key(written), _PIECES.intersection(words))


def _key(written: str) -> str:
    match = _KEY.search(written)
    if match is None:
        return ""
    if match[4]:
        return f"{match[4]}{_accidental(match[5])} {_mode(match[6])}".lower()
    if match[3] is None and match[2] not in ("dur", "moll"):
        return ""
    return f"{match[1]}{_accidental(match[2])} {_mode(match[3] or match[2])}".lower()


def _accidental(said: str | None) -> str:
    return {"sharp": "#", "♯": "#", "#": "#", "is": "#", "flat": "b", "♭": "b", "es": "b", "s": "b"}.get(
        (said or "").lower(), ""
    )


def _mode(said: str | None) -> str:
    return "minor" if (said or "").lower() in ("minor", "moll", "min") else "major"


def against(one: Numbers, other: Numbers) -> tuple[float, str]:
    """The most that is left of a score, and why."""
    if one == other:
        return 1.0, ""
    if one.key and other.key and one.key != other.key:
        return 0.4, f"{one.key} is not {other.key}"
    if _disagree(one.labelled, other.labelled) or (one.pieces - other.pieces and other.pieces - one.pieces):
        return 0.4, "another part or number"
    mine, theirs = Counter(one.values), Counter(other.values)
    if mine == theirs:
        return 1.0, ""
    if mine - theirs and theirs - mine:
        return 0.4, "other numbers"
    return (0.88 if mine & theirs else 0.8), "a number is said on one side alone"


def _disagree(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    labels = {label for label, _ in one} & {label for label, _ in other}
    mine = {pair for pair in one if pair[0] in labels}
    return mine != {pair for pair in other if pair[0] in labels}
