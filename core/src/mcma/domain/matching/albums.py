"""Albums: the same under any edition."""

import re
from functools import lru_cache

from rapidfuzz import fuzz

from mcma.domain.folding import fold
from mcma.domain.matching.names import spelt
from mcma.domain.matching.titles import title_of
from mcma.domain.matching.values import FieldReason
from mcma.domain.matching.versions import of_album

_KIND = re.compile(r"(?:^|\s)(?:ep|single|lp|album|cd \d+|disc \d+|\d+ cd)$")


@lru_cache(8192)
def key_of(album: str) -> str:
    bare = title_of(album).bare
    return _KIND.sub("", bare).strip() or bare


@lru_cache(8192)
def tells(album: str) -> frozenset[str]:
    return of_album(fold(album[:300]))


def against(one: str | None, other: str | None) -> FieldReason:
    if not one or not other:
        return FieldReason("album", None, "an album is not said on both sides")
    mine, theirs = key_of(one), key_of(other)
    if mine == theirs:
        return FieldReason("album", 1.0, "the same album")
    alike = fuzz.ratio(spelt(mine), spelt(theirs)) / 100
    if alike >= 0.9:
        return FieldReason("album", 0.9, "the album is written otherwise")
    if set(mine.split()) <= set(theirs.split()) or set(theirs.split()) <= set(mine.split()):
        return FieldReason("album", 0.8, "the name of the one is part of the other's")
    return FieldReason("album", 0.4, "another album")
