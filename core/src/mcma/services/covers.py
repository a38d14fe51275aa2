"""Pictures of items: taken from their files, made of several, or drawn."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from mcma.domain.errors import McmaError, NotFound, Unavailable
from mcma.services.keptpictures import kept_at
from mcma.services.playlists import smart
from mcma.services.recent import Recent
from mcma.store.engine import Database
from mcma.store.queries.covers import (
    LOOKED_AT,
    Picture,
    PlaylistCover,
    artwork_of,
    files_with,
    pictures_in,
    pictures_of,
    playlist_cover,
)
from mcma_plugins.ids import PlaylistId
from mcma_plugins.values import Caller, CoverImage, ItemKind, ItemRef

if TYPE_CHECKING:
    from mcma.media.artwork import ArtworkCache

PLACEHOLDER_SIZE: Final = 600
"""Also of mosaics, where no size is asked for."""
CORNERS: Final = 4
PLAYLIST_SECONDS: Final = 300
"""How long the picture of a playlist may be kept unasked: it changes with what is in it."""
SMART_SECONDS: Final = 600.0
"""How long the albums of a smart playlist are taken for what they were: its rules need not be quick."""


class Covers:
    """`folder` is that of the picture cache, `kept` that of pictures that lie in no file of music."""

    def __init__(self, database: Database, folder: Path, kept: Path | None = None) -> None:
        self._database, self._folder, self._kept = database, folder, kept
        self._drawing = asyncio.Semaphore(2)
        self._smart: Recent[tuple[UUID, UUID, int], Sequence[Picture]] = Recent(SMART_SECONDS)

    @cached_property
    def _cache(self) -> "ArtworkCache":
        from mcma.media.artwork import ArtworkCache  # what draws is loaded by the first who wants a picture

        return ArtworkCache(self._folder)

    def forget(self) -> None:
        """What was looked up for whom."""
        self._smart.clear()

    async def cover(self, caller: Caller, item: ItemRef, size: int | None = None) -> CoverImage:
        """A known item without a picture gets a generated one. `NotFound` for an unknown item."""
        if item.kind is ItemKind.PLAYLIST:
            return await self._playlist(caller, item.id, size)
        async with self._database.read() as connection:
            found = await artwork_of(connection, caller, item)
        if found is None:
            raise NotFound("There is no such item.")
        if found.sha256 is not None:
            image = await self._picture(found.artwork_id, found.sha256.hex(), found.mime, size)
            if image is not None:
                return image
        return await self._placeholder(found.name, item.kind, size)

    async def _playlist(self, caller: Caller, id_: UUID, size: int | None) -> CoverImage:
        """The picture chosen for it, else the albums in it, as far as the caller may see them."""
        async with self._database.read() as connection:
            found = await playlist_cover(connection, caller, id_)
        if found is None:
            raise NotFound("There is no such item.")
        chosen = [found.picture] if found.picture else await self._albums(caller, id_, found)
        image = await self._made_of(chosen, size)
        if image is None:
            return await self._placeholder(found.name, ItemKind.PLAYLIST, size)
        return replace(image, kept_seconds=PLAYLIST_SECONDS)

    async def _albums(self, caller: Caller, id_: UUID, found: PlaylistCover) -> Sequence[Picture]:
        """The first ones, each once."""
        key = (caller.user_id, id_, found.rev)
        if found.smart and (known := self._smart.get(key)) is not None:
            return known
        async with self._database.read() as connection:
            if not found.smart:
                return _first(await pictures_in(connection, caller, id_))
            try:
                asked = await smart.asked_of(connection, caller, PlaylistId(id_))
                tracks = await smart.held(connection, asked, LOOKED_AT)
                listed = await pictures_of(connection, tracks)
            except Unavailable:  # rules that take too long, or that this version does not know
                listed = ()
        return self._smart.put(key, _first(listed))

    async def _made_of(self, chosen: Sequence[Picture], size: int | None) -> CoverImage | None:
        """One as it is, several as a mosaic. None when there are none any more."""
        there = [one for one in chosen if await self._is_here(one.id, one.sha256.hex())]
        if len(there) > 1 and (made := await self._mosaic(there, size or PLACEHOLDER_SIZE)) is not None:
            return made
        return await self._picture(there[0].id, there[0].sha256.hex(), there[0].mime, size) if there else None

    async def _mosaic(self, parts: Sequence[Picture], size: int) -> CoverImage | None:
        """None when the disk is full, or one of them cannot be read."""
        draw = partial(self._cache.mosaic, [one.sha256.hex() for one in parts], size)
        try:
            async with self._drawing:
                key, path = await asyncio.to_thread(draw)
        except McmaError:
            return None
        data = await asyncio.to_thread(path.read_bytes)
        return CoverImage(data, "image/jpeg", self._cache.etag(key, size), False)

    async def _is_here(self, artwork_id: UUID, key: str) -> bool:
        """In the cache; from now on, if it was not."""
        try:
            cached = await asyncio.to_thread(self._cache.get, key)
            return cached is not None or await self._fetch(artwork_id, key)
        except McmaError:
            return False

    async def _picture(self, artwork_id: UUID, key: str, mime: str, size: int | None) -> CoverImage | None:
        """None when neither the cache nor any file has the picture any more."""
        if not await self._is_here(artwork_id, key):
            return None
        try:
            path = await self._sized(key, size)
        except McmaError:
            return None
        if path is None:
            return None
        data = await asyncio.to_thread(path.read_bytes)
        return CoverImage(data, "image/jpeg" if size else mime, self._cache.etag(key, size), False)

    async def _sized(self, key: str, size: int | None) -> Path | None:
        found = await asyncio.to_thread(self._cache.get, key, size)
        if found is None and size is not None:
            async with self._drawing:
                return await asyncio.to_thread(self._cache.resized, key, size)
        return found

    async def _fetch(self, artwork_id: UUID, key: str) -> bool:
        """Takes the picture out of the first file that still holds it."""
        async with self._database.read() as connection:
            paths = await files_with(connection, artwork_id)
        if self._kept is not None:
            paths = [os.fsencode(kept_at(self._kept, key)), *paths]
        async with self._drawing:
            return await asyncio.to_thread(self._fill, paths, key)

    def _fill(self, paths: list[bytes], key: str) -> bool:
        from mcma.media.tags import read_picture

        for path in paths:
            data = read_picture(path, bytes.fromhex(key))
            if data is not None:
                return self._cache.put(data) == key
        return False

    async def _placeholder(self, name: str, kind: ItemKind, size: int | None) -> CoverImage:
        side = min(max(size or PLACEHOLDER_SIZE, 32), 1000)
        async with self._drawing:
            data = await asyncio.to_thread(_placeholder, name, kind.value, side)
        return CoverImage(data, "image/jpeg", f"placeholder-{side}", True)


def _first(pictures: Sequence[Picture]) -> Sequence[Picture]:
    """The first different ones."""
    return tuple({one.id: one for one in pictures}.values())[:CORNERS]


def _placeholder(name: str, kind: str, side: int) -> bytes:
    from mcma.media.artwork import placeholder

    return placeholder(name, kind, side)
