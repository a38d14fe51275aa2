"""A dry run: enrichers are asked, and what would come of it is told. Nothing is written."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from mcma.services.enriching import runs
from mcma.services.enriching.asking import AskingEnrichers
from mcma.services.enriching.deciding import Outcome, Verdict, verdict
from mcma.services.enriching.doubting import Doubted
from mcma.services.enriching.enrichers import Ability
from mcma.services.enriching.knowing import Places
from mcma.services.enriching.known import Known
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.previews import preview
from mcma.services.enriching.reviews import names_of
from mcma.services.enriching.values import Change, KeptCandidate
from mcma.services.outside.faults import SourceFault
from mcma.store.engine import Database
from mcma_plugins.jobs import JobContext, Payload
from mcma_plugins.values import ItemKind, ItemRef

MOST_CHANGES = 2000
"""Of one answer that are told."""
MOST_ALONE = 20
"""Tracks of a folder that are asked about alone."""
_NO_ID = UUID(int=0)


class Rehearsing:
    def __init__(self, database: Database, asking: AskingEnrichers, policy: Policy) -> None:
        self._database, self._asking, self._policy = database, asking, policy

    async def run(
        self, abilities: Sequence[Ability], targets: Mapping[str, Sequence[ItemRef]], places: Places,
        job: JobContext,
    ) -> Payload:  # fmt: skip
        """`answers`: one of each enricher and item. `places`: of the folders among them."""
        told: list[dict[str, Any]] = []
        total = sum(len(targets[one.name]) for one in abilities)
        for ability in abilities:
            for known in await self._asking.known(targets[ability.name], places):
                told.append(await self._one(ability, known, await self._title(known.item, places)))
                await job.progress(len(told), total)
                told += await self._alone(ability, known, told[-1])
        return {"answers": told}

    async def _alone(self, ability: Ability, known: Known, told: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Some of the tracks of a folder that is not known."""
        whole = known.item.kind is not ItemKind.FOLDER or told["outcome"] != Outcome.NOTHING
        if whole or ItemKind.TRACK not in ability.kinds:
            return []
        tracks = [ItemRef(ItemKind.TRACK, id_) for id_ in sorted(known.track_ids)[:MOST_ALONE]]
        return [
            await self._one(ability, one, await self._title(one.item))
            for one in await self._asking.known(tracks)
        ]

    async def _one(self, ability: Ability, known: Known, title: str | None) -> dict[str, Any]:
        about = {"enricher": ability.name, "kind": known.item.kind.value, "id": str(known.item.id),
                 "title": title}  # fmt: skip
        if known.is_manual:
            return {**about, "outcome": "manual", "candidates": []}
        try:
            found = await self._asking.answer(ability, known)
        except SourceFault as fault:
            return {**about, "outcome": "waiting", "code": fault.state, "message": fault.reason,
                    "candidates": []}  # fmt: skip
        async with self._database.read() as connection:
            past = await runs.past_of(connection, known.item.id, ability.name)
            made = verdict(found, self._policy, past.standing, past.refused)
            chosen = None if made.chosen is None else _kept(known, ability, made.chosen)
            changes = [] if chosen is None else await preview(connection, chosen)
        return {**about, "outcome": str(made.outcome), "why": made.why and made.why.note,
                "candidates": [_candidate(one, made) for one in found],
                "changes": [_change(one) for one in changes[:MOST_CHANGES]]}  # fmt: skip

    async def _title(self, item: ItemRef, places: Places = MappingProxyType({})) -> str | None:
        if item.id in places:
            return places[item.id].name
        async with self._database.read() as connection:
            named = (await names_of(connection, [item])).get(item)
            return None if named is None else named.title


def _kept(known: Known, ability: Ability, one: Doubted) -> KeptCandidate:
    said = one.candidate
    tracks = {UUID(str(id_)): dict(values) for id_, values in said.tracks.items()}
    return KeptCandidate(
        _NO_ID, _NO_ID, known.item, ability.name, said.ref, said.title, one.score, one.reasons, said.fields,
        tracks, said.artists, said.picture, said.link,
    )  # fmt: skip


def _candidate(one: Doubted, made: Verdict) -> dict[str, Any]:
    said = one.candidate
    chosen = made.chosen is not None and made.chosen.candidate.ref == said.ref
    return {"ref": said.ref, "title": said.title, "score": one.score, "said_score": said.score,
            "reasons": [list(reason) for reason in one.reasons], "link": said.link,
            "chosen": chosen}  # fmt: skip


def _change(one: Change) -> dict[str, Any]:
    return {"kind": one.item.kind.value, "id": str(one.item.id), "field": one.field, "before": one.before,
            "before_origin": one.before_origin, "after": one.after, "kept": one.kept,
            "reason": one.reason}  # fmt: skip
