"""Asking one enricher about some items, and keeping what it answers. Safe to be killed anywhere: an item is
asked about as long as its answer is not kept, and an answer is kept as a whole."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.services.enriching import pauses, states
from mcma.services.enriching.doubting import Doubted, doubted
from mcma.services.enriching.enrichers import Ability, Enrichers
from mcma.services.enriching.foldersettling import drop_folders
from mcma.services.enriching.keeping import CHANGED, Answer, Keeping
from mcma.services.enriching.knowing import Places, known_of
from mcma.services.enriching.known import Known
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.runs import Asked
from mcma.services.enriching.statuses import set_status
from mcma.services.outside.faults import SourceFault
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma_plugins.errors import PermanentError
from mcma_plugins.jobs import JobContext
from mcma_plugins.values import ItemKind, ItemRef

AT_ONCE = 20
"""Items that are read together."""
_JUST_BELOW = 1e-6
_log = structlog.get_logger(__name__)


class Wish(NamedTuple):
    asked: Asked
    again: bool = False
    """Also what was asked about before, and has not changed."""
    by_person: bool = False


class Held(Exception):
    """The enricher wants a pause: what is left is asked later."""

    def __init__(self, pause: pauses.Pause) -> None:
        super().__init__(pause.reason)
        self.pause = pause


class AskingEnrichers:
    def __init__(
        self,
        database: Database,
        enrichers: Enrichers,
        policy: Policy,
        keeping: Keeping,
        fingerprints: Callable[..., Any] | None = None,
    ) -> None:
        self._database, self._enrichers, self._policy = database, enrichers, policy
        self._keeping, self._fingerprints = keeping, fingerprints

    async def ask_all(self, name: str, items: Sequence[ItemRef], wish: Wish, job: JobContext) -> Counter[str]:
        """How many of each outcome. What is left when the enricher wants a pause waits for its end."""
        done = Counter[str]()
        try:
            ability = self._enrichers.ability(name)
        except NotFound as gone:  # its state says so; it is asked when it is back
            raise PermanentError(gone.message, code="absent", hint=gone.hint) from None
        for start in range(0, len(items), AT_ONCE):
            part = items[start : start + AT_ONCE]
            try:
                await self._check(name, wish)
                found = await self.known(part)
                await self._drop(name, set(part) - {one.item for one in found})
                for known in found:
                    done[await self._ask_once_more(ability, known, wish)] += 1
                    await job.progress(done.total(), max(len(items), done.total()))
                    done += await self._ask_alone(ability, known, wish)
            except Held as held:
                await self._wait(name, items[start:], held.pause)
                done[states.WAITING] += len(items) - done.total()
                break
        return done

    async def known(
        self, items: Sequence[ItemRef], places: Places = MappingProxyType({})
    ) -> list[Known]:  # fmt: skip
        """Of those that are here, in their order. `places`: of folders that are not remembered."""
        found: dict[ItemRef, Known] = {}
        async with self._database.read() as connection:
            for kind in ItemKind:
                ids = [item.id for item in items if item.kind is kind]
                if kind is not ItemKind.PLAYLIST and ids:
                    known = await known_of(connection, kind, ids, self._fingerprints, places)
                    found |= {ItemRef(kind, id_): one for id_, one in known.items()}
        return [found[item] for item in items if item in found]

    async def answer(self, ability: Ability, known: Known) -> list[Doubted]:
        """Judged. Raises `SourceFault`."""
        found = await self._enrichers.ask(ability.name, known)
        bands = self._policy.bands
        below = bands.automatic - _JUST_BELOW, max(0.0, bands.review - _JUST_BELOW)
        judged = [doubted(known, one, *below) for one in found]
        return sorted(judged, key=lambda one: -one.score)

    def counting(self, ability: Ability) -> list[str]:
        """Other enrichers whose word is told to this one: those that identify, and count more."""
        names = [one.name for one in self._enrichers.abilities() if one.identifies]
        if not ability.identifies:
            return names
        return names[: names.index(ability.name)] if ability.name in names else names

    async def hashes(
        self, connection: AsyncConnection, name: str, kind: ItemKind, ids: Collection[UUID]
    ) -> dict[UUID, bytes]:
        """What an answer about these depends on today; of none, while the enricher does not run."""
        mine = [one for one in self._enrichers.abilities() if one.name == name]
        found = await known_of(connection, kind, ids, self._fingerprints) if mine else {}
        return {id_: one.asked_of(self.counting(mine[0])) for id_, one in found.items()}

    async def _check(self, name: str, wish: Wish) -> None:
        async with self._database.read() as connection:
            pause = await pauses.pause_of(connection, name)
        if pause is not None and pause.holds(asked_for=wish.by_person):
            raise Held(pause)

    async def _ask_once_more(self, ability: Ability, known: Known, wish: Wish) -> str:
        """Where it became something else while it was asked about."""
        outcome = await self._ask(ability, known, wish)
        if outcome == CHANGED:
            for today in await self.known([known.item]):
                outcome = await self._ask(ability, today, wish)
        return outcome

    async def _ask_alone(self, ability: Ability, folder: Known, wish: Wish) -> Counter[str]:
        """Whoever asks about a track hears of it, whether its folder was answered or not."""
        done = Counter[str]()
        if folder.item.kind is not ItemKind.FOLDER or not wish.again:
            return done
        async with self._database.read() as connection:
            held = await states.states_of(connection, ability.name, folder.track_ids)
        due = [id_ for id_, row in held.items() if row.due_at is not None and row.due_at <= utcnow()]
        for start in range(0, len(due), AT_ONCE):
            part = [ItemRef(ItemKind.TRACK, id_) for id_ in due[start : start + AT_ONCE]]
            for known in await self.known(part):
                done[await self._ask_once_more(ability, known, wish)] += 1
        return done

    async def _drop(self, name: str, gone: Collection[ItemRef]) -> None:
        """What is no folder to be asked about any more, because its tracks have albums or are elsewhere; and
        what was removed or merged, which nobody asks about again."""
        if not gone:
            return
        ids = [item.id for item in gone if item.kind is ItemKind.FOLDER]
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            await drop_folders(transaction.connection, name, ids)
            await states.forget_gone(transaction.connection, name, gone)

    async def _ask(self, ability: Ability, known: Known, wish: Wish) -> str:
        asked_of = known.asked_of(self.counting(ability))
        if (why := await self._needless(ability, known, asked_of, wish)) is not None:
            return why
        began = utcnow()
        try:
            found = await self.answer(ability, known)
        except SourceFault as fault:
            return await self._failed(ability, known, fault, asked_of, wish)
        answer = Answer(known, ability, found, asked_of, began, self.counting(ability))
        return await self._keeping.keep(answer, wish.asked, self._fingerprints)

    async def _needless(self, ability: Ability, known: Known, asked_of: bytes, wish: Wish) -> str | None:
        if known.is_manual:
            return await self._tell(known, ability, "manual")
        if known.has(ability.gives, ability.name):
            return await self._tell(known, ability, "not_needed", asked_of=asked_of)
        if wish.again:
            return None
        async with self._database.read() as connection:
            row = await states.state_of(connection, ability.name, known.item.id)
        if row is None or row.state not in states.SETTLED or row.asked_of != asked_of:
            return None
        due = _stale_at(row, self._policy)
        if due is None or due <= utcnow():
            return None
        async with self._database.write() as transaction:
            until = None if row.state == states.REVIEW else due
            await states.hold(transaction.connection, ability.name, [known.item.id], until, code=None)
        return "unchanged"

    async def _tell(self, known: Known, ability: Ability, code: str, **values: Any) -> str:
        """It is not asked about, and its state says why, unless something was found before."""
        name = ability.name
        async with self._database.write() as transaction:
            connection = transaction.connection
            if ability.identifies:
                await lock_catalogue(connection)
            row = await states.state_of(connection, name, known.item.id)
            if row is not None and row.state in (states.ENRICHED, states.REVIEW):
                await states.hold(connection, name, [known.item.id], states.spread(self._policy.keep))
            else:
                due = states.spread(self._policy.keep)
                await states.tell(
                    connection, known.item, known.library_id, name, state=states.NOTHING, code=code,
                    due_at=due, **values,
                )  # fmt: skip
            if ability.identifies:
                await set_status(connection, known.item)
        return code

    async def _failed(
        self, ability: Ability, known: Known, fault: SourceFault, asked_of: bytes, wish: Wish
    ) -> str:
        _log.warning("enricher_failed", enricher=ability.name, item=str(known.item.id), state=fault.state)
        pause, state = await self._keeping.failed(ability, known, fault, asked_of)
        if pause.holds(asked_for=wish.by_person):
            raise Held(pause)
        return state

    async def _wait(self, name: str, items: Sequence[ItemRef], pause: pauses.Pause) -> None:
        ids: Collection[UUID] = [item.id for item in items]
        async with self._database.write() as transaction:
            now = await states.states_of(transaction.connection, name, ids)
            due = [id_ for id_, row in now.items() if row.state == states.WAITING and not row.failures]
            until = pause.until or utcnow()
            await states.hold(
                transaction.connection, name, due, until, code=pause.state, message=pause.reason
            )


def _stale_at(row: Any, policy: Policy) -> datetime | None:
    """None: it was never asked about."""
    lasts = policy.keep_nothing if row.state == states.NOTHING else policy.keep
    return None if row.asked_at is None else row.asked_at + lasts * (1 - states.SPREAD)
