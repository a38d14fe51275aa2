"""What LRCLIB says of a song, whatever it says: checked and cut before anybody sees it."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mcma_plugins.lrc import MAX_LYRICS, document, read_lyrics
from mcma_plugins.texts import lines, one_line

LONGEST_NAME: Final = 500
LONGEST_SECONDS: Final = 7 * 86_400
MOST_KEPT: Final = 4 * 1024 * 1024
"""Bytes of a kept answer, unpacked."""


class Song(NamedTuple):
    id: int
    title: str
    artist: str
    album: str
    seconds: float | None
    instrumental: bool
    plain: str
    synced: str
    """LRC."""

    @property
    def lyrics(self) -> dict[str, Any] | None:
        """As candidates have them; None: it says neither what is sung nor that nothing is."""
        if self.instrumental:
            return {"lang": "zxx", "plain": None, "synced": []}
        timed, plain = read_lyrics(self.synced), read_lyrics(self.plain)
        words = plain or timed
        if words is None:
            return None
        return {"lang": "und", "plain": words.plain, "synced": document(timed.synced) if timed else []}


def song_of(said: object) -> Song | None:
    """None for what is no song: one without an id or a name, or without anything to say about its words."""
    fields = said if isinstance(said, Mapping) else {}
    id_ = fields.get("id")
    if not isinstance(id_, int) or isinstance(id_, bool) or not 0 < id_ < 2**63:
        return None
    title = _name(fields.get("trackName")) or _name(fields.get("name"))
    found = Song(
        id_, title, _name(fields.get("artistName")), _name(fields.get("albumName")),
        _seconds(fields.get("duration")), fields.get("instrumental") is True,
        _text(fields.get("plainLyrics")), _text(fields.get("syncedLyrics")),
    )  # fmt: skip
    return found if title and (found.instrumental or found.plain or found.synced) else None


def packed(songs: Iterable[Song]) -> bytes:
    return zlib.compress(json.dumps([list(song) for song in songs]).encode())


def unpacked(kept: bytes) -> Sequence[Song] | None:
    """None for what nobody here has packed."""
    try:
        content = zlib.decompressobj().decompress(kept, MOST_KEPT)
        return [Song(*song) for song in json.loads(content)]
    except (ValueError, TypeError, zlib.error):
        return None


def _name(value: object) -> str:
    return one_line(value[: 2 * LONGEST_NAME], LONGEST_NAME) if isinstance(value, str) else ""


def _text(value: object) -> str:
    return lines(value[: 2 * MAX_LYRICS], MAX_LYRICS) if isinstance(value, str) else ""


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 < value <= LONGEST_SECONDS else None
