"""What shares hold now, as their owners see it: nothing of it is kept with the share."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound, Unavailable
from mcma.services.playlists import smart
from mcma.store.queries import shares as queries
from mcma_plugins.ids import PlaylistId, UserId
from mcma_plugins.values import Caller, ItemKind, SharedItem

MOST_SMART = 20
"""Smart playlists that are asked for one list of shares; each is a query of its own."""


class Held(NamedTuple):
    tracks: Sequence[UUID]
    """In order, each once."""
    complete: bool


async def items_of(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[SharedItem]]:
    found: dict[UUID, list[SharedItem]] = defaultdict(list)
    for share, _, kind, item, name in await connection.execute(queries.items(ids)):
        found[share].append(SharedItem(ItemKind(kind), item, name))
    return found


async def held_by(connection: AsyncConnection, ids: Sequence[UUID], most: int) -> dict[UUID, Held]:
    """At most so many tracks of each. A smart playlist that takes too long, or has rules this version does
    not know, holds nothing for now."""
    rows: dict[UUID, list[tuple[int, int, UUID]]] = defaultdict(list)
    for query in queries.held_tracks(ids, most + 1):
        for share, position, place, track in await connection.execute(query):
            rows[share].append((position, place, track))
    smart_ones = (await connection.execute(queries.smart(ids).limit(MOST_SMART))).all()
    for share, position, playlist, *owner in smart_ones:
        tracks = await _of_rules(connection, playlist, owner, most + 1)
        rows[share] += [(position, place, track) for place, track in enumerate(tracks)]
    return {share: _held(rows[share], most) for share in ids}


def _held(rows: list[tuple[int, int, UUID]], most: int) -> Held:
    ordered = dict.fromkeys(track for *_, track in sorted(rows, key=lambda row: row[:2]))
    return Held(list(islice(ordered, most)), len(ordered) <= most)


async def _of_rules(
    connection: AsyncConnection, playlist: UUID, owner: Sequence[Any], most: int
) -> Sequence[UUID]:
    id_, name, is_admin = owner
    try:
        asked = await smart.asked_of(connection, Caller(UserId(id_), name, is_admin), PlaylistId(playlist))
        return await smart.held(connection, asked, most)
    except (NotFound, Unavailable):
        return ()
