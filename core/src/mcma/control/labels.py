"""What the command line can have done with labels."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from mcma.control.merged import merge_id, told
from mcma.domain.credits import name_key
from mcma.domain.errors import NotFound
from mcma.services.callers import SYSTEM
from mcma.wiring import Core

Json = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]


async def merge(core: Core, tell: Tell, *, label: str, into: str) -> Json:
    pair = await _label(core, label), await _label(core, into)
    return told(await core.services.merges.merge_label(SYSTEM, *pair))


async def undo(core: Core, tell: Tell, *, merge: str) -> Json:
    return told(await core.services.merges.undo(SYSTEM, merge_id(merge, "mcma labels merge")))


async def list_(core: Core, tell: Tell) -> list[Json]:
    return [
        {"id": str(one.id), "name": one.name, "albums": one.album_count, "aliases": list(one.aliases)}
        for one in await core.services.labels.list(SYSTEM)
    ]


async def _label(core: Core, said: str) -> UUID:
    """By id, or by the name as tags write it, whatever its case and accents."""
    try:
        return UUID(said)
    except ValueError:
        pass
    for one in await core.services.labels.list(SYSTEM):
        if name_key(said) in {name_key(name) for name in (one.name, *one.aliases)}:
            return one.id
    raise NotFound(f"No label is called {said!r}.", hint="mcma labels list")
