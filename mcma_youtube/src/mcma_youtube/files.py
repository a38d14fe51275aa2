"""What lies in the folder of a download."""

import os
import re
from pathlib import Path
from typing import Final

from mcma_youtube.metadata import Said

_SOUND: Final = re.compile(r"audio\.[^.]+\.(?!part$|ytdl$|json$|temp$|tmp$)[A-Za-z0-9]{2,5}")
_COVER: Final = re.compile(r"cover\.(?:jpe?g|webp|png)")


def sound(into: Path, said: Said) -> Path | None:
    """The whole file; of several, which other attempts left, the one that was described."""
    described = into / f"audio.{said.get('format_id')}.{said.get('ext')}"
    found = _matching(into, _SOUND)
    return described if described in found else max(found, key=_changed, default=None)


def cover(into: Path) -> Path | None:
    return max(_matching(into, _COVER), key=_changed, default=None)


def drop_sound(into: Path) -> None:
    """What is too large is not kept for another attempt."""
    for one in into.glob("audio.*"):
        if one.is_file() and not one.is_symlink():
            one.unlink(missing_ok=True)


def _matching(into: Path, form: re.Pattern[str]) -> list[Path]:
    with os.scandir(into) as entries:
        return [into / one.name for one in entries if form.fullmatch(one.name) and _is_file(one)]


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size > 0


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns
