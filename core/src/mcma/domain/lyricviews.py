"""Lyrics as they are shown, from how they are kept."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, Protocol

from mcma_plugins.values import Lyrics, LyricsCue

_LENGTH: Final = 16
"""Hexadecimal digits: it tells apart what one track says at two times, not all lyrics that there are."""


class Words(Protocol):
    @property
    def lang(self) -> str: ...
    @property
    def plain(self) -> str | None: ...
    @property
    def synced(self) -> Sequence[Any] | None: ...


def lyrics_view(kept: Words) -> Lyrics:
    if kept.synced:
        lines = [(start, words) for start, words, *_ in kept.synced]
        cues = [tuple(LyricsCue(*cue) for each in more for cue in each) for _, _, *more in kept.synced]
        return Lyrics(kept.lang, True, lines, cues if any(cues) else ())
    return Lyrics(kept.lang, False, [(None, line) for line in (kept.plain or "").splitlines()])


def lyrics_digest(shown: Sequence[Words]) -> str | None:
    """Another one where other lyrics are shown, or in another order; None where there are none."""
    if not shown:
        return None
    said = json.dumps([lyrics_view(one) for one in shown]).encode()
    return sha256(said).hexdigest()[:_LENGTH]
