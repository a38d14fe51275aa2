"""An artist's plays while somebody listens: what a track gained is added.

Adding up all that credits an artist, who may have a hundred thousand tracks, is left for when plays went, for
the first play, and for rebuilding. The result is the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.queries import listening as log


class Counted(NamedTuple):
    """How often somebody played something, and when last."""

    plays: int = 0
    last: datetime | None = None

    def went_back(self, before: "Counted") -> bool:
        """The latest play is no more, or was earlier than thought: another may be the latest now."""
        return before.last is not None and (self.last is None or self.last < before.last)


class Change(NamedTuple):
    before: Counted
    after: Counted


NEVER = Counted()


async def counted(connection: AsyncConnection, user: UUID, items: Iterable[UUID]) -> dict[UUID, Counted]:
    rows = await connection.execute(log.counted(user, list(items)))
    return {item: Counted(plays, last) for item, plays, last in rows}


async def added(
    connection: AsyncConnection, user: UUID, changes: Mapping[UUID, Change]
) -> tuple[list[dict[str, Any]], set[UUID]]:
    """States of the artists whose tracks changed so, and the artists who must be added up anew."""
    theirs: dict[UUID, list[Change]] = defaultdict(list)
    for artist, track in await connection.execute(log.main_artists(list(changes))):
        theirs[artist].append(changes[track])
    held = await counted(connection, user, theirs)
    anew = {artist for artist, each in theirs.items() if _unsure(held.get(artist, NEVER), each)}
    sure = theirs.keys() - anew
    return [counters(artist, _sum(held[artist], theirs[artist])) for artist in sure], anew


def counters(item: UUID, now: Counted) -> dict[str, Any]:
    return {"item_id": item, "play_count": now.plays, "last_played_at": now.last}


def _unsure(held: Counted, changes: Iterable[Change]) -> bool:
    return not held.plays or any(after.went_back(before) for before, after in changes)


def _sum(held: Counted, changes: Sequence[Change]) -> Counted:
    plays = held.plays + sum(after.plays - before.plays for before, after in changes)
    times = [held.last, *(after.last for _, after in changes)]
    return Counted(plays, max(filter(None, times), default=None))
