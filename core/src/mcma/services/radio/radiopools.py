"""The tracks that stand for what a radio is to be about."""

from collections.abc import Awaitable, Callable, Sequence
from random import Random
from uuid import UUID

from mcma.domain.errors import NotFound
from mcma.domain.folding import fold
from mcma.services.radio.similar import SimilarService
from mcma.store.access import sight
from mcma.store.engine import Database
from mcma.store.queries import radio as queries
from mcma_plugins.ids import PlaylistId
from mcma_plugins.suggestions import RadioAbout
from mcma_plugins.values import Caller, ItemKind, ItemRef, PlaylistEntry

MOST = 48
"""Tracks of one pool: a page takes some of them, so that a long radio wanders."""

Entries = Callable[[Caller, PlaylistId], Awaitable[Sequence[PlaylistEntry]]]


class Pools:
    """`entries` are the rows of a playlist; a smart one has them as well."""

    def __init__(self, database: Database, similar: SimilarService, entries: Entries) -> None:
        self._database, self._similar, self._entries = database, similar, entries

    async def of(self, caller: Caller, about: RadioAbout, random: Random) -> list[UUID]:
        """At most `MOST`; none for somebody who has liked and played nothing yet. `NotFound`."""
        found: dict[UUID, None] = {}
        for item in about.items:
            found |= dict.fromkeys(await self._item(caller, item))
        if about.genre is not None:
            found |= dict.fromkeys(await self._genre(caller, about.genre, random))
        if not about.items and about.genre is None:
            found |= dict.fromkeys(await self._mine(caller, random))
        listed = list(found)
        return random.sample(listed, min(len(listed), MOST))

    async def _item(self, caller: Caller, item: ItemRef) -> list[UUID]:
        if item.kind is not ItemKind.PLAYLIST:
            return await self._similar.seeds_of(caller, item)
        rows = await self._entries(caller, PlaylistId(item.id))
        return [row.track.id for row in rows if row.track is not None]

    async def _genre(self, caller: Caller, genre: str, random: Random) -> list[UUID]:
        seen = sight(caller)
        found: list[UUID] = []
        async with self._database.read() as connection:
            for start in (random.random(), 0.0):
                values = seen.values | {"genre": fold(genre), "start": start, "limit": MOST}
                columns = await queries.of_genre(seen.scope).columns(connection, values)
                found += columns[0] if columns else ()
        if not found:
            raise NotFound("There is no such genre.")
        return found[:MOST]

    async def _mine(self, caller: Caller, random: Random) -> list[UUID]:
        """What is liked and played often and lately is likelier to be among them."""
        seen = sight(caller)
        async with self._database.read() as connection:
            columns = await queries.of_caller(seen.scope).columns(
                connection, seen.values | {"caller": caller.user_id}
            )
        listed = list(columns[0]) if columns else []
        random.shuffle(listed)
        return list(dict.fromkeys(listed))[:MOST]
