"""An enricher that cannot do it is left in peace by all processes: for as long as it said, else for longer
each time."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.outside.faults import BROKEN, LIMITED, REFUSED, SLOW, SourceFault
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.tables.machinery import key_values

FIRST, LONGEST = 60.0, 6 * 3600.0
"""Seconds."""
FAULTS = 3
"""In a row, of single items: then it is the enricher that is in trouble."""
_NAMESPACE, _PREFIX = "core", "enricher."
_OF_ITEMS = frozenset((SLOW, BROKEN, REFUSED))


class Pause(NamedTuple):
    until: datetime | None
    """None: it is asked, and its last answers were faults."""
    state: str
    reason: str
    failures: int
    """In a row."""
    said: bool
    """How long to wait was said by the service: then nobody may ask earlier."""

    def holds(self, *, asked_for: bool) -> bool:
        """`asked_for`: by a person, who may have put right what was wrong."""
        return self.until is not None and self.until > utcnow() and (self.said or not asked_for)


async def pauses(connection: AsyncConnection) -> Mapping[str, Pause]:
    """By enricher."""
    query = sa.select(key_values.c.key, key_values.c.value).where(
        key_values.c.namespace == _NAMESPACE, key_values.c.key.startswith(_PREFIX)
    )
    return {key.removeprefix(_PREFIX): _pause(value) for key, value in await connection.execute(query)}


async def pause_of(connection: AsyncConnection, enricher: str) -> Pause | None:
    value = await connection.scalar(sa.select(key_values.c.value).where(*_at(enricher)))
    return None if value is None else _pause(value)


async def note(connection: AsyncConnection, enricher: str, fault: SourceFault) -> Pause:
    """It has failed."""
    if fault.state == LIMITED:  # with this item alone
        return Pause(None, fault.state, fault.reason, 0, said=False)
    before = await pause_of(connection, enricher)
    failures = 1 + (0 if before is None else before.failures)
    whole = fault.state not in _OF_ITEMS or fault.retry_after is not None
    pauses_now = whole or (fault.state != REFUSED and failures >= FAULTS)
    seconds = fault.retry_after or backoff(failures if whole else failures - FAULTS + 1)
    until = utcnow() + timedelta(seconds=seconds) if pauses_now else None
    if before is not None and before.until is not None and until is not None:
        until = max(until, before.until) if before.said else until
    pause = Pause(until, fault.state, fault.reason, failures, fault.retry_after is not None)
    await _keep(connection, enricher, pause)
    return pause


async def clear(connection: AsyncConnection, enricher: str) -> None:
    """It has answered."""
    await connection.execute(sa.delete(key_values).where(*_at(enricher)))


def backoff(failures: int) -> float:
    """Seconds: twice as long each time, with jitter, so that what failed together is not asked together."""
    longest = min(LONGEST, FIRST * 2.0 ** min(max(failures - 1, 0), 32))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311


def _at(enricher: str) -> tuple[sa.ColumnElement[bool], ...]:
    return key_values.c.namespace == _NAMESPACE, key_values.c.key == f"{_PREFIX}{enricher}"


async def _keep(connection: AsyncConnection, enricher: str, pause: Pause) -> None:
    until = None if pause.until is None else pause.until.isoformat()
    row = {
        "namespace": _NAMESPACE, "key": f"{_PREFIX}{enricher}", "updated_at": utcnow(),
        "value": {**pause._asdict(), "until": until},
    }  # fmt: skip
    statement = upsert(connection, key_values, ("namespace", "key"), ("value", "updated_at"))
    await connection.execute(statement, [row])


def _pause(value: Any) -> Pause:
    until = value["until"]
    at = None if until is None else datetime.fromisoformat(until).astimezone(UTC)
    return Pause(at, value["state"], value["reason"], value["failures"], value["said"])
