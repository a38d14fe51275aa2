"""What the command line can have done with lyrics."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from mcma.services.callers import SYSTEM
from mcma.services.catalogue.lyric_export import LyricExport
from mcma.wiring import Core

Tell = Callable[[Mapping[str, Any]], Awaitable[None]]


async def export(core: Core, _: Tell, *, library: str, folder: str) -> dict[str, int]:
    found = await core.services.libraries.find(SYSTEM, library)
    made = await LyricExport(core.database).export(SYSTEM, found.id, Path(folder))
    return made._asdict()
