"""Names made comparable: keys that say "the same name", and words that a search finds.

A key keeps apart what is written apart: letters of other scripts stay as they are, because two Chinese names
that sound alike are not one artist. Search words go the other way and spell everything in ASCII, with
variants, so that whatever a person types on any keyboard finds it.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from unicodedata import category, normalize

from anyascii import anyascii

ARTICLES = ("The", "El", "La", "Los", "Las", "Le", "Les")
"""Navidrome's and Subsonic's usual `ignoredArticles`."""

LONGEST_KEY = 300
"""Characters. PostgreSQL's indexes take 2,704 bytes, of up to four for a character, and some hold two keys:
one name that is longer would make the whole scan fail."""

_APOSTROPHES = frozenset("'’‘`´ʹʻʼʽˈ′＇")
_CJK = (
    (0x1100, 0x11FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x3100, 0x318F),
    (0x31A0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
_MARK = "-"
"""Parts two pieces of one word, as any punctuation does."""
_LATIN = ((0x00AA, 0x024F), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF))
_PIECES = re.compile("[a-z0-9]+")
_PLAIN = re.compile("[a-z0-9 ]*")
_LETTERS_FOR = str.maketrans({"!": "i", "$": "s"})
_INNER = re.compile(r"[!$](?=[a-z0-9])")


def _within(code: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(low <= code <= high for low, high in ranges)


class _Keys(dict[int, str]):
    """str.translate's table for `fold`, filled with what is met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _APOSTROPHES:
            made = ""
        elif _within(code, _LATIN) and char.isalnum():
            made = anyascii(char).lower()
        else:
            made = char if char.isalnum() or category(char)[0] == "M" else " "
        self[code] = made
        return made


class _Words(dict[int, str]):
    """str.translate's table for the search: ASCII letters, digits, and punctuation that parts pieces."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _APOSTROPHES or category(char)[0] == "C":
            made = ""
        elif char in "!$" or char.isspace():
            made = char
        elif _within(code, _CJK):
            made = f"{_MARK}{anyascii(char).lower()}{_MARK}"
        else:
            made = anyascii(char).lower() if char.isalnum() or category(char)[0] == "M" else _MARK
        self[code] = made
        return made


_keys = _Keys()
_words = _Words()


def _same_letters(text: str) -> str:
    """Composed again, because Latin letters are told by being one character with their accent."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


@lru_cache(8192)
def fold(text: str) -> str:
    """The key of a name: equal for spellings that differ in case, accents, apostrophes and punctuation.

    Never empty for a name that is not: one made of signs alone ("!!!") is its own key. Of a name that is
    longer than `LONGEST_KEY`, its beginning.
    """
    if text.isascii():
        lowered = text.lower()
        if _PLAIN.fullmatch(lowered):
            return _within_index(" ".join(lowered.split()))
        folded = lowered.translate(_keys)
    else:
        lowered = _same_letters(text)
        folded = lowered.translate(_keys)
    return _within_index(" ".join(folded.split()) or " ".join(_printable(lowered).split()))


def _within_index(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else key[:LONGEST_KEY].rstrip()


def _printable(text: str) -> str:
    """Without control characters and halves of surrogate pairs, which databases refuse."""
    return "".join(char for char in text if category(char) not in ("Cc", "Cs"))


def sort_name(name: str, articles: Sequence[str] = ARTICLES) -> str:
    """The name with a leading article moved to its end: `Beatles, The`."""
    first, space, rest = name.partition(" ")
    rest = rest.strip()
    if space and rest and first.casefold() in _folded_articles(tuple(articles)):
        return f"{rest}, {first}"
    return name


@lru_cache(16)
def _folded_articles(articles: tuple[str, ...]) -> frozenset[str]:
    return frozenset(article.casefold() for article in articles)


def search_words(*texts: str | None) -> str:
    """What is stored in a search row: one line per text that is not empty, the item's own name first.

    A line is the text's words as they follow each other and, after a tab, other spellings. Ranking reads
    these lines (`title_of`); the full-text indexes see white space.
    """
    return "\n".join(filter(None, (_line(text) for text in texts if text)))


def title_of(words: str) -> str:
    """The words of the first text alone, in order, from what `search_words` made."""
    return words.partition("\n")[0].partition("\t")[0]


@lru_cache(8192)
def _line(text: str) -> str:
    tokens, plain = _tokens(text)
    if plain:
        return " ".join(tokens)
    words: list[str] = []
    others: dict[str, None] = {}
    for token in tokens:
        pieces = _PIECES.findall(token)
        words += pieces
        if pieces != [token]:
            others.update(dict.fromkeys(_spellings(token, pieces)))
    for word in words:
        others.pop(word, None)
    line = " ".join(words)
    return f"{line}\t{' '.join(others)}" if others else line


def _tokens(text: str) -> tuple[list[str], bool]:
    """Words between white space, and whether they are letters and digits only."""
    if text.isascii():
        lowered = text.lower()
        if _PLAIN.fullmatch(lowered):
            return lowered.split(), True
        return lowered.translate(_words).split(), False
    return _same_letters(text).translate(_words).split(), False


def _spellings(token: str, pieces: list[str]) -> Iterable[str]:
    """The pieces as one word, and `!` and `$` read as the letters they stand for."""
    if len(pieces) > 1:
        yield "".join(pieces)
    if "!" in token or "$" in token:
        yield from _PIECES.findall(token.translate(_LETTERS_FOR))
        yield "".join(_PIECES.findall(token.translate(_LETTERS_FOR)))


def query_words(text: str) -> list[str]:
    """The words a row must have, each as a prefix; empty when there is nothing to search for."""
    tokens, plain = _tokens(text)
    if plain:
        return list(dict.fromkeys(tokens))
    words = [word for token in tokens for word in _asked(token)]
    return list(dict.fromkeys(words))


def _asked(token: str) -> list[str]:
    """`!` and `$` are letters before a letter, and where there is no letter at all."""
    pieces = _PIECES.findall(_INNER.sub(lambda sign: sign[0].translate(_LETTERS_FOR), token))
    return pieces or _PIECES.findall(token.translate(_LETTERS_FOR))
