"""What is made ahead for plans, and how much of it at a time: it is kept until the device has it, so that
renditions of one plan do not push each other out. Half of the cache stays with those who listen.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from mcma.domain.profiles import Target
from mcma.services.jobs import Jobs
from mcma.services.renditions.batches import RENDER_MANY
from mcma.services.renditions.beginning import row_of
from mcma.services.renditions.files import RenditionFiles
from mcma.services.renditions.upkeep import FAILURES_KEPT, Room
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import renditions as rows
from mcma.store.queries import staged
from mcma.store.queries.staged import MOST_IDS, Key, Made
from mcma_plugins.jobs import Priority
from mcma_plugins.process import MIB
from mcma_plugins.values import Caller

KEPT: Final = timedelta(days=1)
"""From the last time that a plan asked for it."""
SHARE: Final = 2
"""A half of the cache."""
SPARE: Final = 64 * MIB
MOST: Final = 2000
"""Begun by one plan; the same plan goes on with the rest once some are fetched."""


class Want(NamedTuple):
    file_id: UUID
    target: Target
    bytes: int
    """Rather more than it will have."""

    @property
    def key(self) -> Key:
        return self.file_id, self.target.key


class Staging:
    def __init__(self, database: Database, jobs: Jobs, files: RenditionFiles, room: Room) -> None:
        self._database, self._jobs, self._files, self._room = database, jobs, files, room

    async def look(self, files: Sequence[UUID]) -> dict[Key, Made]:
        found: dict[Key, Made] = {}
        async with self._database.read() as connection:
            for start in range(0, len(files), MOST_IDS):
                found |= await staged.of_files(connection, files[start : start + MOST_IDS])
        return found

    async def stage(
        self, caller: Caller, wants: Sequence[Want], known: Mapping[Key, Made], held: Sequence[UUID]
    ) -> None:
        """Has them made and kept, in this order, as far as there is room; lets go of those that are `held`
        by the device."""
        now = utcnow()
        free = await asyncio.to_thread(self._files.room) - SPARE
        async with self._database.write() as transaction:
            connection = transaction.connection
            mine = [known[want.key].id for want in wants if want.key in known]
            await staged.hold_all(connection, list({*mine, *held}))
            for part in _parts(held):
                await staged.release(connection, part, caller.user_id)
            room = min(self._room.bytes // SHARE - await staged.kept_bytes(connection, now), free)
            chosen = _chosen(wants, known, now, room)
            for part in _parts([known[want.key].id for want in chosen.keep]):
                await staged.stage(connection, part, now + KEPT)
            if chosen.make:
                await self._make(transaction, caller, chosen.make, known, now)

    async def _make(
        self,
        transaction: WriteTransaction,
        caller: Caller,
        wants: Sequence[Want],
        known: Mapping[Key, Made],
        now: datetime,
    ) -> None:
        """One job for them all, in the order of their times."""
        connection = transaction.connection
        for part in _parts([known[want.key].id for want in wants if want.key in known]):
            await rows.drop_many(connection, part)
        job_id = await self._jobs.enqueue(
            transaction, RENDER_MANY, {"renditions": len(wants)}, priority=Priority.BULK,
            created_by=caller.user_id,
        )  # fmt: skip
        mine = {"state": rows.QUEUED, "job_id": job_id, "staged_until": now + KEPT}
        made = [
            row_of(new_id(), want.file_id, want.target, caller.user_id)
            | mine
            | {"created_at": now + timedelta(microseconds=place)}
            for place, want in enumerate(wants)
        ]
        await staged.add(connection, made)


class _Chosen(NamedTuple):
    keep: list[Want]
    make: list[Want]


def _chosen(wants: Sequence[Want], known: Mapping[Key, Made], now: datetime, room: int) -> _Chosen:
    """In order, up to the first for which there is no room: what comes later must not overtake it."""
    chosen = _Chosen([], [])
    for want in wants:
        made = known.get(want.key)
        if made is not None and made.state == rows.FAILED and not is_forgotten(made, now):
            continue
        if made is None or not made.is_kept(now):
            room -= want.bytes if made is None or made.size is None else made.size
        if room < 0 or len(chosen.make) == MOST:
            break
        anew = made is None or made.lost or made.state == rows.FAILED
        (chosen.make if anew else chosen.keep).append(want)
    return chosen


def is_forgotten(made: Made, now: datetime) -> bool:
    """A failure that may be tried again."""
    return made.finished_at is None or now - made.finished_at > FAILURES_KEPT


def _parts(ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)]
