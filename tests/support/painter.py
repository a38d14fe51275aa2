"""An enricher that knows albums and artists, and has pictures of them: whatever a test wants."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support.oracle import Oracle

Puts = Callable[[Path], Any]
"""Puts something into the folder and says where."""


def drawn(colour: str = "red", side: int = 90, form: str = "JPEG", **options: Any) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(target, form, **options)
    return target.getvalue()


def putting(content: bytes, name: str = "cover.jpg") -> Puts:
    def put(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return put


class Painter(Oracle):
    def __init__(self, name: str = "oracle") -> None:
        super().__init__(name)
        self.puts: Puts = putting(drawn())
        self.trouble: BaseException | None = None
        self.handles: list[str] = []
        self.meanwhile: Callable[[str], Awaitable[object]] | None = None
        """Done while a picture is got."""

    async def picture(self, handle: str, into: Path, most_bytes: int) -> Path | None:
        self.handles.append(handle)
        if self.meanwhile is not None:
            await self.meanwhile(handle)
        if self.trouble is not None:
            raise self.trouble
        return self.puts(into)  # type: ignore[no-any-return]
