"""What yt-dlp wrote down of a video, as an item."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mcma_plugins.sources import OutsideAudio, SourceItem, SourceKind
from mcma_youtube import ids, shapes

NAME: Final = "audio.info.json"
LARGEST: Final = 16 * 1024 * 1024
Said = Mapping[str, Any]


def read(into: Path) -> Said:
    """Empty when there is none, or none that can be read."""
    try:
        with (into / NAME).open("rb") as file:
            said = json.loads(file.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def item(said: Said, source_id: str) -> SourceItem | None:
    """YouTube Music tells track, artists and album; of any other video there is a title and a channel."""
    title = _text(said, "track") or _text(said, "title")
    if title is None:
        return None
    seconds = said.get("duration")
    fine = isinstance(seconds, int | float) and seconds is not True and 0 < seconds < 10**6
    return SourceItem(
        SourceKind.TRACK, source_id, title,
        artists=_artists(said),
        album=_text(said, "album"),
        track_number=_whole(said, "track_number"),
        disc_number=_whole(said, "disc_number"),
        year=_whole(said, "release_year"),
        duration_ms=round(float(seconds) * 1000) if fine and seconds is not None else None,
        audio=_audio(said),
        artwork_url=_text(said, "thumbnail"),
        url=ids.page(SourceKind.TRACK, source_id),
    )  # fmt: skip


def _artists(said: Said) -> tuple[str, ...]:
    named = said.get("artists")
    if isinstance(named, list):
        found = [shapes.clean(one) for one in named if isinstance(one, str)]
    else:
        found = [
            shapes.clean(_text(said, "artist") or _text(said, "channel") or _text(said, "uploader") or "")
        ]
    return tuple(dict.fromkeys(filter(None, found)))


def _audio(said: Said) -> OutsideAudio:
    codec, rate = _text(said, "acodec"), said.get("abr")
    return OutsideAudio(codec, round(rate) if isinstance(rate, int | float) and 0 < rate < 10_000 else None)


def _text(said: Said, key: str) -> str | None:
    value = said.get(key)
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _whole(said: Said, key: str) -> int | None:
    value = said.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10_000 else None
