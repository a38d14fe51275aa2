"""What claims mean, as people and other parts of the server ask about it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, McmaError
from mcma.services.matching import barring, reviews
from mcma.services.matching.barring import BlockView, NewBlock
from mcma.services.matching.deciding import Decided, say, undo
from mcma.services.matching.evaluation import consider
from mcma.services.matching.reviews import Filter, Place, ReviewPage, ReviewView
from mcma.services.matching.values import Decision, OnDecided, Proposal, Thing, Verdict
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma_plugins.values import Caller

MOST_AT_ONCE = 200
EVERY = Filter()


class Choice(NamedTuple):
    claim_id: UUID
    thing: Thing | UUID | None
    """A thing, a candidate by its id, or None: none of these."""


class Answered(NamedTuple):
    claim_id: UUID
    decided: Decided | None
    error: McmaError | None


class Matching:
    """One's own claims; for administrators everybody's. Others raise `NotFound`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[OnDecided] = []

    def listen(self, listener: OnDecided) -> None:
        """Told of every decision about a claim in the transaction that makes it: what is to be got of a
        source is known here first. It MUST NOT lock more than its own rows."""
        self._listeners.append(listener)

    async def told(self, connection: AsyncConnection, decision: Decision) -> None:
        for listener in self._listeners:
            await listener(connection, decision)

    async def consider(
        self, connection: AsyncConnection, claim_id: UUID, proposals: Sequence[Proposal]
    ) -> Verdict:
        """See `evaluation.consider`."""
        return await consider(connection, claim_id, proposals, self.told)

    async def page(
        self,
        caller: Caller,
        asked: Filter = EVERY,
        after: Place | None = None,
        limit: int = 50,
    ) -> ReviewPage:
        async with self._database.read() as connection:
            return await reviews.page(connection, caller, asked, after, limit)

    async def show(self, caller: Caller, claim_id: UUID) -> ReviewView:
        async with self._database.read() as connection:
            return await reviews.show(connection, caller, claim_id)

    async def decide(self, caller: Caller, choice: Choice) -> ReviewView:
        """`NotFound`."""
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            await say(transaction.connection, caller, choice.claim_id, choice.thing, self.told)
            return await reviews.show(transaction.connection, caller, choice.claim_id)

    async def decide_many(self, caller: Caller, choices: Sequence[Choice]) -> list[Answered]:
        """Each for itself: what cannot be decided says why, the others are. Checked before anything of a
        decision is written, so that one transaction holds them all."""
        if len(choices) > MOST_AT_ONCE:
            raise InvalidInput(f"At most {MOST_AT_ONCE} at once.")
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            return [await self._one(transaction.connection, caller, one) for one in choices]

    async def _one(self, connection: AsyncConnection, caller: Caller, choice: Choice) -> Answered:
        try:
            decided = await say(connection, caller, choice.claim_id, choice.thing, self.told)
        except McmaError as error:
            return Answered(choice.claim_id, None, error)
        return Answered(choice.claim_id, decided, None)

    async def undo(self, caller: Caller, claim_id: UUID) -> ReviewView:
        """`NotFound`; `Conflict` (code nothing_to_undo)."""
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            await undo(transaction.connection, caller, claim_id, self.told)
            return await reviews.show(transaction.connection, caller, claim_id)

    async def blocks(self, caller: Caller, after: UUID | None = None, limit: int = 50) -> Sequence[BlockView]:
        async with self._database.read() as connection:
            return await barring.listed(connection, caller, after, limit)

    async def block(self, caller: Caller, block: NewBlock) -> BlockView:
        async with self._database.write() as transaction:
            return await barring.bar(transaction.connection, caller, block)

    async def unblock(self, caller: Caller, block_id: UUID) -> None:
        async with self._database.write() as transaction:
            await barring.unbar(transaction.connection, caller, block_id)
