"""LRC: lyrics with time stamps, of lines and maybe of words, as a file beside the sound or inside a tag."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from mcma.domain.facts import LyricsFact
from mcma.media._clean import MAX_LYRICS, clean_text
from mcma.media._cues import milliseconds, moved, worded
from mcma_plugins.values import LyricsCue

MAX_LINES = 10_000
"""Lines, and the characters of all of them (`MAX_LYRICS`), are counted as they are shown: a line that is sung
at several times counts each time, or a file of 100 KB would become one of 100 MB."""

_STAMP = re.compile(r"\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_OFFSET = re.compile(r"^[ \t]*\[offset:\s*([+-]?\d{1,7})\s*\]", re.IGNORECASE | re.MULTILINE)


class Line(NamedTuple):
    at: int
    words: str
    cues: tuple[LyricsCue, ...]


def parse_lyrics(text: str, lang: str = "und", source: str = "embedded") -> LyricsFact | None:
    """LRC when any line has a stamp, else plain text; None when nothing is left."""
    text = clean_text(text, MAX_LYRICS)
    lines = _synced(text) if _STAMP.search(text) else []
    plain = "\n".join(line.words for line in lines) if lines else text
    if not plain.strip():
        return None
    synced = tuple((line.at, line.words) for line in lines)
    cues = tuple(line.cues for line in lines)
    return LyricsFact(_language(lang), plain, synced, source, cues if any(cues) else ())


def decode_lyrics(data: bytes) -> str:
    """The text of an .lrc file: UTF-8, UTF-16 with a mark, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _synced(text: str) -> list[Line]:
    """A positive [offset:] shows the lines earlier, as players do. Lines without a stamp are dropped."""
    found = _OFFSET.search(text)
    offset = int(found[1]) if found else 0
    shown = _bounded(line for each in text.split("\n") for line in _lines(each))
    lines = [Line(max(0, line.at - offset), line.words, moved(line.cues, -offset)) for line in shown]
    return sorted(lines, key=lambda line: line.at)


def _bounded(lines: Iterable[Line]) -> Iterator[Line]:
    left = MAX_LYRICS
    for line in islice(lines, MAX_LINES):
        left -= len(line.words)
        if left < 0:
            return
        yield line


def _lines(line: str) -> Iterator[Line]:
    """`[00:01.50][00:09]la` is one text at two times; times of its words are those of the first."""
    stamps: list[int] = []
    end = 0
    line = line.strip()
    while (found := _STAMP.match(line, end)) is not None:
        stamps.append(milliseconds(found))
        end = found.end()
    if not stamps:
        return
    words, cues = worded(line[end:], stamps[0])
    for at in stamps:
        yield Line(at, words, moved(cues, at - stamps[0]))


def _language(lang: str) -> str:
    lang = lang.strip("\0 ").lower()
    return lang if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", lang) and lang != "xxx" else "und"
