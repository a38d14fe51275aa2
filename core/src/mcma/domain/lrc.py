"""Lyrics as an .lrc file."""

from collections.abc import Sequence

from mcma_plugins.values import Lyrics, LyricsCue


def lrc(lyrics: Lyrics, *, words: bool = False) -> str:
    """Lines without a time stay plain. `words`: with the times of words, which not every player takes."""
    cues = (words and lyrics.cues) or ((),) * len(lyrics.lines)
    lines = zip(lyrics.lines, cues, strict=True)
    return "".join(f"{'' if at is None else _stamp(at)}{_worded(text, each)}\n" for (at, text), each in lines)


def lrc_file(lyrics: Lyrics, *, title: str, artist: str, album: str | None, duration_ms: int) -> str:
    """Synced ones as a file for players, with what it belongs to at its head; plain ones as they are."""
    if not lyrics.synced:
        return lrc(lyrics)
    length = f"{duration_ms // 60_000:02}:{duration_ms // 1000 % 60:02}" if duration_ms else ""
    about = {"ti": title, "ar": artist, "al": album, "length": length}
    head = "".join(f"[{name}:{value}]\n" for name, value in about.items() if value)
    return head + lrc(lyrics, words=True)


def _worded(text: str, cues: Sequence[LyricsCue]) -> str:
    made, begin = "", 0
    for place, cue in enumerate(cues):
        found = text.index(cue.text, begin)
        made += f"{text[begin:found]}<{_time(cue.start_ms)}>{cue.text}"
        begin = found + len(cue.text)
        if cue.end_ms is not None and (place + 1 == len(cues) or cues[place + 1].start_ms != cue.end_ms):
            made += f"<{_time(cue.end_ms)}>"
    return made + text[begin:]


def _stamp(at: int) -> str:
    return f"[{_time(at)}]"


def _time(at: int) -> str:
    minutes, rest = divmod(at, 60_000)
    return f"{minutes:02}:{rest // 1000:02}.{rest % 1000 // 10:02}"
