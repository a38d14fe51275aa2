"""Plans for offline listening: what a device fetches for its pins, in which form, in which order.

A plan is made anew each time and kept nowhere: the same question has the same answer, and goes on where the
one before was. What is made ahead for it is in `renditions/staging.py`.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from mcma.domain import profiles
from mcma.domain.errors import InvalidInput, TooManyRequests
from mcma.domain.offline import Taking
from mcma.domain.profiles import Reason
from mcma.services.callers import require_right
from mcma.services.catalogue.lookup import chunks
from mcma.services.offline.entries import Chosen, Cut, Entry, State, cut, entries, is_held
from mcma.services.offline.pins import Missing, Pin, resolved
from mcma.services.people.devices import Devices
from mcma.services.renditions import Renditions
from mcma.services.renditions.byfile import ORIGINAL
from mcma.services.renditions.staging import KEPT
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import offline as queries
from mcma.store.queries.offline import PlannedFile
from mcma.store.queries.staged import Key, Made
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller, Right

AT_ONCE: Final = 2
"""Plans of one user at a time, on one server."""
POLL: Final = 10
"""Seconds after which something that was queued may be ready."""


class Ask(NamedTuple):
    pins: Sequence[Pin]
    profile: str | None = None
    """A profile's name, or `original`; None: as the device says of itself, or as it is."""
    max_bit_rate_kbps: int | None = None
    budget_bytes: int | None = None
    have: Collection[UUID] = frozenset()
    """Ids of files, or validators, that the device holds."""
    device_id: UUID | None = None
    """The caller's by default."""
    start: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    count: int
    bytes: int
    """Of those whose size is exact."""
    estimated_bytes: int
    """Of the others."""
    held: int
    left_out: int
    left_out_bytes: int


class Plan(NamedTuple):
    entries: Sequence[Entry]
    missing: Sequence[Missing]
    unneeded: Sequence[UUID]
    """What the device holds and the plan does not name."""
    totals: Totals
    jobs: Sequence[UUID]
    poll_after: int | None
    """Seconds; None when everything is ready that will be."""
    kept_until: datetime | None
    """What is ready is kept until then, unless the plan is asked for again."""


class OfflinePlans:
    def __init__(self, database: Database, renditions: Renditions, devices: Devices) -> None:
        self._database, self._renditions, self._devices = database, renditions, devices
        self._running: Counter[UserId] = Counter()

    async def plan(self, caller: Caller, ask: Ask) -> Plan:
        """Raises `Forbidden` without the right to download, `TooLarge` beyond what one plan holds,
        `InvalidInput` for a profile that is not there, `NotFound` for a device that is not the caller's."""
        require_right(caller, Right.DOWNLOAD)
        with self._taken(caller.user_id):
            taking = await self._taking(caller, ask)
            found = await self._cut(caller, ask, taking)
            keys = list({one.file.file_id for one in found.chosen if one.key is not None})
            known = await self._renditions.staging.look(keys)
            if ask.start:
                await self._start(caller, ask, found.chosen, known)
                known = await self._renditions.staging.look(keys)
            unable = await self._unable()
            return await asyncio.to_thread(_plan, ask, found, known, unable)

    @contextmanager
    def _taken(self, user: UserId) -> Iterator[None]:
        if self._running[user] >= AT_ONCE:
            raise TooManyRequests(f"At most {AT_ONCE} plans at a time.", retry_after=2)
        self._running[user] += 1
        try:
            yield
        finally:
            self._running[user] -= 1
            if not self._running[user]:
                del self._running[user]

    async def _taking(self, caller: Caller, ask: Ask) -> Taking:
        device_id = ask.device_id or caller.device_id
        document = None
        if device_id is not None:
            document = (await self._devices.get(caller, device_id)).profile
        if ask.profile is None:
            return Taking.by_device(document, ask.max_bit_rate_kbps)
        if ask.profile == ORIGINAL:
            return Taking(None, (), ask.max_bit_rate_kbps)
        if ask.profile not in profiles.PROFILES:
            known = ", ".join([ORIGINAL, *profiles.PROFILES])
            raise InvalidInput(f"profile: is unknown; known are {known}.", code="invalid_field")
        return Taking(ask.profile, (), ask.max_bit_rate_kbps)

    async def _cut(self, caller: Caller, ask: Ask, taking: Taking) -> Cut:
        files: dict[UUID, PlannedFile] = {}
        async with self._database.read() as connection:
            found = await resolved(connection, caller, ask.pins)
            for part in chunks(found.tracks):
                files |= await queries.files_of(connection, caller, part)
        return await asyncio.to_thread(cut, found, files, taking, ask.budget_bytes)

    async def _start(
        self, caller: Caller, ask: Ask, chosen: Sequence[Chosen], known: Mapping[Key, Made]
    ) -> None:
        unable = await self._unable()
        held, wants = [], []
        for one in chosen:
            made = None if one.key is None else known.get(one.key)
            if is_held(one, made, ask.have):
                held += [] if made is None else [made.id]
            elif (want := one.want) is not None and want.target.codec.name not in unable:
                wants.append(want)
        if held or wants:
            await self._renditions.staging.stage(caller, wants, known, held)

    async def _unable(self) -> dict[str, str]:
        able = await self._renditions.encoders()
        why = Reason.NO_ENCODER if able else Reason.NO_FFMPEG
        return {one.name: why.value for one in profiles.CODECS.values() if one.encoder not in able}


def _plan(ask: Ask, found: Cut, known: Mapping[Key, Made], unable: Mapping[str, str]) -> Plan:
    now = utcnow()
    made = entries(found.chosen, known, ask.have, now, started=ask.start, unable=unable)
    open_ = {State.QUEUED, State.MAKING} | ({State.WAITING} if ask.start else set())
    jobs = {
        row.job_id: None
        for one in found.chosen
        if one.key is not None and (row := known.get(one.key)) is not None and _is_at_work(row)
    }
    return Plan(
        made, found.missing, _unneeded(ask.have, made, found.chosen, known), _totals(made, found),
        [job for job in jobs if job is not None],
        POLL if any(one.state in open_ for one in made) else None, now + KEPT if ask.start else None,
    )  # fmt: skip


def _is_at_work(row: Made) -> bool:
    return row.state in ("queued", "running") and not row.lost


def _unneeded(
    have: Collection[UUID], made: Sequence[Entry], chosen: Sequence[Chosen], known: Mapping[Key, Made]
) -> list[UUID]:
    needed = {one.file_id for one in made}
    needed |= {row.id for one in chosen if one.key is not None and (row := known.get(one.key)) is not None}
    return sorted(set(have) - needed)


def _totals(made: Sequence[Entry], found: Cut) -> Totals:
    return Totals(
        len(made),
        sum(one.size for one in made if not one.estimated),
        sum(one.size for one in made if one.estimated),
        sum(one.state is State.HELD for one in made),
        found.left_out,
        found.left_out_bytes,
    )
