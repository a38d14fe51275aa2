"""What was answered to which event, so that sending it again is answered in the same way."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.events import Status
from mcma.services.sync.push.batch import REUSED, Outcome
from mcma.services.sync.push.reading import Item
from mcma.services.sync.push.room import size_of
from mcma.store.bulk import insert_rows
from mcma.store.tables.push import push_receipts as table

DAYS = 90
"""How long receipts are kept."""
LARGEST = 4096
"""Bytes of a `canonical` that is kept."""


class Receipt(NamedTuple):
    digest: bytes
    seq: int | None
    said: Outcome

    def answer(self, again: Item) -> None:
        """Of an event that came before: the same one, or another one under its id."""
        if again.digest == self.digest:
            again.outcome, again.seq = self.said._replace(status=Status.DUPLICATE), self.seq
        else:
            again.outcome = REUSED


async def known(connection: AsyncConnection, user: UUID, ids: Iterable[UUID]) -> dict[UUID, Receipt]:
    held = sa.select(table).where(table.c.user_id == user, table.c.id.in_(list(ids)))
    return {
        row.id: Receipt(
            bytes(row.digest), row.seq, Outcome(Status(row.status), row.code, row.message, row.canonical)
        )
        for row in await connection.execute(held)
    }


async def keep(
    connection: AsyncConnection, user: UUID, device: UUID, now: datetime, items: Sequence[Item]
) -> None:
    rows = [
        {"user_id": user, "id": one.sent.id, "device_id": device, "n": one.sent.n, "type": one.sent.type,
         "digest": one.digest, "status": outcome.status.value, "code": outcome.code,
         "message": outcome.message, "canonical": _kept(outcome.canonical), "seq": one.seq,
         "received_at": now}
        for one in items if (outcome := one.outcome) is not None
    ]  # fmt: skip
    await insert_rows(connection, table, rows)


def _kept(canonical: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return canonical if size_of(canonical) <= LARGEST else None


async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Those that are old enough. Returns how many went."""
    old = sa.delete(table).where(table.c.received_at < now - timedelta(days=DAYS))
    return int((await connection.execute(old)).rowcount)
