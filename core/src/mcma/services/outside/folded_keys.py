"""How things of sources may be called here: folded keys of the lists they would stand in."""

import re
from collections.abc import Iterable, Iterator, Sequence

from mcma.domain.claiming import bare_title, lead_artist
from mcma.domain.folding import fold, sort_name
from mcma.store.queries.outside import Named
from mcma_plugins.sources import SourceItem

MOST_ARTISTS = 3
"""Of one thing that are looked for; a track is listed under its first one."""
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_DASH = re.compile(r"\s+[-–—~]\s+.*")
_WORDS = re.compile(r"\S+")


def titles_of(item: SourceItem) -> tuple[str, ...]:
    """The title, without guests, without brackets, without what follows a dash: each once."""
    title = item.title
    plain = _BRACKETS.sub("", title)
    texts = (title, bare_title(title), plain, _DASH.sub("", plain), _DASH.sub("", title))
    return tuple(dict.fromkeys(key for key in map(fold, _with_articles(texts)) if key))


def artist_keys_of(item: SourceItem) -> tuple[str, ...]:
    names = item.artists[:MOST_ARTISTS]
    texts = [text for name in names for text in (name, lead_artist(name))]
    return tuple(dict.fromkeys(key for key in map(fold, (*_with_articles(texts), *_turned(names))) if key))


def named(item: SourceItem) -> Iterator[Named]:
    """Every way it may be listed here."""
    titles = titles_of(item)
    for artist in artist_keys_of(item):
        for title in titles:
            if not any(title.startswith(f"{other} ") for other in titles):
                yield Named(artist, title)


def beginnings(key: str) -> Iterator[str]:
    """The key without its last words, one after the other; the whole first."""
    for match in reversed(list(_WORDS.finditer(key))):
        yield key[: match.end()]


def _with_articles(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield text
        yield sort_name(text)


def _turned(names: Sequence[str]) -> Iterator[str]:
    """`Ash, Ann`, as tags have the sort name of people."""
    for name in names:
        first, space, last = name.rpartition(" ")
        if space:
            yield f"{last}, {first}"
