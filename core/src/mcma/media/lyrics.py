"""LRC: lyrics with time stamps, as a file beside the sound or inside a lyrics tag."""

import re

from mcma.domain.facts import LyricsFact
from mcma.media._clean import MAX_LYRICS, clean_name, clean_text

MAX_LINES = 10_000

_STAMP = re.compile(r"\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_WORD_STAMP = re.compile(r"<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>")
_OFFSET = re.compile(r"^[ \t]*\[offset:\s*([+-]?\d{1,7})\s*\]", re.IGNORECASE | re.MULTILINE)


def parse_lyrics(text: str, lang: str = "und", source: str = "embedded") -> LyricsFact | None:
    """LRC when any line has a stamp, else plain text; None when nothing is left."""
    text = clean_text(text, MAX_LYRICS)
    synced = _synced(text) if _STAMP.search(text) else ()
    plain = "\n".join(words for _, words in synced) if synced else text
    if not plain.strip():
        return None
    return LyricsFact(lang=_language(lang), plain=plain, synced=synced, source=source)


def decode_lyrics(data: bytes) -> str:
    """The text of an .lrc file: UTF-8, UTF-16 with a mark, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _synced(text: str) -> tuple[tuple[int, str], ...]:
    """A positive [offset:] shows the lines earlier, as players do. Lines without a stamp are dropped."""
    found = _OFFSET.search(text)
    offset = int(found[1]) if found else 0
    lines = [(max(0, at - offset), words) for line in text.split("\n") for at, words in _line(line)]
    return tuple(sorted(lines[:MAX_LINES], key=lambda entry: entry[0]))


def _line(line: str) -> list[tuple[int, str]]:
    """`[00:01.50][00:09]la` is one text at two times."""
    stamps: list[int] = []
    end = 0
    line = line.strip()
    while (found := _STAMP.match(line, end)) is not None:
        stamps.append(_milliseconds(found))
        end = found.end()
    words = clean_name(_WORD_STAMP.sub("", line[end:]))
    return [(at, words) for at in stamps]


def _milliseconds(stamp: re.Match[str]) -> int:
    fraction = (stamp[3] or "0").ljust(3, "0")
    return (int(stamp[1]) * 60 + int(stamp[2])) * 1000 + int(fraction)


def _language(lang: str) -> str:
    lang = lang.strip("\0 ").lower()
    return lang if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", lang) and lang != "xxx" else "und"
