"""A part of a batch in one transaction: taken whole or not at all, with receipts and the count."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotAuthenticated, NotFound, Unavailable
from mcma.domain.events import Status
from mcma.services.playlists.playlist_locks import lock_playlists
from mcma.services.sync.push import receipts
from mcma.services.sync.push.batch import GAP
from mcma.services.sync.push.clocks import Clock
from mcma.services.sync.push.handler import Work, family_of
from mcma.services.sync.push.reading import Item
from mcma.services.sync.push.receipts import Receipt
from mcma.store.dialect import hold_catalogue, lock_catalogue, tell_now
from mcma.store.queries.people import lock_user
from mcma.store.queries.sync_state import head
from mcma.store.tables.people import devices

_SEEN_IN_THE_FEED = (Status.APPLIED, Status.SUPERSEDED, Status.DUPLICATE)


async def take(work: Work, clock: Clock, items: Sequence[Item]) -> tuple[int, int]:
    """Gives each its outcome. Returns the device's count afterwards, and the head of the feed."""
    connection, user = work.connection, work.caller.user_id
    await _lock(work, items)
    known = await receipts.known(connection, user, (one.sent.id for one in items))
    order = _Order(known, await acked_by(connection, user, work.device_id))
    for one in items:
        order.look(one)
    new = list(order.new.values())
    await _apply(work, [one for one in new if one.outcome is None])
    seen = {"acked_n": order.acked, "last_seen_at": clock.received_at}
    await connection.execute(sa.update(devices).where(devices.c.id == work.device_id).values(**seen))
    await tell_now(connection)
    reached = await head(connection)
    for one in new:
        assert one.outcome is not None
        one.seq = reached if one.outcome.status in _SEEN_IN_THE_FEED else None
    await receipts.keep(connection, user, work.device_id, clock.received_at, new)
    for again, first in order.repeated:
        assert first.outcome is not None
        Receipt(first.digest, first.seq, first.outcome).answer(again)
    return order.acked, reached


async def _lock(work: Work, items: Sequence[Item]) -> None:
    """In the one order of locks. Two pushes of one user take turns."""
    asked = [(one.handler, one.event) for one in items if one.handler is not None and one.event is not None]
    if any(handler.needs_catalogue for handler, _ in asked):
        await lock_catalogue(work.connection)
    else:
        await hold_catalogue(work.connection)
    playlists = {id_ for handler, event in asked for id_ in handler.playlists(event.data)}
    if playlists:
        await lock_playlists(work.connection, playlists)
    await lock_user(work.connection, work.caller.user_id)


async def acked_by(connection: AsyncConnection, user: UUID, device: UUID) -> int:
    """Raises `NotFound` (`unknown_device`) and `NotAuthenticated` (`device_revoked`)."""
    row = (await connection.execute(sa.select(devices).where(devices.c.id == device))).first()
    if row is None or row.user_id != user or row.deleted_at is not None:
        said = "You have no such device."
        raise NotFound(said, code="unknown_device", hint="PUT /api/v1/devices/ID registers it.")
    if row.revoked_at is not None:
        raise NotAuthenticated("This device was revoked.", code="device_revoked")
    return int(row.acked_n)


@dataclass(slots=True)
class _Order:
    """Which events are taken: each once, and none before the one before it."""

    known: Mapping[UUID, Receipt]
    acked: int
    new: dict[UUID, Item] = field(default_factory=dict)
    repeated: list[tuple[Item, Item]] = field(default_factory=list)

    def look(self, one: Item) -> None:
        id_, n = one.sent.id, one.sent.n
        if id_ in self.known:
            self.known[id_].answer(one)
        elif id_ in self.new:
            self.repeated.append((one, self.new[id_]))
        elif n > self.acked + 1:
            one.outcome = GAP
            return
        else:
            self.new[id_] = one
        if n == self.acked + 1:
            self.acked = n


async def _apply(work: Work, items: Sequence[Item]) -> None:
    """First what commutes with everything, all of a type at once; then the rest in order."""
    bulk: dict[str, list[Item]] = defaultdict(list)
    for one in items:
        if one.handler is not None and one.handler.in_bulk:
            bulk[one.sent.type].append(one)
    for run in bulk.values():
        await _run(work, run)
    rest = [one for one in items if one.handler is not None and not one.handler.in_bulk]
    for _, following in groupby(rest, key=_family):
        await _run(work, list(following))


def _family(one: Item) -> str:
    return family_of(one.handler, one.sent.type)


async def _run(work: Work, items: Sequence[Item]) -> None:
    handler = items[0].handler
    assert handler is not None
    events = [one.event for one in items if one.event is not None]
    try:
        outcomes = await handler.apply(work, events)
    except sa.exc.IntegrityError:  # of another user: those of one take turns
        said = "Something of the same id was made at this moment: send it again."
        raise Unavailable(said, code="write_clash", retry_after=1) from None
    for one, outcome in zip(items, outcomes, strict=True):
        one.outcome = outcome
