"""What people say of answers: this one, none of these, and that it be as it was."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound
from mcma.services.enriching import runs as kept
from mcma.services.enriching import states
from mcma.services.enriching.foldersettling import (
    Taken,
    albums_of,
    ask_alone,
    ask_newcomers,
    count_for_albums,
    forget_albums,
    silence,
    without_album,
)
from mcma.services.enriching.keeping import Want, nothing
from mcma.services.enriching.knowing import known_of
from mcma.services.enriching.laying import lay
from mcma.services.enriching.lifting import lift
from mcma.services.enriching.mentioned import forgotten, mentioned
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.statuses import set_status, settle_tracks
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import WriteTransaction
from mcma.store.redirects import winners
from mcma.store.tables.enriching import enrichment_candidates as candidates
from mcma.store.tables.enriching import enrichment_runs as runs
from mcma_plugins.ids import UserId
from mcma_plugins.values import ItemKind, ItemRef

_OPEN = frozenset((kept.REVIEW,))


Hashes = Callable[[AsyncConnection, str, ItemKind, Collection[UUID]], Awaitable[Mapping[UUID, bytes]]]
"""What the answers of an enricher about these depend on today."""


class Decided(NamedTuple):
    run_id: UUID
    """What was decided of; another one where something was chosen of a run that was decided before."""
    news: Sequence[tuple[str, object]] = ()


class Deciding:
    """Every function needs the catalogue locked, and raises `NotFound` or `Conflict` before it writes."""

    def __init__(self, policy: Policy, picture: Want, hashes: Hashes, unite: Want = nothing) -> None:
        self._policy, self._picture, self._hashes, self._unite = policy, picture, hashes, unite

    async def accept(
        self, transaction: WriteTransaction, run_id: UUID, candidate_id: UUID, by: UserId | None
    ) -> Decided:
        """`Conflict` (manual, merged, taken)."""
        connection = transaction.connection
        row = await _candidate(connection, run_id, candidate_id)
        item = ItemRef(ItemKind(row.item_kind), row.item_id)
        await _check_open(connection, item, [UUID(id_) for id_ in row.tracks or ()])
        if row.outcome == kept.APPLIED and row.taken == candidate_id:
            raise Conflict("This is what was taken.", code="taken")
        chosen = dict(row._mapping)
        if row.outcome not in _OPEN:
            chosen = await _again(connection, chosen, by)
        await kept.supersede(connection, item.id, row.enricher, but=chosen["run_id"])
        await _unrefuse(connection, item.id, row.enricher, row.ref)
        done = await lay(connection, candidate := kept.kept_candidate(chosen))
        await _write(
            connection, chosen["run_id"], outcome=kept.APPLIED, candidate_id=chosen["id"],
            decided_by=kept.PERSON, user_id=by, decided_at=utcnow(), before=dict(done.before),
        )  # fmt: skip
        await self._unite(transaction, candidate)
        if candidate.picture is not None:
            await self._picture(transaction, candidate)
        await self._state(connection, item, row.enricher, states.ENRICHED, chosen["run_id"])
        if item.kind is ItemKind.FOLDER:
            named = list(candidate.tracks)
            await self._became_albums(connection, row.enricher, candidate.run_id, named)
            left = await _named(connection, candidate.run_id) - set(named)
            await ask_alone(connection, row.enricher, await without_album(connection, left))
            await ask_newcomers(connection, row.enricher, item.id, named)
            await self._settle_named(connection, item, candidate.run_id)
        await mentioned(connection, self._policy, row.enricher, chosen["run_id"], done.before)
        return Decided(chosen["run_id"], done.news)

    async def _became_albums(
        self, connection: AsyncConnection, enricher: str, run_id: UUID, named: Sequence[UUID]
    ) -> None:
        taken = Taken(enricher, run_id, utcnow(), named)
        await silence(connection, enricher, named)
        found = await known_of(connection, ItemKind.ALBUM, await albums_of(connection, named))
        now = await self._hashes(connection, enricher, ItemKind.ALBUM, found.keys())
        await count_for_albums(
            connection, self._policy, taken, found.values(), lambda one: now.get(one.item.id)
        )
        await settle_tracks(connection, named)

    async def refuse(
        self, transaction: WriteTransaction, run_id: UUID, candidate_id: UUID | None, by: UserId | None
    ) -> Decided:
        """One of its candidates, or all of them. Without any that is left, the question is answered.
        `Conflict` (taken): what was taken is undone instead."""
        connection = transaction.connection
        run = await _run(connection, run_id)
        if run.outcome == kept.APPLIED and candidate_id in (None, run.candidate_id):
            raise Conflict("It was taken; undo it.", code="taken")
        mine = candidates.c.run_id == run_id
        which = mine if candidate_id is None else sa.and_(mine, candidates.c.id == candidate_id)
        said = sa.update(candidates).where(which, candidates.c.refused_at.is_(None))
        done = await connection.execute(said.values(refused_at=utcnow(), refused_by=by))
        if candidate_id is not None and not done.rowcount:
            await _candidate(connection, run_id, candidate_id)
        if run.outcome != kept.APPLIED and not await self._left(connection, run_id):
            now = {"decided_by": kept.PERSON, "user_id": by, "decided_at": utcnow()}
            await _write(connection, run_id, outcome=kept.REFUSED, **now)
            if run.outcome == kept.REVIEW:
                item = ItemRef(ItemKind(run.item_kind), run.item_id)
                if item.kind is ItemKind.FOLDER:
                    await ask_alone(connection, run.enricher, await _named(connection, run_id))
                await self._settle(connection, item, run.enricher, "refused")
                await self._settle_named(connection, item, run_id)
        return Decided(run_id)

    async def undo(self, transaction: WriteTransaction, run_id: UUID, by: UserId | None) -> Decided:
        """What was taken is taken back, and is not taken again by itself; what was refused is a question
        again. Only the last decision: `Conflict` (not_last, nothing_to_undo)."""
        connection = transaction.connection
        run = await _run(connection, run_id)
        item = ItemRef(ItemKind(run.item_kind), run.item_id)
        if run.outcome == kept.REFUSED:
            return await self._ask_again(connection, run, item)
        if run.outcome != kept.APPLIED:
            raise Conflict("Nothing was decided here.", code="nothing_to_undo")
        last = await _last_applied(connection, run.item_id, run.enricher)
        if last != run_id:
            raise Conflict(f"Something was decided later; undo that first: {last}", code="not_last")
        now = utcnow()
        lifted = await lift(connection, item, run.enricher, run.before or {})
        await _write(connection, run_id, outcome=kept.UNDONE, undone_at=now, undone_by=by)
        await forgotten(connection, run.enricher, run_id, run.before or {})
        await forget_albums(connection, run.enricher, run_id)
        former = await _last_applied(connection, item.id, run.enricher)
        if item.kind is ItemKind.FOLDER and former is not None:
            named = sorted(await _named(connection, former))
            await self._became_albums(connection, run.enricher, former, named)
        gone = sa.update(candidates).where(candidates.c.id == run.candidate_id)
        await connection.execute(gone.values(refused_at=now, refused_by=by))
        if item.kind is ItemKind.FOLDER:
            await ask_newcomers(connection, run.enricher, item.id, await _named(connection, run_id))
        await self._settle(connection, item, run.enricher, "undone")
        await self._settle_named(connection, item, run_id)
        return Decided(run_id, lifted.news)

    async def _ask_again(self, connection: AsyncConnection, run: Any, item: ItemRef) -> Decided:
        back = sa.update(candidates).where(candidates.c.run_id == run.id)
        await connection.execute(back.values(refused_at=None, refused_by=None))
        await kept.supersede(connection, item.id, run.enricher)
        nobody = {"decided_by": None, "user_id": None, "decided_at": None}
        await _write(connection, run.id, outcome=kept.REVIEW, **nobody)
        await self._state(connection, item, run.enricher, states.REVIEW, run.id)
        await self._settle_named(connection, item, run.id)
        return Decided(run.id)

    async def _settle_named(self, connection: AsyncConnection, item: ItemRef, run_id: UUID) -> None:
        """Tracks that an answer about a folder named, wherever they lie now."""
        if item.kind is ItemKind.FOLDER:
            named = await _named(connection, run_id)
            leads = await winners(connection, ItemKind.TRACK, named)
            await settle_tracks(connection, sorted({leads.get(id_, id_) for id_ in named}))

    async def _settle(self, connection: AsyncConnection, item: ItemRef, enricher: str, code: str) -> None:
        """It stands as what was taken before, if anything was."""
        before = await _last_applied(connection, item.id, enricher)
        state = states.NOTHING if before is None else states.ENRICHED
        await self._state(connection, item, enricher, state, before, code=code)

    async def _state(
        self, connection: AsyncConnection, item: ItemRef, enricher: str, state: str, run_id: UUID | None,
        code: str | None = None,
    ) -> None:  # fmt: skip
        row = await states.state_of(connection, enricher, item.id)
        due = None if state == states.REVIEW else states.spread(self._policy.keep)
        now = {"state": state, "run_id": run_id, "code": code, "due_at": due}
        before = {} if row is None else {"asked_of": row.asked_of, "asked_at": row.asked_at}
        if item.kind is ItemKind.FOLDER and (state == states.ENRICHED or code == "undone"):
            now_known = await self._hashes(connection, enricher, item.kind, [item.id])
            before["asked_of"] = now_known.get(item.id)  # it holds other tracks now
        library = None if row is None else row.library_id
        await states.tell(connection, item, library, enricher, **before, **now)
        await set_status(connection, item)

    async def _left(self, connection: AsyncConnection, run_id: UUID) -> int:
        query = sa.select(sa.func.count()).where(
            candidates.c.run_id == run_id, candidates.c.refused_at.is_(None),
            candidates.c.score >= self._policy.bands.review,
        )  # fmt: skip
        return (await connection.execute(query)).scalar_one()


async def _run(connection: AsyncConnection, run_id: UUID) -> Any:
    row = (await connection.execute(sa.select(runs).where(runs.c.id == run_id))).one_or_none()
    if row is None:
        raise NotFound("There is no such answer.")
    return row


async def _candidate(connection: AsyncConnection, run_id: UUID, candidate_id: UUID) -> Any:
    query = (
        sa.select(
            candidates, runs.c.enricher, runs.c.item_kind, runs.c.outcome, runs.c.candidate_id.label("taken")
        )
        .join_from(candidates, runs, runs.c.id == candidates.c.run_id)
        .where(candidates.c.id == candidate_id, candidates.c.run_id == run_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("There is no such candidate.")
    return row


async def _named(connection: AsyncConnection, run_id: UUID) -> set[UUID]:
    """Tracks that one of its candidates speaks of."""
    said = await connection.scalars(sa.select(candidates.c.tracks).where(candidates.c.run_id == run_id))
    return {UUID(id_) for one in said for id_ in one or ()}


async def _check_open(connection: AsyncConnection, item: ItemRef, named: Sequence[UUID]) -> None:
    """`NotFound` for what is gone, `Conflict` for what is a person's (manual), and for an artist that became
    another one (merged). Of a folder the tracks that are named count: those that became an album are in it no
    more."""
    kind, ids = (ItemKind.TRACK, named) if item.kind is ItemKind.FOLDER else (item.kind, [item.id])
    leads = await winners(connection, kind, ids)
    known = await known_of(connection, kind, {leads.get(id_, id_) for id_ in ids})
    if not known:
        raise NotFound(f"The {item.kind} is not here any more.")
    if kind is ItemKind.ARTIST and leads:
        raise Conflict(
            "The artist this is about was merged into another one.", code="merged",
            hint="Ask for what is known of that one, or take the merge back first.",
        )  # fmt: skip
    if all(one.is_manual for one in known.values()):
        raise Conflict(
            f"A person took the {item.kind} as theirs; nothing of plugins is laid over it.", code="manual",
            hint="Release it first.",
        )  # fmt: skip


async def _again(connection: AsyncConnection, row: Mapping[str, Any], by: UserId | None) -> dict[str, Any]:
    """A run of its own: what was decided of the first stays as it was, to be undone in turn."""
    run, run_id = await _run(connection, row["run_id"]), new_id()
    copied = {name: getattr(run, name) for name in ("item_id", "item_kind", "enricher")}
    made = {
        **copied, "id": run_id, "trigger": "request", "asked_by": by, "outcome": kept.REVIEW,
        "created_at": utcnow(),
    }  # fmt: skip
    await insert_rows(connection, runs, [made])
    query = sa.select(candidates).where(candidates.c.run_id == row["run_id"])
    again = {
        one.id: {**one._mapping, "id": new_id(), "run_id": run_id}
        for one in await connection.execute(query)
    }  # fmt: skip
    await insert_rows(connection, candidates, list(again.values()))
    return {**row, **again[row["id"]]}


async def _unrefuse(connection: AsyncConnection, item_id: UUID, enricher: str, ref: str) -> None:
    of_enricher = sa.select(runs.c.id).where(runs.c.item_id == item_id, runs.c.enricher == enricher)
    mine = candidates.c.item_id == item_id, candidates.c.ref == ref, candidates.c.run_id.in_(of_enricher)
    await connection.execute(sa.update(candidates).where(*mine).values(refused_at=None, refused_by=None))


async def _write(connection: AsyncConnection, run_id: UUID, **values: Any) -> None:
    await connection.execute(sa.update(runs).where(runs.c.id == run_id).values(**values))


async def _last_applied(connection: AsyncConnection, item_id: UUID, enricher: str) -> UUID | None:
    query = sa.select(runs.c.id).where(
        runs.c.item_id == item_id, runs.c.enricher == enricher, runs.c.outcome == kept.APPLIED
    )
    found: UUID | None = await connection.scalar(query.order_by(runs.c.decided_at.desc(), runs.c.id.desc()))
    return found
