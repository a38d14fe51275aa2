"""Provisional: LRC, lyrics with time stamps of lines and maybe of words, as files and services have it.

Whatever the text, what comes of it is bounded and fit for a database and a screen. Markup in it is words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from mcma_plugins._lrc_words import milliseconds, moved, worded
from mcma_plugins.texts import lines as cleaned
from mcma_plugins.values import LyricsCue

__all__ = ["MAX_LINES", "MAX_LYRICS", "LrcLine", "Words", "document", "read_lyrics"]

MAX_LYRICS = 100_000
MAX_LINES = 10_000
"""Lines, and the characters of all of them (`MAX_LYRICS`), are counted as they are shown: a line that is sung
at several times counts each time, or a file of 100 KB would become one of 100 MB."""

_STAMP = re.compile(r"[ \t]*\[-?(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]", re.ASCII)
_ABOUT = re.compile(r"\s*\[[a-z#]+:.*\]\s*", re.IGNORECASE | re.ASCII)
_OFFSET = re.compile(r"^[ \t]*\[offset:\s*([+-]?\d{1,7})\s*\]", re.IGNORECASE | re.MULTILINE | re.ASCII)


class LrcLine(NamedTuple):
    at: int
    """Milliseconds."""
    words: str
    cues: tuple[LyricsCue, ...] = ()


class Words(NamedTuple):
    plain: str
    synced: Sequence[LrcLine]
    """In order of time; none when no line had a stamp."""


def read_lyrics(text: str) -> Words | None:
    """LRC when a third of the lines or more have a stamp, else plain text; None when no words are left."""
    text = cleaned(text, MAX_LYRICS)
    synced = _synced(text) if _mostly_timed(text.split("\n")) else []
    plain = "\n".join(line.words for line in synced) if synced else text
    return Words(plain, synced) if plain.strip() else None


def document(lines: Sequence[LrcLine]) -> list[list[Any]]:
    """As values have it: [start, words], and [[start, word, end or null], ...] where words have times."""
    return [
        [at, words, [list(cue) for cue in cues]] if cues else [at, words] for at, words, cues in lines
    ]  # fmt: skip


def _mostly_timed(found: Iterable[str]) -> bool:
    """A line that is no more than about the file counts for nothing, as do empty ones."""
    said = [_STAMP.match(line) is not None for line in found if line.strip() and not _ABOUT.fullmatch(line)]
    return any(said) and 3 * sum(said) >= len(said)


def _synced(text: str) -> list[LrcLine]:
    """A positive [offset:] shows the lines earlier, as players do. Lines without a stamp are dropped."""
    found = _OFFSET.search(text)
    offset = int(found[1]) if found else 0
    shown = _bounded(line for each in text.split("\n") for line in _lines(each))
    lines = [LrcLine(max(0, line.at - offset), line.words, moved(line.cues, -offset)) for line in shown]
    return sorted(lines, key=lambda line: line.at)


def _bounded(lines: Iterable[LrcLine]) -> Iterator[LrcLine]:
    left = MAX_LYRICS
    for line in islice(lines, MAX_LINES):
        left -= len(line.words)
        if left < 0:
            return
        yield line


def _lines(line: str) -> Iterator[LrcLine]:
    """`[00:01.50][00:09]la` is one text at two times; times of its words are those of the first. A time
    below zero is the beginning."""
    stamps: list[int] = []
    end = 0
    line = line.strip()
    while (found := _STAMP.match(line, end)) is not None:
        stamps.append(0 if "-" in found[0] else milliseconds(found))
        end = found.end()
    if not stamps:
        return
    words, cues = worded(line[end:], stamps[0])
    for at in stamps:
        yield LrcLine(at, words, moved(cues, at - stamps[0]))
