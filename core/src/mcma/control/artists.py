"""What the command line can have done with artists."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from mcma.control.merged import merge_id, told
from mcma.domain.errors import NotFound
from mcma.services.callers import SYSTEM
from mcma.wiring import Core
from mcma_plugins.ids import ArtistId

Json = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]


async def merge(core: Core, tell: Tell, *, artist: str, into: str) -> Json:
    pair = await _artist(core, artist), await _artist(core, into)
    return told(await core.services.merges.merge_artist(SYSTEM, *pair))


async def split(core: Core, tell: Tell, *, artist: str, names: list[str]) -> Json:
    made = await core.services.merges.split_artist(SYSTEM, await _artist(core, artist), names)
    return {**told(made), "names": names}


async def undo(core: Core, tell: Tell, *, merge: str) -> Json:
    return told(await core.services.merges.undo(SYSTEM, merge_id(merge, "mcma artists merge")))


async def aliases(core: Core, tell: Tell, *, artist: str) -> list[Json]:
    found = await core.services.artist_edits.details(SYSTEM, await _artist(core, artist))
    return [alias._asdict() for alias in found.aliases]


async def _artist(core: Core, said: str) -> ArtistId:
    """By id, or by the whole name, where one artist alone has it."""
    try:
        return (await core.services.catalogue.artist(SYSTEM, ArtistId(UUID(said)))).id
    except ValueError:
        pass
    named = await core.services.artist_edits.named(SYSTEM, said)
    if len(named) != 1:
        many = f"{len(named)} artists are" if named else "No artist is"
        raise NotFound(f"{many} called {said!r}: say the id.", hint=f"mcma search {said!r}")
    return named[0]
