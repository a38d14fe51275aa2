"""Writes events into the logs, and keeps what is derived from them in step, in one transaction."""

from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from mcma.services.catalogue.lookup import reachable
from mcma.services.listening import derive
from mcma.services.listening.sessions import beginnings, client_of
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import hold_catalogue, insert_ignoring
from mcma.store.engine import WriteTransaction
from mcma.store.redirects import merged_into
from mcma.store.tables.listening import like_events, listens, rating_events
from mcma_plugins.events import LikeRecorded, PlayRecorded
from mcma_plugins.ids import DeviceId, TrackId
from mcma_plugins.values import Caller, ItemKind, ItemRef, ListenReport

CORE = "mcma"
"""Source of events that core's own services make."""


class Notify(Protocol):
    """Called after the commit with the name of a hook and its event (`LikeRecorded`, `PlayRecorded`)."""

    def __call__(self, hook: str, event: object, /) -> Awaitable[None] | None: ...


class Status(StrEnum):
    """What became of an event (sync protocol)."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    """Stored, but a later event decides the state."""
    REJECTED = "rejected"
    """No such item for this caller."""


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

    async def likes(self, events: Sequence[Event]) -> dict[UUID, Status]:
        statuses = await self._store(events, like_events, "liked", derive.refresh_likes)
        for event in events:
            if statuses[event.id] is Status.APPLIED:
                told = LikeRecorded(self._caller.user_id, event.item, bool(event.value), event.at)
                self._tell("like_recorded", told)
        return statuses

    async def ratings(self, events: Sequence[Event]) -> dict[UUID, Status]:
        return await self._store(events, rating_events, "rating", derive.refresh_ratings)

    async def _store(
        self, events: Sequence[Event], table: Any, column: str, refresh: Any
    ) -> dict[UUID, Status]:
        await self._begin()
        meant = await self._meant([event.item for event in events])
        statuses = {event.id: Status.REJECTED for event in events if event.item not in meant}
        rows = [self._row(event, meant[event.item], column) for event in events if event.item in meant]
        if not rows:
            return statuses
        fresh = await self._insert(table, rows)
        latest = await self._refresh(rows, refresh)
        for row in rows:
            decides = latest[row["item_id"]].id == row["id"]
            kept = Status.APPLIED if decides else Status.SUPERSEDED
            statuses[row["id"]] = kept if row["id"] in fresh else Status.DUPLICATE
        return statuses

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

    async def _insert(self, table: Any, rows: list[dict[str, Any]]) -> set[UUID]:
        """The ids that were not there before."""
        known = (
            table.select().with_only_columns(table.c.id).where(table.c.id.in_([row["id"] for row in rows]))
        )
        held = set(await self._connection.scalars(known))
        await self._connection.execute(insert_ignoring(self._connection, table), rows)
        return {row["id"] for row in rows} - held

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
        items = {row["track_id"] for row in rows}
        leads = await merged_into(self._connection, items)
        for track, play in await derive.refresh_plays(self._connection, self._user, items, leads):
            told = PlayRecorded(self._caller.user_id, TrackId(track), play.started_at, play.ms_played)
            self._tell("play_recorded", told)

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
