"""Times of words inside a line: enhanced LRC, `<00:01.50>word`."""

import re

from mcma_plugins.texts import one_line
from mcma_plugins.values import LyricsCue

LONGEST_LINE = 1_000
_STAMP = re.compile(r"<(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?>", re.ASCII)


def milliseconds(stamp: re.Match[str]) -> int:
    """Of (minutes, seconds, fraction)."""
    fraction = (stamp[3] or "0").ljust(3, "0")
    return (int(stamp[1]) * 60 + int(stamp[2])) * 1000 + int(fraction)


def worded(text: str, start_ms: int) -> tuple[str, tuple[LyricsCue, ...]]:
    """The line without stamps, and its cues in order; none where the stamps are out of order.

    What stands before the first stamp is sung from the line's start. A stamp without words behind it ends the
    word before.
    """
    if "<" not in text or not _STAMP.search(text):
        return one_line(text, LONGEST_LINE), ()
    line, cues, space = "", list[LyricsCue](), False
    for at, piece in _pieces(text, start_ms):
        words = " ".join(one_line(piece, LONGEST_LINE).split())
        if not words:
            cues[-1:] = [cue._replace(end_ms=at) if cue.end_ms is None else cue for cue in cues[-1:]]
            space = space or piece != ""
            continue
        between = " " if line and (space or piece[0].isspace()) else ""
        line += between + words
        space = piece[-1].isspace()
        cues.append(LyricsCue(at, words))
    return line[:LONGEST_LINE].strip(), tuple(cues) if len(line) <= LONGEST_LINE and _in_order(cues) else ()


def _pieces(text: str, start_ms: int) -> list[tuple[int, str]]:
    found, at, begin = [], start_ms, 0
    for stamp in _STAMP.finditer(text):
        if begin or text[: stamp.start()].strip():
            found.append((at, text[begin : stamp.start()]))
        at, begin = milliseconds(stamp), stamp.end()
    return [*found, (at, text[begin:])]


def _in_order(cues: list[LyricsCue]) -> bool:
    times = [time for cue in cues for time in (cue.start_ms, cue.end_ms) if time is not None]
    return times == sorted(times)


def moved(cues: tuple[LyricsCue, ...], by_ms: int) -> tuple[LyricsCue, ...]:
    if not by_ms:
        return cues
    return tuple(
        cue._replace(
            start_ms=max(0, cue.start_ms + by_ms),
            end_ms=None if cue.end_ms is None else max(0, cue.end_ms + by_ms),
        )
        for cue in cues
    )
