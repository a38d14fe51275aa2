"""Writes events into the logs, and keeps what is derived from them in step, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.events import Status
from mcma.services.catalogue.lookup import reachable
from mcma.services.listening import derive
from mcma.services.listening.recorded import Notify, Recorded, again, count_plays
from mcma.services.listening.sessions import beginnings, client_of
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import hold_catalogue, insert_ignoring
from mcma.store.engine import WriteTransaction
from mcma.store.redirects import merged_into
from mcma.store.tables.listening import like_events, listens, rating_events
from mcma_plugins.events import LikeRecorded
from mcma_plugins.ids import DeviceId
from mcma_plugins.values import Caller, ItemKind, ItemRef, ListenReport

CORE = "mcma"
"""Source of events that core's own services make."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a log. `value` is True or False for likes, 0 to 5 for ratings.

    `at` is corrected by the device's clock skew, `reported_at` is what the device said.
    """

    id: UUID
    item: ItemRef
    value: int
    at: datetime
    reported_at: datetime
    source: str = CORE
    device_id: DeviceId | None = None
    n: int | None = None


class Recording:
    """One batch of one caller in one transaction."""

    def __init__(self, transaction: WriteTransaction, caller: Caller, notify: Notify | None) -> None:
        self._transaction, self._connection = transaction, transaction.connection
        self._caller, self._user = caller, caller.user_id
        self._notify = notify

    async def likes(self, events: Sequence[Event]) -> dict[UUID, Recorded]:
        made = await self._store(events, like_events, "liked", derive.refresh_likes)
        for event in events:
            if made[event.id].status is Status.APPLIED:
                told = LikeRecorded(self._caller.user_id, event.item, bool(event.value), event.at)
                self._tell("like_recorded", told)
        return made

    async def ratings(self, events: Sequence[Event]) -> dict[UUID, Recorded]:
        return await self._store(events, rating_events, "rating", derive.refresh_ratings)

    async def _store(
        self, events: Sequence[Event], table: Any, column: str, refresh: Any
    ) -> dict[UUID, Recorded]:
        await self._begin()
        meant = await self._meant([event.item for event in events])
        made = await self._repeated(events, table, column, meant)
        fresh = [event for event in events if event.id not in made]
        made |= {
            one.id: Recorded(Status.REJECTED, code="not_found") for one in fresh if one.item not in meant
        }
        rows = [self._row(event, meant[event.item], column) for event in fresh if event.item in meant]
        if rows:
            await self._connection.execute(insert_ignoring(self._connection, table), rows)
            latest = await self._refresh(rows, refresh)
            for row in rows:
                decides = latest[row["item_id"]].id == row["id"]
                status = Status.APPLIED if decides else Status.SUPERSEDED
                made[row["id"]] = Recorded(status, row["item_id"])
        return made

    async def _repeated(
        self, events: Sequence[Event], table: Any, column: str, meant: Mapping[ItemRef, UUID]
    ) -> dict[UUID, Recorded]:
        """Those that the log has, which keeps their ids for ever."""
        log = table.c
        named = (log.id, log.user_id, log.item_kind, log.item_id, log[column].label("value"), log.reported_at)
        known = sa.select(*named).where(log.id.in_([event.id for event in events]))
        rows = {row.id: row for row in await self._connection.execute(known)}
        if not rows:
            return {}
        led = await self._meant(ItemRef(ItemKind(row.item_kind), row.item_id) for row in rows.values())
        made = {}
        for event in events:
            row = rows.get(event.id)
            if row is not None:
                theirs = ItemRef(ItemKind(row.item_kind), row.item_id)
                item = led.get(theirs, theirs.id)
                same = event.item == theirs or (event.item.kind, meant.get(event.item)) == (theirs.kind, item)
                said = (row.user_id, row.value, row.reported_at)
                same = same and said == (self._user, event.value, event.reported_at)
                made[event.id] = again(item, same)
        return made

    async def _begin(self) -> None:
        await hold_catalogue(self._connection)
        await derive.lock(self._connection, self._user)

    async def _meant(self, items: Iterable[ItemRef]) -> dict[ItemRef, UUID]:
        wanted: dict[ItemKind, list[UUID]] = defaultdict(list)
        for item in items:
            wanted[item.kind].append(item.id)
        found: dict[ItemRef, UUID] = {}
        for kind, ids in wanted.items():
            ends = await reachable(self._connection, self._caller, kind, ids)
            found |= {ItemRef(kind, id_): end for id_, end in ends.items()}
        return found

    def _row(self, event: Event, item: UUID, column: str) -> dict[str, Any]:
        value: int | bool = bool(event.value) if column == "liked" else event.value
        return {
            "id": event.id, "user_id": self._user, "item_kind": event.item.kind.value, "item_id": item,
            column: value, "at": event.at, "reported_at": event.reported_at, "received_at": utcnow(),
            "device_id": event.device_id or self._caller.device_id, "n": event.n, "source": event.source,
        }  # fmt: skip

    async def _refresh(self, rows: list[dict[str, Any]], refresh: Any) -> dict[UUID, Any]:
        latest: dict[UUID, Any] = {}
        for kind in {row["item_kind"] for row in rows}:
            items = {row["item_id"] for row in rows if row["item_kind"] == kind}
            leads = await merged_into(self._connection, items)
            latest |= await refresh(self._connection, self._user, ItemKind(kind), items, leads)
        return latest

    async def listens(self, reports: Sequence[ListenReport], source: str) -> None:
        await self._begin()
        wanted = list({report.track_id for report in reports})
        meant = await reachable(self._connection, self._caller, ItemKind.TRACK, wanted)
        untimed = {meant[each.track_id] for each in reports if each.at is None and each.track_id in meant}
        began = await beginnings(self._connection, self._caller, untimed) if untimed else {}
        now = utcnow()
        rows = [
            self._listen(each, meant[each.track_id], source, began.get(meant[each.track_id], now), now)
            for each in reports if each.track_id in meant
        ]  # fmt: skip
        if not rows:
            return
        await self._connection.execute(insert_ignoring(self._connection, listens), rows)
        heard = {row["track_id"] for row in rows}
        await count_plays(self._transaction, self._caller.user_id, heard, self._notify)

    def _listen(
        self, report: ListenReport, track: UUID, source: str, began: datetime, now: datetime
    ) -> dict[str, Any]:
        said = report.at or began
        return {
            "id": new_id(), "user_id": self._user, "track_id": track, "at": min(said, now),
            "ms_played": report.ms_played, "reported_at": said, "received_at": now, "source": source,
            "source_key": f"{report.track_id}:{int(said.timestamp() * 1000)}",
            "client": client_of(self._caller), "device_id": self._caller.device_id,
        }  # fmt: skip

    def _tell(self, hook: str, event: object) -> None:
        notify = self._notify
        if notify is not None:
            self._transaction.after_commit.append(lambda: notify(hook, event))
