"""Everything about enriching that people ask for, and the jobs by which it is done. For administrators."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from mcma.services.callers import person_of, require_admin
from mcma.services.enriching import overview, reviews, standings
from mcma.services.enriching.decisions import Decided, Deciding
from mcma.services.enriching.enrichers import Enrichers
from mcma.services.enriching.lyricrelaying import LyricRelaying
from mcma.services.enriching.overview import EnricherView
from mcma.services.enriching.previews import preview
from mcma.services.enriching.relaying import Relaying
from mcma.services.enriching.requesting import Requests, Selection
from mcma.services.enriching.reviews import CandidateView, Filter, ItemName, RunPage, RunView, StateView
from mcma.services.enriching.standings import Place, StandingFilter, StandingPage
from mcma.services.jobs import JobOwner
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma_plugins.ids import JobId
from mcma_plugins.jobs import JobKind, Schedule
from mcma_plugins.values import Caller, ItemRef

EVERY = Filter()
ALL_OF_THEM = StandingFilter()


class ItemView(NamedTuple):
    item: ItemRef
    name: ItemName | None
    states: Sequence[StateView]
    runs: Sequence[RunView]


class Enrichment:
    """Satisfies `JobOwner`. `notify` tells plugins, after the commit, what has changed."""

    def __init__(
        self, database: Database, enrichers: Enrichers, deciding: Deciding,
        requests: Requests, relaying: Sequence[Relaying | LyricRelaying], work: Sequence[JobOwner],
        notify: Callable[[str, object], None],
    ) -> None:  # fmt: skip
        self._database, self._enrichers = database, enrichers
        self._deciding, self._requests, self._notify = deciding, requests, notify
        self._relaying, self._work = relaying, (*work, *relaying)

    def job_kinds(self) -> Sequence[JobKind]:
        return [*self._requests.job_kinds(), *(kind for one in self._work for kind in one.job_kinds())]

    def schedules(self) -> Mapping[str, Schedule]:
        return {name: each for one in self._work for name, each in one.schedules().items()}

    async def settle(self) -> None:
        """See `Relaying.settle`."""
        for one in self._relaying:
            await one.settle()

    async def ask(self, caller: Caller, wanted: Selection) -> JobId:
        """See `Requests.ask`."""
        require_admin(caller)
        return await self._requests.ask(caller, wanted)

    async def overview(self, caller: Caller) -> Sequence[EnricherView]:
        require_admin(caller)
        async with self._database.read() as connection:
            return await overview.overview(connection, self._enrichers.abilities())

    async def page(
        self, caller: Caller, asked: Filter = EVERY, after: UUID | None = None, limit: int = 50
    ) -> RunPage:
        require_admin(caller)
        async with self._database.read() as connection:
            return await reviews.page(connection, asked, after, limit)

    async def show(self, caller: Caller, run_id: UUID) -> RunView:
        """With what each of its candidates would change now. `NotFound`."""
        require_admin(caller)
        async with self._database.read() as connection:
            run = await reviews.show(connection, run_id)
            said = await reviews.said_by(connection, run) if run.name else {}
            shown: list[CandidateView] = []
            for one in run.candidates:
                changes = await preview(connection, said[one.id]) if one.id in said else ()
                shown.append(one._replace(changes=changes))
            return run._replace(candidates=shown)

    async def names(self, caller: Caller, items: Collection[ItemRef]) -> Mapping[ItemRef, ItemName]:
        """Of those that are here."""
        require_admin(caller)
        async with self._database.read() as connection:
            return await reviews.names_of(connection, items)

    async def item(self, caller: Caller, item: ItemRef) -> ItemView:
        """Where it stands with each enricher, and every answer that is kept, the latest first."""
        require_admin(caller)
        async with self._database.read() as connection:
            name = (await reviews.names_of(connection, [item])).get(item)
            found = await reviews.states_of(connection, item)
            return ItemView(item, name, found, await reviews.history(connection, item))

    async def items(
        self,
        caller: Caller,
        asked: StandingFilter = ALL_OF_THEM,
        after: Place | None = None,
        limit: int = 50,
    ) -> StandingPage:
        """Which items stand where, and why; what came last to the library first."""
        require_admin(caller)
        async with self._database.read() as connection:
            return await standings.page(connection, asked, after, limit)

    async def accept(self, caller: Caller, run_id: UUID, candidate_id: UUID) -> RunView:
        """Of that run. `NotFound`; `Conflict` (manual, taken)."""
        require_admin(caller)
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            done = await self._deciding.accept(transaction, run_id, candidate_id, person_of(caller))
            return await self._done(transaction, done)

    async def refuse(self, caller: Caller, run_id: UUID, candidate_id: UUID | None = None) -> RunView:
        """One candidate, or all of them. `NotFound`; `Conflict` (taken)."""
        require_admin(caller)
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            done = await self._deciding.refuse(transaction, run_id, candidate_id, person_of(caller))
            return await self._done(transaction, done)

    async def undo(self, caller: Caller, run_id: UUID) -> RunView:
        """`NotFound`; `Conflict` (nothing_to_undo, not_last)."""
        require_admin(caller)
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            done = await self._deciding.undo(transaction, run_id, person_of(caller))
            return await self._done(transaction, done)

    async def _done(self, transaction: WriteTransaction, done: Decided) -> RunView:
        transaction.after_commit.append(lambda: self._tell(done))
        return await reviews.show(transaction.connection, done.run_id)

    def _tell(self, done: Decided) -> None:
        for hook, event in done.news:
            self._notify(hook, event)
