"""Lyrics of files: beside the sound or inside a tag, with time stamps (LRC) or without."""

import re

from mcma.domain.facts import LyricsFact
from mcma_plugins.lrc import read_lyrics


def parse_lyrics(text: str, lang: str = "und", source: str = "embedded") -> LyricsFact | None:
    """As `read_lyrics` takes them; None when nothing is left."""
    found = read_lyrics(text)
    if found is None:
        return None
    synced = tuple((line.at, line.words) for line in found.synced)
    cues = tuple(line.cues for line in found.synced)
    return LyricsFact(_language(lang), found.plain, synced, source, cues if any(cues) else ())


def decode_lyrics(data: bytes) -> str:
    """The text of an .lrc file: UTF-8, UTF-16 with a mark, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _language(lang: str) -> str:
    lang = lang.strip("\0 ").lower()
    return lang if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", lang) and lang != "xxx" else "und"
