"""How far enriching is, and why it waits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.enrichers import Ability
from mcma.services.enriching.pauses import Pause, pauses
from mcma.services.enriching.presence import is_here
from mcma.services.enriching.states import REVIEW
from mcma.store.tables.enriching import enrichment_states as states

RUNNING, PAUSED, ABSENT = "running", "paused", "absent"


class EnricherView(NamedTuple):
    name: str
    plugin: str | None
    """None: it does not run here. What it said stays."""
    identifies: bool | None
    kinds: Sequence[str]
    condition: str
    """running, paused, absent."""
    until: datetime | None
    code: str | None
    reason: str | None
    states: Mapping[str, int]
    """Items by state."""
    waits: Mapping[str, int]
    """Items that wait, by the reason's code."""


async def overview(connection: AsyncConnection, abilities: Sequence[Ability]) -> list[EnricherView]:
    """In the order in which they count; those that are not here last."""
    paused = await pauses(connection)
    counts = await _counts(connection)
    here = [_here(one, paused.get(one.name), *counts.get(one.name, ({}, {}))) for one in abilities]
    gone = sorted(counts.keys() - {one.name for one in abilities})
    return here + [
        EnricherView(name, None, None, (), ABSENT, None, "absent", "Its plugin does not run.", *counts[name])
        for name in gone
    ]


def _here(
    ability: Ability, pause: Pause | None, counted: Mapping[str, int], waits: Mapping[str, int]
) -> EnricherView:
    holds = pause is not None and pause.holds(asked_for=False)
    return EnricherView(
        ability.name, ability.plugin, ability.identifies, sorted(kind.value for kind in ability.kinds),
        PAUSED if holds else RUNNING, pause.until if pause is not None and holds else None,
        None if pause is None else pause.state, None if pause is None else pause.reason, counted, waits,
    )  # fmt: skip


async def _counts(connection: AsyncConnection) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """Along an index that has all that is counted; of questions, which are few, those about what is here."""
    every = (await connection.execute(_COUNTED)).all()
    asked_by = {row.enricher for row in every if row.state == REVIEW}
    open_ = states.c.enricher.in_(asked_by), states.c.state == REVIEW
    asked = _COUNTED.where(*open_, is_here(states.c.item_kind, states.c.item_id))
    here = (await connection.execute(asked)).all() if asked_by else ()
    found: dict[str, tuple[dict[str, int], dict[str, int]]] = defaultdict(lambda: ({}, {}))
    for enricher, state, code, count in (*(row for row in every if row.state != REVIEW), *here):
        counted, waits = found[enricher]
        counted[state] = counted.get(state, 0) + count
        if state == "waiting":
            waits[code or "in_line"] = waits.get(code or "in_line", 0) + count
    return dict(found)


_KEY = states.c.enricher, states.c.state, states.c.code
_COUNTED = sa.select(*_KEY, sa.func.count()).group_by(*_KEY)
