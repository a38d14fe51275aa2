"""What administrators do with artists: say that two are one, or that one is several, and take it back."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.domain.errors import Conflict, InvalidInput, NotFound
from mcma.services.callers import person_of, require_admin
from mcma.services.catalogue.lookup import reachable
from mcma.services.enriching.picturerows import want_again
from mcma.services.enriching.pictureupkeep import PICTURES
from mcma.services.entities.artistmerge import join_artists, part_artists, split_artist
from mcma.services.entities.following import RECREDIT, follow
from mcma.services.entities.recrediting import Notify, Recrediting
from mcma.services.jobs import Jobs
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma_plugins.events import ItemsMerged
from mcma_plugins.ids import ArtistId
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule
from mcma_plugins.texts import one_line
from mcma_plugins.values import Caller, ItemKind

LONGEST, MOST = 500, 20


class ArtistHands:
    """For administrators: `Forbidden` for others."""

    def __init__(self, database: Database, jobs: Jobs, notify: Notify) -> None:
        self._database, self._jobs, self._notify = database, jobs, notify
        self._recrediting = Recrediting(database, notify)

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(RECREDIT, self._run, max_attempts=3),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def merge(self, caller: Caller, loser: ArtistId, winner: ArtistId) -> UUID:
        """The loser becomes a redirect to the winner; what tags say of it, and what people did with it, is
        the winner's from now on. Returns the id that the loser has now: its own where it was merged before.

        Raises `NotFound`, and `Conflict`: `same_item`, `merged_before`, `special_artist`.
        """
        require_admin(caller)
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            meant = await _meant(connection, caller, loser, winner)
            if meant[0] != loser:
                if meant[0] == meant[1]:
                    return loser
                said = "This artist was merged into another one before: merge that one."
                raise Conflict(said, code="merged_before")
            await join_artists(connection, meant[0], meant[1], person_of(caller))
            news = await follow(self._jobs, transaction, person_of(caller), meant)
        self._tell("items_merged", news, *meant)
        return loser

    async def split(self, caller: Caller, artist: ArtistId, names: Sequence[str]) -> UUID:
        """All credits of the artist are credits of these names from now on. Its id leads to the first.

        Raises `NotFound`, `InvalidInput`, and `Conflict`: `special_artist`, `cycle`.
        """
        require_admin(caller)
        wanted = _checked(names)
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            [meant] = await _meant(connection, caller, artist)
            found = await split_artist(connection, meant, wanted, person_of(caller))
            news = await follow(self._jobs, transaction, person_of(caller), [meant, *found])
        self._tell("items_merged", news, meant, found[0])
        return meant

    async def undo(self, caller: Caller, merge_id: UUID) -> None:
        """Of a merge or a split that a person made. Raises `Conflict` as `part_artists` does."""
        require_admin(caller)
        async with self._database.write() as transaction:
            parted = await part_artists(transaction.connection, merge_id)
            if await want_again(transaction.connection, parted[0]):
                await self._jobs.enqueue(transaction, PICTURES, {}, dedup_key=PICTURES)
            news = await follow(self._jobs, transaction, person_of(caller), parted)
        self._tell("items_unmerged", news, *parted[:2])

    def _tell(self, hook: str, news: Sequence[tuple[str, object]], loser: UUID, winner: UUID) -> None:
        for told, event in news:
            self._notify(told, event)
        self._notify(hook, ItemsMerged(ItemKind.ARTIST, loser, winner))

    async def _run(self, job: JobContext) -> Payload:
        ids = [UUID(str(one)) for one in job.payload["artists"]]
        return {"tracks": await self._recrediting.artists(ids)}


async def _meant(connection: AsyncConnection, caller: Caller, *ids: UUID) -> list[UUID]:
    """What the ids lead to now."""
    found = await reachable(connection, caller, ItemKind.ARTIST, ids)
    if any(id_ not in found for id_ in ids):
        raise NotFound("There is no such artist.")
    return [found[id_] for id_ in ids]


def _checked(names: Sequence[str]) -> list[str]:
    clean = [one_line(name, LONGEST) for name in names]
    keys = {name_key(name) for name in clean if name}
    if len(keys) != len(clean) or not 2 <= len(clean) <= MOST:
        raise InvalidInput(f"An artist is divided into 2 to {MOST} different names.", code="invalid_names")
    return clean
