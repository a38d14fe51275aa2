"""Getting a file of an item, and a picture of it."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final

from mcma_archive.condition import Condition
from mcma_archive.formats import extension
from mcma_archive.ids import file_address
from mcma_archive.items import Item, ItemFile
from mcma_archive.tracks import image_url
from mcma_plugins import FetchProgress, FetchWish, McmaError, PermanentError, PluginError, RetryLater
from mcma_plugins.fetching import MIB, Web

MOST_PICTURE: Final = 10 * MIB
_PICTURE_TYPES: Final = ("image/", "application/octet-stream")
_FRONT: Final = ("front", "cover", "folder", "itemimage")


class Downloads:
    def __init__(self, base: str, web: Web, condition: Condition) -> None:
        self._base, self._web, self._condition = base, web, condition

    async def sound(
        self, item: Item, file: ItemFile, into: Path, wish: FetchWish
    ) -> AsyncGenerator[FetchProgress, None]:
        """To `into`. It is what the archive says it is, by its digest, or it is not there."""
        if file.size is not None and file.size > wish.most_bytes:
            raise PermanentError(f"It has {file.size} bytes, more than are taken.", code="too_large")
        if not (into.exists() and await _is_whole(into, file)):
            self._condition.check()
            async with aclosing(self._arriving(item, file, into, wish)) as steps:
                async for step in steps:
                    yield step
        if not await _is_whole(into, file):
            into.unlink()
            raise RetryLater("What came is not what the archive says it has.", code="bad_answer")

    async def _arriving(
        self, item: Item, file: ItemFile, into: Path, wish: FetchWish
    ) -> AsyncGenerator[FetchProgress, None]:
        url = f"{self._base}/download/{file_address(item.identifier, file.name)}"
        steps = self._web.download(url, into, most_bytes=wish.most_bytes, seconds=wish.seconds)
        try:
            async with aclosing(steps):
                async for step in steps:
                    yield step
        except PluginError as error:
            raise self._condition.fault(error, of_one_file=True) from error
        self._condition.well()

    async def picture(self, item: Item, into: Path) -> Path | None:
        """The front if there is one, else what the archive shows for the item. None when none can be had."""
        named = _picture(item)
        url = image_url(self._base, item.identifier)
        if named is not None:
            url = f"{self._base}/download/{file_address(item.identifier, named.name)}"
        with suppress(McmaError):
            into.write_bytes(await self._web.get_bytes(url, most=MOST_PICTURE, types=_PICTURE_TYPES))
            return into
        return None


def _picture(item: Item) -> ItemFile | None:
    pictures = [
        one
        for one in item.files
        if one.is_picture and one.source == "original" and (one.size or 0) <= MOST_PICTURE
    ]
    return min(pictures, key=_rank, default=None)


def _rank(picture: ItemFile) -> int:
    name = picture.name.lower()
    return next((place for place, word in enumerate(_FRONT) if word in name), len(_FRONT))


def name_of(file: ItemFile) -> str:
    return f"sound.{extension(file.name)}"


async def _is_whole(path: Path, file: ItemFile) -> bool:
    if file.digest is None:
        return file.size is None or path.stat().st_size == file.size
    algorithm, value = file.digest
    return await asyncio.to_thread(_digest, path, algorithm) == value


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
