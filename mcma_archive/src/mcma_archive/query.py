"""Questions to the archive's search, in its language (Lucene's)."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

_WORD: Final = re.compile(r"[^\W_]+")
_MOST_WORDS: Final = 20
SOUND: Final = "mediatype:(audio OR etree)"
"""`etree` is live music."""
FIELDS: Final = ("identifier", "title", "creator", "date", "year", "licenseurl")


def words_of(text: str) -> list[str]:
    """Letters and digits alone, so that nothing in it means something to the search."""
    return list(dict.fromkeys(_WORD.findall(text.lower())))[:_MOST_WORDS]


def plain_words(text: str) -> frozenset[str]:
    """To compare by: without accents."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return frozenset(_WORD.findall("".join(one for one in apart if not unicodedata.combining(one))))


class Where(NamedTuple):
    """What is searched in."""

    collections: Sequence[str]
    licensed_only: bool


def condition(words: Sequence[str], where: Where, every: bool = True) -> str:
    """`every` word, or any: then those of which most are said come first."""
    said = (" AND " if every else " OR ").join(f'"{word}"' for word in words)
    parts = [said if every else f"({said})", SOUND]
    collections, licensed_only = where
    if collections:
        parts.append(f"collection:({' OR '.join(collections)})")
    if licensed_only:
        parts.append("licenseurl:*")
    return " AND ".join(parts)


def search_path(query: str, rows: int) -> str:
    named = [
        ("q", query),
        *(("fl[]", one) for one in FIELDS),
        ("rows", rows),
        ("page", 1),
        ("output", "json"),
    ]
    return f"/advancedsearch.php?{urlencode(named)}"
