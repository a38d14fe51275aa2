"""What the command line can have done with artists."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.folding import fold
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.filters import Filters
from mcma.services.identity.merges import MergeView
from mcma.wiring import Core
from mcma_plugins.ids import ArtistId

Json = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]


async def merge(core: Core, tell: Tell, *, artist: str, into: str) -> Json:
    pair = await _artist(core, artist), await _artist(core, into)
    return _told(await core.services.merges.merge_artist(SYSTEM, *pair))


async def split(core: Core, tell: Tell, *, artist: str, names: list[str]) -> Json:
    return _told(await core.services.merges.split_artist(SYSTEM, await _artist(core, artist), names))


async def undo(core: Core, tell: Tell, *, merge: str) -> Json:
    return _told(await core.services.merges.undo(SYSTEM, _id(merge)))


async def aliases(core: Core, tell: Tell, *, artist: str) -> list[Json]:
    found = await core.services.artist_edits.details(SYSTEM, await _artist(core, artist))
    return [alias._asdict() for alias in found.aliases]


async def _artist(core: Core, said: str) -> ArtistId:
    """By id, or by the whole name, where one artist alone has it."""
    try:
        return (await core.services.catalogue.artist(SYSTEM, ArtistId(UUID(said)))).id
    except ValueError:
        pass
    listed = await core.services.browse.list_artists(SYSTEM, Filters(q=said))
    named = [one.id for one in listed.items if fold(one.name) == fold(said)]
    if len(named) != 1:
        many = f"{len(named)} artists are" if named else "No artist is"
        raise NotFound(f"{many} called {said!r}: say the id.", hint=f"mcma search {said!r}")
    return named[0]


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is no id.", hint="mcma artists merge prints it") from None


def _told(one: MergeView) -> Json:
    return {
        "id": str(one.id), "reason": one.reason, "loser": one.loser_name, "winner": one.winner_name,
        "loser_id": str(one.loser_id), "winner_id": str(one.winner_id),
        "undone": one.undone_at is not None,
    }  # fmt: skip
