"""Artists under letters, without articles and accents."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from mcma_plugins.values import ArtistView

OTHERS = "#"
"""Digits and signs."""

_PLAIN = str.maketrans({"æ": "a", "đ": "d", "ð": "d", "ł": "l", "ø": "o", "œ": "o", "þ": "t"})
"""Letters that decompose into nothing plainer but belong to a Latin one."""

_LATIN_MARKS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
"""Elsewhere a mark can make another letter: Й is no И."""


def grouped(views: Iterable[ArtistView], articles: Sequence[str]) -> list[tuple[str, list[ArtistView]]]:
    """(letter, artists) in the order of letters: signs first, then the Latin ones, then all others."""
    lowered = {article.casefold() for article in articles}
    groups: dict[str, list[tuple[str, int, ArtistView]]] = {}
    for view in views:
        key = sort_key(view, lowered)
        groups.setdefault(letter(key), []).append((key, view.id.int, view))
    names = sorted(groups, key=lambda name: (name != OTHERS, name))
    return [(name, [view for *_, view in sorted(groups[name])]) for name in names]


def sort_key(view: ArtistView, articles: set[str]) -> str:
    """A sort name from the tags has its article at the end already; all else loses it here."""
    text = (view.sort_name or view.name).strip().casefold()
    first, _, rest = text.partition(" ")
    return _folded(rest.strip() if rest.strip() and first in articles else text)


def _folded(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return unicodedata.normalize("NFC", _LATIN_MARKS.sub("", decomposed))


def letter(key: str) -> str:
    first = key[:1].upper()[:1]
    return first if first.isalpha() else OTHERS
