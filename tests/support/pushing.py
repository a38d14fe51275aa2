"""A device that pushes what it did, with a clock that may be wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.services.sync.push import Batch, Push, Pushed, Result, Sent
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.people import devices
from mcma_plugins.values import Caller


@dataclass
class Device:
    push: Push
    caller: Caller
    id: UUID = field(default_factory=new_id)
    ahead: timedelta = timedelta()
    """By how much its clock is wrong."""
    n: int = 0

    async def register(self, database: Database) -> "Device":
        row = {"id": self.id, "user_id": self.caller.user_id, "name": "phone", "client": "tests",
               "created_at": utcnow(), "updated_at": utcnow()}  # fmt: skip
        async with database.write() as transaction:
            await transaction.connection.execute(sa.insert(devices).values(**row))
        return self

    def did(self, type_: str, *, at: datetime | None = None, id: UUID | None = None, **data: Any) -> Sent:
        """`at` is the true time."""
        self.n += 1
        return Sent(id or new_id(), self.n, type_, (at or utcnow()) + self.ahead, data)

    async def send(self, *events: Sent) -> Pushed:
        return await self.push.push(self.caller, Batch(self.id, utcnow() + self.ahead, events))

    async def say(self, type_: str, *, at: datetime | None = None, **data: Any) -> Result:
        """One event, and what became of it."""
        [result] = (await self.send(self.did(type_, at=at, **data))).results
        return result

    def as_client(self, name: str) -> "Device":
        return replace(self, caller=replace(self.caller, client=name))


def statuses(pushed: Pushed) -> list[str]:
    return [str(one.status) for one in pushed.results]


def codes(pushed: Pushed) -> list[str | None]:
    return [one.code for one in pushed.results]


def by_n(results: Sequence[Result]) -> dict[int, str]:
    return {one.n: str(one.status) for one in results}
