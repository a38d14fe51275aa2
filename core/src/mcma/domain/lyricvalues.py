"""The value of the field `lyrics` as an enricher gives it (`mcma_plugins.enrichers.Fields`), made fit."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mcma.domain.facts import LyricsFact
from mcma_plugins.lrc import MAX_LINES, MAX_LYRICS
from mcma_plugins.texts import lines, one_line
from mcma_plugins.values import LyricsCue

_LANG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.ASCII)
_LONGEST_LINE: Final = 1_000
_LONGEST_MS: Final = 86_400_000
_Line = tuple[int, str, tuple[LyricsCue, ...]]


def lyrics_fact(value: object, origin: str) -> LyricsFact | None:
    """None: there are no words in it. Raises `ValueError` for what is no value of this field.

    Words are cut to what the database and a screen take, lines are put in order of time, times of words that
    do not fit their line are dropped.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("plain"), str | None):
        raise ValueError("lyrics are an object with lang, plain and synced")
    synced = sorted(_bounded(value.get("synced") or []), key=lambda line: line[0])
    words = "\n".join(words for _, words, _ in synced)
    plain = lines(value.get("plain") or "", MAX_LYRICS) or lines(words, MAX_LYRICS)
    if not plain:
        return None
    cues = tuple(each for _, _, each in synced)
    told = tuple((at, words) for at, words, _ in synced)
    return LyricsFact(_lang(value.get("lang")), plain, told, origin, cues if any(cues) else ())


def _lang(said: object) -> str:
    found = said.strip().lower() if isinstance(said, str) else ""
    return found if _LANG.fullmatch(found) else "und"


def _bounded(said: object) -> Iterator[_Line]:
    if not isinstance(said, list | tuple):
        raise ValueError("synced lyrics are a list of [start in ms, words]")
    left = MAX_LYRICS
    for each in said[:MAX_LINES]:
        at, words, cues = _line(each)
        left -= len(words)
        if left < 0:
            return
        yield at, words, cues


def _line(said: object) -> _Line:
    match said:
        case [at, str(words), *more]:
            text = one_line(words, _LONGEST_LINE)
            return _time(at), text, _cues(text, more)
        case _:
            raise ValueError("a line of synced lyrics is [start in ms, words]")


def _time(at: object) -> int:
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at <= _LONGEST_MS:
        raise ValueError("times of lyrics are whole milliseconds")
    return at


def _cues(words: str, more: list[Any]) -> tuple[LyricsCue, ...]:
    """None of them where one is wrong: who sings along needs all of a line."""
    try:
        return tuple(_standing_in(words, more[0])) if more else ()
    except (TypeError, ValueError):
        return ()


def _standing_in(words: str, said: Any) -> Iterator[LyricsCue]:
    begin, before = 0, 0
    for at, text, end in said:
        if not isinstance(text, str) or not text:
            raise ValueError("a word of lyrics is text")
        cue = LyricsCue(_time(at), text, None if end is None else _time(end))
        last = cue.start_ms if cue.end_ms is None else cue.end_ms
        if not before <= cue.start_ms <= last:
            raise ValueError("the words of lyrics come in order")
        begin, before = words.index(text, begin) + len(text), last
        yield cue
