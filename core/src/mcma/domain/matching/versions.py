"""Words that tell one version of a song from another, in the languages in which titles usually have them.

A family is one kind of version. Some are the same recording whatever they are called (a remaster), some may
be (mono), and some never are (live, a remix, karaoke).
"""

import re
from functools import lru_cache
from typing import NamedTuple

from mcma.domain.matching.versionwords import ANYWHERE, OTHER_SCRIPTS

SAME_RECORDING = frozenset({"remaster", "plain", "explicit", "video"})
MAYBE = frozenset({"mono", "stereo", "single", "clean", "named"})
"""Another mix or edit, which titles often leave unsaid."""
NAMED = frozenset({"remix", "live", "cover", "remake", "language", "take", "demo", "tribute", "acoustic"})
"""Those of which there are several: the words beside them say which."""
LOUD = frozenset({"karaoke", "tribute", "chiptune", "nightcore"})
"""What the name of an artist or album says as surely as a title."""

_FAMILY = re.compile(
    "|".join(f"(?P<{name}>(?<![^\\W_])(?:{'|'.join(words)})(?![^\\W_]))" for name, words in ANYWHERE.items())
)
_SCRIPTS = re.compile("|".join(f"(?P<{name}>{'|'.join(words)})" for name, words in OTHER_SCRIPTS.items()))
_IN_DIFFERENCE = re.compile(r"(?<!\S)live(?!\S)")
_STOP = frozenset(
    ("the", "a", "an", "by", "of", "for", "and", "with", "from", "at", "in", "on", "to", "version", "ver",
     "mix", "edit", "edition", "official", "audio", "video", "music", "la", "le", "el", "de", "du", "des",
     "der", "die", "das", "im", "en", "au", "original", "full", "hd", "hq", "4k", "feat", "ft", "new")
)  # fmt: skip


class Found(NamedTuple):
    """Families, each with the words that say which one; and what is left of the text."""

    families: dict[str, frozenset[str]]
    rest: str


def in_part(text: str) -> Found:
    """In what stands in brackets or behind a dash, folded. Nothing found: `families` is empty."""
    families: dict[str, frozenset[str]] = {}
    left = text
    for pattern in (_SCRIPTS, _FAMILY):
        for match in pattern.finditer(left):
            families.setdefault(str(match.lastgroup), frozenset())
            if match.lastgroup in ("remake", "cover", "language", "take"):
                families[match.lastgroup] |= _telling(match[0])
        left = pattern.sub(" ", left)
    words = _telling(left)
    for name in families.keys() & NAMED:
        families[name] |= words
    return Found(families, " ".join(left.split()))


@lru_cache(8192)
def in_difference(words: tuple[str, ...]) -> Found:
    """In the words that one of two titles has more than the other."""
    text = " ".join(words)
    found = in_part(text)
    if "live" not in found.families and _IN_DIFFERENCE.search(text):
        rest = _IN_DIFFERENCE.sub(" ", found.rest)
        return Found(found.families | {"live": _telling(rest)}, " ".join(rest.split()))
    return found


_ALBUM = re.compile(
    r"(?<!\S)live (?:at|in|from|on|album|sessions?|versions?|19\d\d|20\d\d)(?!\S)|^live$|(?<=\S )live$"
    r"|unplugged|in concert|en vivo|ao vivo|en directo|dal vivo|the concert|ライブ|现场|演唱会|bootleg series"
)  # fmt: skip
_LOUD = re.compile(
    r"(?<!\S)(?:(?P<karaoke>karaoke|カラオケ|in the style of|made famous by|backing tracks?)"
    r"|(?P<tribute>tributes?|lullaby (?:version|rendition)s?|rockabye baby|music box)"
    r"|(?P<chiptune>8 ?bit|chiptune)|(?P<nightcore>nightcore))(?!\S)"
)


def of_album(text: str) -> frozenset[str]:
    """What the name of an album says of its tracks."""
    loud = of_name(text)
    if not (found := _ALBUM.search(text)):
        return loud
    return loud | ({"live", "acoustic"} if found[0] == "unplugged" else {"live"})


def of_name(text: str) -> frozenset[str]:
    return frozenset(str(match.lastgroup) for match in _LOUD.finditer(text))


def _telling(text: str) -> frozenset[str]:
    return frozenset(text.split()) - _STOP
