"""Likes, ratings and plays: the `Listening` that adapters are given, and what the sync push writes with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.events import Status
from mcma.services.catalogue.lookup import BUILDERS
from mcma.services.listening.rebuild import rebuild
from mcma.services.listening.recorded import Notify, Recorded
from mcma.services.listening.recording import Event, Recording
from mcma.store.access import sight
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries import lists
from mcma_plugins.values import Caller, ItemKind, ItemRef, ListenReport, Starred


class ListeningService:
    """Satisfies `mcma_plugins.services.Listening`. Ids of merged items mean the winner."""

    def __init__(self, database: Database, notify: Notify | None = None) -> None:
        self._database = database
        self._notify = notify

    async def like(
        self, caller: Caller, items: Sequence[ItemRef], liked: bool, at: datetime | None = None
    ) -> None:
        """Liking again is another event, and keeps the time of the first."""
        await self.record_likes(caller, _events(items, liked, at))

    async def rate(self, caller: Caller, item: ItemRef, rating: int) -> None:
        [status] = (await self.record_ratings(caller, _events([item], rating, None))).values()
        if status is Status.REJECTED:
            raise NotFound(f"There is no such {item.kind}.")

    async def record_likes(self, caller: Caller, events: Sequence[Event]) -> dict[UUID, Status]:
        """What became of each event, by its id. The same id again is a duplicate and changes nothing."""
        async with self._database.write() as transaction:
            return _statuses(await Recording(transaction, caller, self._notify).likes(events))

    async def record_ratings(self, caller: Caller, events: Sequence[Event]) -> dict[UUID, Status]:
        if any(not 0 <= event.value <= 5 for event in events):
            raise InvalidInput("A rating is 1 to 5, or 0 for none.")
        async with self._database.write() as transaction:
            return _statuses(await Recording(transaction, caller, self._notify).ratings(events))

    async def starred(self, caller: Caller, libraries: Sequence[int] | None = None) -> Starred:
        seen = sight(caller, libraries)
        async with self._database.read() as connection:
            found = [
                BUILDERS[kind](await lists.liked(kind, seen.scope).columns(connection, seen.values))
                for kind in _LIKEABLE
            ]
        return Starred(*found)

    async def listened(self, caller: Caller, reports: Sequence[ListenReport], source: str) -> None:
        """Times that lie ahead are taken as now."""
        async with self._database.write() as transaction:
            await Recording(transaction, caller, self._notify).listens(reports, source)

    async def rebuild(self, user_id: UUID | None = None) -> None:
        await rebuild(self._database, user_id)


_LIKEABLE = (ItemKind.ARTIST, ItemKind.ALBUM, ItemKind.TRACK)


def _statuses(made: Mapping[UUID, Recorded]) -> dict[UUID, Status]:
    return {id_: one.status for id_, one in made.items()}


def _events(items: Iterable[ItemRef], value: int, at: datetime | None) -> list[Event]:
    now = utcnow()
    then = min(at, now) if at else now
    return [Event(new_id(), item, value, then, at or now) for item in items]
