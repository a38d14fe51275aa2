"""From the ids of libraries to the numbers that some services still take."""

from collections.abc import Sequence
from uuid import UUID

from mcma.api.auth import Call


async def numbers_of(call: Call, libraries: Sequence[UUID] | None) -> list[int] | None:
    """Those that the caller may not see are left out."""
    if libraries is None:
        return None
    chosen = set(libraries)
    return [view.number for view in await call.services.libraries.list(call.caller) if view.id in chosen]
