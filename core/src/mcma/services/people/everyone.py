"""All artists: the one list that is asked for whole and grows with the library, so it is kept."""

from collections import OrderedDict
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.access import Sight
from mcma.store.queries import lists
from mcma.store.queries.rows import everyone_views
from mcma_plugins.values import ArtistView, UserState

KEPT = 8
"""Sets of libraries of which one process keeps the artists, about a kilobyte each."""
Artists = tuple[ArtistView, ...]


class Everyone:
    """The artists of libraries, kept as long as the revision of each library stays the same.

    What is kept is nobody's: the libraries are read anew for each caller, and likes and ratings are laid
    over it.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, ...], tuple[Any, Artists]] = OrderedDict()

    async def __call__(self, connection: AsyncConnection, seen: Sight) -> list[ArtistView]:
        found = await self._shared(connection, seen)
        states = await lists.ARTIST_STATES.columns(connection, seen.values)
        if not states:
            return list(found)
        ids, *marks = states
        mine = dict(zip(ids, map(UserState, *marks), strict=True))
        return [one._replace(user=mine[one.id]) if one.id in mine else one for one in found]

    async def _shared(self, connection: AsyncConnection, seen: Sight) -> Artists:
        """The revision is read first: what was changed in between is at worst read again."""
        revision = await lists.revision(seen.scope).columns(connection, seen.values)
        if not revision:
            return ()
        libraries = tuple(revision[0])
        kept = self._kept.get(libraries)
        if kept is None or kept[0] != revision:
            made = everyone_views(await lists.everyone(seen.scope).columns(connection, seen.values))
            kept = self._kept[libraries] = (revision, made)
        self._kept.move_to_end(libraries)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return kept[1]
