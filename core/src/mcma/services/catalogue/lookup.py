"""Items by their ids, as one caller may see them; ids of merged items lead to the winner."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.services.catalogue.paging import Build
from mcma.store.access import library_ids, sight
from mcma.store.queries import listening, lists
from mcma.store.queries.rows import album_views, artist_views, track_views
from mcma.store.redirects import winners
from mcma_plugins.values import Caller, ItemKind

MOST_IDS = 5000
"""Ids per statement: both engines allow about 32,000 parameters."""

BUILDERS: dict[ItemKind, Build[Any]] = {
    ItemKind.ALBUM: album_views,
    ItemKind.ARTIST: artist_views,
    ItemKind.TRACK: track_views,
}


async def some(
    connection: AsyncConnection, caller: Caller, kind: ItemKind, wanted: Sequence[UUID]
) -> dict[UUID, Any]:
    """Views by the id they were asked for with."""
    found = await _direct(connection, caller, kind, wanted)
    lost = {id_ for id_ in wanted if id_ not in found}
    if lost:
        leads = await winners(connection, kind, lost)
        ends = await _direct(connection, caller, kind, list(set(leads.values())))
        found |= {id_: ends[end] for id_, end in leads.items() if end in ends}
    return found


async def _direct(
    connection: AsyncConnection, caller: Caller, kind: ItemKind, wanted: Sequence[UUID]
) -> dict[UUID, Any]:
    seen, build = sight(caller), BUILDERS[kind]
    found: dict[UUID, Any] = {}
    for part in chunks(wanted):
        prepared, values = lists.by_ids(kind, seen.scope, part)
        views = build(await prepared.columns(connection, seen.values | values))
        found |= {view.id: view for view in views}
    return found


async def one(connection: AsyncConnection, caller: Caller, kind: ItemKind, wanted: UUID) -> Any:
    found = await some(connection, caller, kind, [wanted])
    if wanted not in found:
        raise NotFound(f"There is no such {kind}.")
    return found[wanted]


async def reachable(
    connection: AsyncConnection, caller: Caller, kind: ItemKind, wanted: Sequence[UUID]
) -> dict[UUID, UUID]:
    """From the ids asked for to the items they mean, for those the caller may see."""
    found = {id_: id_ for id_ in await _alive(connection, caller, kind, wanted)}
    lost = {id_ for id_ in wanted if id_ not in found}
    leads = await winners(connection, kind, lost) if lost else {}
    if leads:
        ends = await _alive(connection, caller, kind, list(set(leads.values())))
        found |= {id_: end for id_, end in leads.items() if end in ends}
    return found


async def _alive(
    connection: AsyncConnection, caller: Caller, kind: ItemKind, wanted: Sequence[UUID]
) -> set[UUID]:
    found: set[UUID] = set()
    for part in chunks(wanted):
        query = listening.reachable(kind, part, library_ids(caller))
        found |= set() if query is None else set(await connection.scalars(query))
    return found


Some = TypeVar("Some")


def chunks(ids: Iterable[Some]) -> Iterator[list[Some]]:
    listed = list(ids)
    for start in range(0, len(listed), MOST_IDS):
        yield listed[start : start + MOST_IDS]
