"""Plays as events of clients: of a track, or of what somebody says a recording is. They are only added.

A listen of a claim names the claim for ever, and is a play of whatever track the claim has by then.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.events import Status
from mcma.services.catalogue.lookup import reachable
from mcma.services.claims import claims
from mcma.services.claims.lookup import Wanted
from mcma.services.listening import derive
from mcma.services.listening.recorded import Notify, Recorded, again, count_plays
from mcma.services.listening.sessions import client_of
from mcma.store.dialect import hold_catalogue, insert_ignoring
from mcma.store.engine import WriteTransaction
from mcma.store.queries import listening as log
from mcma.store.redirects import winners
from mcma.store.tables.listening import listens
from mcma_plugins.values import Caller, ItemKind


@dataclass(frozen=True, slots=True)
class PlayEvent:
    """One listen: of `what`, from `at` on. `ms_played` None: to the end."""

    id: UUID
    what: UUID | Wanted
    at: datetime
    reported_at: datetime
    received_at: datetime
    ms_played: int | None
    n: int


class _Meant(NamedTuple):
    """What a listen names: a track or a claim; and the track that it is a play of, if any."""

    track_id: UUID | None
    claim_id: UUID | None
    item: UUID | None


async def record_plays(
    transaction: WriteTransaction,
    caller: Caller,
    events: Sequence[PlayEvent],
    source: str,
    notify: Notify | None,
) -> dict[UUID, Recorded]:
    """What became of each, by its id: never superseded. `item` is the track that it is a play of, if any."""
    connection = transaction.connection
    await hold_catalogue(connection)
    await derive.lock(connection, caller.user_id)
    made = await _repeated(connection, caller, events)
    fresh = [event for event in events if event.id not in made]
    meant = await _meant(connection, caller, {event.what for event in fresh})
    rows = [_row(event, caller, source, meant[event.what]) for event in fresh if event.what in meant]
    if rows:
        await connection.execute(insert_ignoring(connection, listens), rows)
        heard = {one.item for one in meant.values() if one.item is not None}
        await count_plays(transaction, caller.user_id, heard, notify)
    return made | {event.id: _recorded(meant.get(event.what)) for event in fresh}


async def _meant(
    connection: AsyncConnection, caller: Caller, named: Collection[UUID | Wanted]
) -> dict[UUID | Wanted, _Meant]:
    said = [one for one in named if isinstance(one, Wanted)]
    asked = [one for one in named if not isinstance(one, Wanted)]
    found: dict[UUID | Wanted, _Meant] = {}
    if asked:
        seen = await reachable(connection, caller, ItemKind.TRACK, asked)
        found |= {id_: _Meant(track, None, track) for id_, track in seen.items()}
    if said:
        held = await claims.said_by(connection, caller, said)
        found |= {one: _Meant(None, claim.id, claim.track_id) for one, claim in held.items()}
    return found


def _recorded(meant: _Meant | None) -> Recorded:
    if meant is None:
        return Recorded(Status.REJECTED, code="not_found")
    return Recorded(Status.APPLIED, meant.item)


def _row(event: PlayEvent, caller: Caller, source: str, meant: _Meant) -> dict[str, Any]:
    return {
        "id": event.id, "user_id": caller.user_id, "track_id": meant.track_id, "claim_id": meant.claim_id,
        "at": event.at, "ms_played": event.ms_played, "reported_at": event.reported_at,
        "received_at": event.received_at, "source": source, "source_key": str(event.id),
        "client": client_of(caller), "device_id": caller.device_id, "n": event.n,
    }  # fmt: skip


async def _repeated(
    connection: AsyncConnection, caller: Caller, events: Sequence[PlayEvent]
) -> dict[UUID, Recorded]:
    """Those that the log has, which keeps their ids for ever."""
    rows = {row.id: row for row in await connection.execute(log.reported([event.id for event in events]))}
    if not rows:
        return {}
    led = await winners(connection, ItemKind.TRACK, [row.heard for row in rows.values() if row.heard])
    made = {}
    for event in events:
        row = rows.get(event.id)
        if row is not None:
            item = led.get(row.heard, row.heard)
            said = (row.user_id, row.ms_played, row.reported_at)
            same = said == (caller.user_id, event.ms_played, event.reported_at)
            named = (item, row.heard) if row.claim_id is None else (claims.as_said(row),)
            made[event.id] = again(item, same and event.what in named)
    return made
