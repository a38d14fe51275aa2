"""Two files, one track: other encodings of a recording at the same place of an album."""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.domain.quality import Rule, quality
from mcma.services.indexing.values import Incoming, joined
from mcma.store.clock import new_id
from mcma.store.tables.catalogue import track_files, tracks

SLACK_MS = 3000
"""Two encodings of one recording differ in length by padding, not by more."""

_Key = tuple[UUID | None, int, int | None, str]
"""Album, disc, number, folded title."""


def _key(item: Incoming) -> _Key:
    return item.album_id, item.tags.disc or 1, item.tags.track, name_key(item.tags.title or "")


class _Slot:
    """A track at its place of an album, with the encodings that are there."""

    def __init__(self, track_id: UUID, duration_ms: int) -> None:
        self.track_id = track_id
        self.duration_ms = duration_ms
        self.codecs: set[str] = set()

    def takes(self, item: Incoming) -> bool:
        """Another encoding, or any when no file is left (a better rip has replaced it)."""
        audio = item.facts.audio
        near = abs(self.duration_ms - audio.duration_ms) <= SLACK_MS
        return not self.codecs or (near and audio.codec not in self.codecs)


class Slots:
    """The tracks of some albums, and those that a batch adds to them."""

    def __init__(self) -> None:
        self._slots: dict[_Key, list[_Slot]] = {}

    async def load(self, connection: AsyncConnection, root: bytes, albums: set[UUID]) -> None:
        """A file that has gone since the last scan leaves its place free."""
        if not albums:
            return
        query = (
            sa.select(tracks.c.id, tracks.c.album_id, tracks.c.disc, tracks.c.track, tracks.c.title,
                      tracks.c.duration_ms, track_files.c.codec, track_files.c.missing_since,
                      track_files.c.folder, track_files.c.name)
            .join_from(tracks, track_files, track_files.c.track_id == tracks.c.id)
            .where(
                tracks.c.album_id.in_(albums),
                tracks.c.deleted_at.is_(None),
                track_files.c.deleted_at.is_(None),
            )
            .order_by(tracks.c.id)
        )  # fmt: skip
        rows = (await connection.execute(query)).all()
        paths = [os.path.join(root, joined(row.folder, row.name)) for row in rows]  # noqa: PTH118 bytes
        there = await asyncio.to_thread(_there, paths)
        found: dict[UUID, _Slot] = {}
        for row, is_there in zip(rows, there, strict=True):
            if row.id not in found:
                found[row.id] = self._add(row, _Slot(row.id, row.duration_ms))
            if row.missing_since is None and is_there:
                found[row.id].codecs.add(row.codec)

    def _add(self, row: Any, slot: _Slot) -> _Slot:
        key = (row.album_id, row.disc or 1, row.track, name_key(row.title))
        self._slots.setdefault(key, []).append(slot)
        return slot

    def give(self, item: Incoming) -> None:
        """Gives a file without a track the one it belongs to, or a new one."""
        slots = self._slots.setdefault(_key(item), []) if item.album_id else []
        slot = next((slot for slot in slots if slot.takes(item)), None)
        if slot is None:
            slot = _Slot(new_id(), item.facts.audio.duration_ms)
            item.new_track = True
            if item.tags.track is not None:
                slots.append(slot)
        item.track_id = slot.track_id
        slot.codecs.add(item.facts.audio.codec)


def _there(paths: Sequence[bytes]) -> list[bool]:
    return [_is_there(path) for path in paths]


def _is_there(path: bytes) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def prefer_the_best(batch: Sequence[Incoming], rule: Rule) -> None:
    """Of the files of one new track, the best speaks for it."""
    by_track: dict[UUID | None, list[Incoming]] = {}
    for item in batch:
        by_track.setdefault(item.track_id, []).append(item)
    for items in by_track.values():
        if len(items) > 1 and any(item.new_track for item in items):
            best = max(items, key=partial(_quality, rule))
            for item in items:
                item.preferred = item.new_track = item is best


def _quality(rule: Rule, item: Incoming) -> Any:
    audio = item.facts.audio
    assert item.file_id is not None
    return quality(
        rule, present=True, lossless=audio.lossless, codec=audio.codec, size=item.facts.size,
        bit_depth=audio.bit_depth, sample_rate_hz=audio.sample_rate_hz, bit_rate_kbps=audio.bit_rate_kbps,
        id=item.file_id,
    )  # fmt: skip
