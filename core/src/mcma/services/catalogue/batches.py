"""Many items by their ids, in one question."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.catalogue.lookup import some
from mcma.store.engine import Database
from mcma.store.queries.playlists import visible
from mcma.store.tables.listening import playlists
from mcma_plugins.values import Caller, ItemKind, PlaylistView


class Batch(NamedTuple):
    items: Sequence[Any]
    """Views of the kind, in the order asked for; what was asked for twice is there twice."""
    missing: Sequence[UUID]
    """Those that do not exist, or that the caller may not see."""
    replaced: dict[UUID, UUID]
    """Ids of merged items to those of the items that stand for them."""


class Batches:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, caller: Caller, kind: ItemKind, ids: Sequence[UUID]) -> Batch:
        if not ids:
            return Batch((), (), {})
        async with self._database.read() as connection:
            find = _playlists if kind is ItemKind.PLAYLIST else some
            found: dict[UUID, Any] = await find(connection, caller, kind, list(dict.fromkeys(ids)))
        missing = dict.fromkeys(id_ for id_ in ids if id_ not in found)
        replaced = {id_: view.id for id_, view in found.items() if view.id != id_}
        return Batch([found[id_] for id_ in ids if id_ in found], list(missing), replaced)


async def _playlists(
    connection: AsyncConnection, caller: Caller, kind: ItemKind, ids: Sequence[UUID]
) -> dict[UUID, PlaylistView]:
    rows = await connection.execute(visible(caller).where(playlists.c.id.in_(ids)))
    return {view.id: view for view in (PlaylistView(*row) for row in rows)}
