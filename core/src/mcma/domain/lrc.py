"""Lyrics as an .lrc file."""

from collections.abc import Iterable


def lrc(lines: Iterable[tuple[int | None, str]]) -> str:
    """(start in ms, words); lines without a time stay plain."""
    return "".join(f"{'' if at is None else _stamp(at)}{words}\n" for at, words in lines)


def _stamp(at: int) -> str:
    minutes, rest = divmod(at, 60_000)
    return f"[{minutes:02}:{rest // 1000:02}.{rest % 1000 // 10:02}]"
