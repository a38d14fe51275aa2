"""Lyrics in files beside the sound: `<name>.lrc`, and `<name>.de.lrc` in a language."""

import re
from collections.abc import Sequence

from mcma.domain.facts import LyricsFact
from mcma.media._source import read_small
from mcma.media.lyrics import decode_lyrics, parse_lyrics
from mcma.media.ttml import read_ttml

MAX_BYTES = 1024 * 1024
MAX_FILES = 16
_ENDINGS = (b".ttml", b".elrc", b".lrc")
"""The one that can say most comes first; only it is read."""
_LANG = re.compile(rb"\.([a-z]{2,3}(?:-[a-z0-9]{2,8})?)", re.ASCII)


def lyrics_beside(path: bytes, sidecars: Sequence[bytes]) -> tuple[LyricsFact, ...]:
    """One of each language; without a language in its name first."""
    folder, _, name = path.rpartition(b"/")
    chosen = _chosen(name.rpartition(b".")[0].lower(), sidecars)
    found: dict[str, LyricsFact] = {}
    for lang in sorted(chosen)[:MAX_FILES]:
        ranked = sorted(chosen[lang], key=lambda one: (_rank(one), one))
        if (fact := _read(folder + b"/" + ranked[0], lang.decode())) is not None:
            found.setdefault(fact.lang, fact)
    return tuple(found.values())


def _chosen(stem: bytes, sidecars: Sequence[bytes]) -> dict[bytes, list[bytes]]:
    """Language to files."""
    chosen: dict[bytes, list[bytes]] = {}
    for sidecar in sidecars:
        lowered = sidecar.lower()
        rest = lowered.rpartition(b".")[0]
        if not lowered.endswith(_ENDINGS) or not rest.startswith(stem):
            continue
        lang = _LANG.fullmatch(rest[len(stem) :])
        if rest == stem or lang:
            chosen.setdefault(lang[1] if lang else b"", []).append(sidecar)
    return chosen


def _rank(name: bytes) -> int:
    return next(place for place, ending in enumerate(_ENDINGS) if name.lower().endswith(ending))


def _read(path: bytes, lang: str) -> LyricsFact | None:
    data = read_small(path, MAX_BYTES)
    if not data:
        return None
    if not path.lower().endswith(b".ttml"):
        return parse_lyrics(decode_lyrics(data), lang or "und", "sidecar")
    read = read_ttml(data)
    return None if read is None else parse_lyrics(read.text, lang or read.lang, "sidecar")
