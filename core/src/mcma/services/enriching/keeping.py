"""What was answered is kept, decided and laid in one transaction, if it is still about what is here."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching import pauses, runs, states
from mcma.services.enriching.deciding import Outcome, Verdict, verdict
from mcma.services.enriching.doubting import Doubted
from mcma.services.enriching.enrichers import Ability
from mcma.services.enriching.folders import tracks_in
from mcma.services.enriching.foldersettling import (
    Taken,
    albums_of,
    ask_alone,
    count_for_albums,
    drop_folders,
    silence,
)
from mcma.services.enriching.knowing import known_of
from mcma.services.enriching.known import Known
from mcma.services.enriching.laying import lay
from mcma.services.enriching.mentioned import mentioned
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.statuses import set_status, settle_tracks
from mcma.services.enriching.values import KeptCandidate
from mcma.services.outside.faults import LIMITED, REFUSED, SourceFault
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma.store.tables.catalogue import artists, tracks
from mcma_plugins.values import ItemKind

_STATES = {
    Outcome.NOTHING: states.NOTHING, Outcome.REVIEW: states.REVIEW, Outcome.APPLIED: states.ENRICHED,
    Outcome.SAME: states.ENRICHED, Outcome.KEPT: states.ENRICHED,
}  # fmt: skip
GONE, CHANGED, OVERTAKEN = "gone", "changed", "overtaken"
LONGEST_MESSAGE = 500
Want = Callable[[WriteTransaction, KeptCandidate], Awaitable[None]]
"""Has done what follows from what was taken: its picture got, artists made one."""


async def nothing(_: WriteTransaction, __: KeptCandidate) -> None:
    """Follows."""


@dataclass(frozen=True, slots=True)
class Answer:
    known: Known
    """As the enricher was told."""
    ability: Ability
    found: Sequence[Doubted]
    asked_of: bytes
    asked_at: datetime
    counting: Collection[str]


class Keeping:
    """`notify` tells plugins, after the commit, what has changed."""

    def __init__(
        self, database: Database, policy: Policy, picture: Want, notify: Callable[[str, object], None],
        unite: Want = nothing,
    ) -> None:  # fmt: skip
        self._database, self._policy, self._picture, self._notify = database, policy, picture, notify
        self._unite = unite

    async def keep(self, answer: Answer, asked: runs.Asked, fingerprints: Any = None) -> str:
        """What came of it: an `Outcome`, or why it was dropped."""
        async with self._database.write(bulk=True) as transaction:
            await lock_catalogue(transaction.connection)
            current = await _today(transaction.connection, answer, fingerprints)
            if isinstance(current, str):
                return current
            await pauses.clear(transaction.connection, answer.ability.name)
            return await self._decide(transaction, current, asked, fingerprints)

    async def _decide(
        self, transaction: WriteTransaction, answer: Answer, asked: runs.Asked, fingerprints: Any
    ) -> str:
        connection, item, name = transaction.connection, answer.known.item, answer.ability.name
        past = await runs.past_of(connection, item.id, name)
        made = verdict(answer.found, self._policy, past.standing, past.refused)
        run_id = None
        if not answer.found:
            await runs.supersede(connection, item.id, name)
        elif made.outcome is not Outcome.SAME:
            run_id, chosen = await runs.keep(connection, item, name, answer.found, made, asked)
            if chosen is not None:
                done = await lay(connection, chosen)
                await runs.laid(connection, run_id, done)
                if ItemKind.ARTIST in answer.ability.kinds:
                    await mentioned(connection, self._policy, name, run_id, done.before)
                self._tell_later(transaction, done.news)
                await self._unite(transaction, chosen)
                if chosen.picture is not None and answer.ability.pictures:
                    await self._picture(transaction, chosen)
        await self._state(connection, answer, made, run_id)
        if item.kind is ItemKind.FOLDER:
            await self._settle_folder(connection, answer, made, run_id, fingerprints)
        if answer.ability.identifies:
            await set_status(connection, item)
        return str(made.outcome)

    async def _settle_folder(
        self, connection: AsyncConnection, answer: Answer, made: Verdict, run_id: UUID | None,
        fingerprints: Any,
    ) -> None:  # fmt: skip
        known, name = answer.known, answer.ability.name
        named = set(made.chosen.candidate.tracks) if made.chosen is not None else set()
        if ItemKind.TRACK in answer.ability.kinds:
            await ask_alone(connection, name, known.track_ids - named)
        if made.outcome is Outcome.APPLIED and run_id is not None:
            taken = Taken(name, run_id, answer.asked_at, named)
            await self._count_for_albums(connection, answer, taken, fingerprints)
        if answer.ability.identifies:
            await settle_tracks(connection, list(known.track_ids))

    async def _count_for_albums(
        self, connection: AsyncConnection, answer: Answer, taken: Taken, fingerprints: Any
    ) -> None:
        """What is left of the folder is another folder, about which the answer has nothing to say."""
        item, counting = answer.known.item, answer.counting
        await silence(connection, taken.enricher, taken.tracks)
        ids = await albums_of(connection, taken.tracks)
        found = await known_of(connection, ItemKind.ALBUM, ids, fingerprints)
        await count_for_albums(
            connection, self._policy, taken, found.values(), lambda one: one.asked_of(counting)
        )
        left = (await known_of(connection, item.kind, [item.id], fingerprints)).get(item.id)
        if left is None:
            await states.hold(connection, taken.enricher, [item.id], None, asked_of=None)  # as `drop_folders`
        else:
            due = states.spread(self._policy.keep)
            await states.hold(connection, taken.enricher, [item.id], due, asked_of=left.asked_of(counting))

    async def _state(
        self, connection: AsyncConnection, answer: Answer, made: Verdict, run_id: UUID | None
    ) -> None:
        state = _STATES[made.outcome]
        lasts = self._policy.keep_nothing if state == states.NOTHING else self._policy.keep
        due = None if state == states.REVIEW else states.spread(lasts)
        told = {"run_id": run_id}
        if made.outcome in (Outcome.SAME, Outcome.KEPT):
            told |= await _of_folder(connection, answer)
        await states.tell(
            connection, answer.known.item, answer.known.library_id, answer.ability.name, state=state,
            asked_of=answer.asked_of, asked_at=answer.asked_at, due_at=due, **told,
        )  # fmt: skip

    def _tell_later(self, transaction: WriteTransaction, news: Sequence[tuple[str, object]]) -> None:
        for hook, event in news:
            transaction.after_commit.append(partial(self._notify, hook, event))

    async def failed(
        self, ability: Ability, known: Known, fault: SourceFault, asked_of: bytes
    ) -> tuple[pauses.Pause, str]:
        """What stands stays; it is asked again later."""
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            if ability.identifies:
                await lock_catalogue(connection)
            pause = await pauses.note(connection, ability.name, fault)
            row = await states.state_of(connection, ability.name, known.item.id)
            failures = 1 + (0 if row is None else row.failures)
            state = _after_fault(row, fault)
            due = self._again(pause, fault, failures)
            await states.tell(
                connection, known.item, known.library_id, ability.name, state=state, code=fault.state,
                message=fault.reason[:LONGEST_MESSAGE], failures=failures, due_at=due,
                asked_of=row.asked_of if row is not None and state in states.SETTLED else asked_of,
                asked_at=None if row is None else row.asked_at, run_id=None if row is None else row.run_id,
            )  # fmt: skip
            if ability.identifies:
                await set_status(connection, known.item)
        return pause, state

    def _again(self, pause: pauses.Pause, fault: SourceFault, failures: int) -> datetime:
        if fault.state == REFUSED:
            return states.spread(self._policy.keep)
        least = fault.retry_after or 0.0 if fault.state == LIMITED else 0.0
        later = utcnow() + timedelta(seconds=max(least, pauses.backoff(failures)))
        return later if pause.until is None else max(later, pause.until)


async def _of_folder(connection: AsyncConnection, answer: Answer) -> dict[str, Any]:
    """The answer about a folder that an album came of stays behind it."""
    row = await states.state_of(connection, answer.ability.name, answer.known.item.id)
    came_of_it = row is not None and row.code == states.OF_FOLDER
    return {"code": row.code, "run_id": row.run_id} if came_of_it and row is not None else {}


def _after_fault(row: Any, fault: SourceFault) -> str:
    if row is not None and row.state in states.SETTLED:
        return str(row.state)
    return states.FAILED if fault.permanent and fault.state == REFUSED else states.WAITING


async def _today(connection: AsyncConnection, answer: Answer, fingerprints: Any) -> Answer | str:
    """The answer, if it still is one to what is here; of the tracks that are still there."""
    known, name = answer.known, answer.ability.name
    row = await states.state_of(connection, name, known.item.id)
    if row is not None and row.asked_at is not None and row.asked_at >= answer.asked_at:
        return OVERTAKEN
    if await _stamp(connection, known) == known.stamp:
        return answer
    now = (await known_of(connection, known.item.kind, [known.item.id], fingerprints)).get(known.item.id)
    if now is None:
        await _drop(connection, answer)
        return GONE
    if now.asked_of(answer.counting) != answer.asked_of or now.is_manual:
        await states.hold(connection, name, [known.item.id], utcnow(), code=CHANGED)
        return CHANGED
    return replace(answer, known=now)


async def _drop(connection: AsyncConnection, answer: Answer) -> None:
    """What it was about is not here any more."""
    item, name = answer.known.item, answer.ability.name
    if item.kind is ItemKind.FOLDER:
        await drop_folders(connection, name, [item.id])
        return
    await states.forget(connection, item.id, name)
    if answer.ability.identifies:
        await set_status(connection, item)


async def _stamp(connection: AsyncConnection, known: Known) -> dict[UUID, Any]:
    if known.item.kind is ItemKind.ARTIST:
        alive = artists.c.id == known.item.id, artists.c.deleted_at.is_(None)
        query = sa.select(artists.c.id, artists.c.updated_at).where(*alive)
    elif known.item.kind is ItemKind.FOLDER:
        inside = (await tracks_in(connection, [known.item.id])).get(known.item.id, ())
        query = sa.select(tracks.c.id, tracks.c.updated_at).where(tracks.c.id.in_(inside))
    else:
        column = tracks.c.album_id if known.item.kind is ItemKind.ALBUM else tracks.c.id
        query = sa.select(tracks.c.id, tracks.c.updated_at).where(
            column == known.item.id, tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None)
        )
    return {row.id: row.updated_at for row in await connection.execute(query)}
