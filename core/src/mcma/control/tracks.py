"""What the command line can be told of tracks."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from mcma.domain.errors import InvalidInput
from mcma.services.callers import SYSTEM
from mcma.wiring import Core
from mcma_plugins.ids import TrackId

Json = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]


async def fields(core: Core, tell: Tell, *, track: str) -> list[Json]:
    """What counts of each field, and what everybody says of it."""
    found = await core.services.edits.fields(SYSTEM, TrackId(_id(track)))
    return [{**one._asdict(), "values": [each._asdict() for each in one.values]} for one in found]


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is no id.", code="usage", hint="mcma search WORDS") from None
