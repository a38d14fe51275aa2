"""Files that belong to the audio beside them: covers to all of it, lyrics to the one of the same stem."""

import os
from collections import defaultdict
from collections.abc import Callable

from mcma_local.names import LYRICS_EXTENSIONS, cover_rank, split, without_language

Stat = Callable[[os.DirEntry[bytes]], os.stat_result | None]
"""None: not a regular file that may be read."""


def is_sidecar(name: bytes) -> bool:
    return cover_rank(name) is not None or split(name)[1] in LYRICS_EXTENSIONS


class Sidecars:
    def __init__(self) -> None:
        self._covers: list[tuple[int, bytes]] = []
        self._lyrics: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._mtimes: dict[bytes, int] = {}

    def add(self, entry: os.DirEntry[bytes], stat: Stat) -> None:
        found = stat(entry)
        if found is None:
            return
        self._mtimes[entry.name] = found.st_mtime_ns
        rank = cover_rank(entry.name)
        if rank is None:
            self._add_lyrics(entry.name)
        else:
            self._covers.append((rank, entry.name))

    def _add_lyrics(self, name: bytes) -> None:
        """Whether `a.de.lrc` belongs to `a` or to `a.de` cannot be said here: it may be both."""
        stem = split(name)[0]
        self._lyrics[stem].append(name)
        if (shorter := without_language(stem)) is not None:
            self._lyrics[shorter].append(name)

    def of(self, stem: bytes) -> tuple[tuple[bytes, ...], int]:
        """Names, best cover first and lyrics last, and their latest mtime."""
        if not self._mtimes:
            return (), 0
        names = (*(name for _, name in sorted(self._covers)), *self._lyrics.get(stem, ()))
        return names, max((self._mtimes[name] for name in names), default=0)
