"""Which items stand where with enrichers, and why: those that nothing is known of, that failed, that wait."""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.presence import is_here
from mcma.services.enriching.reviews import ItemName, StateView, names_of
from mcma.services.enriching.states import REVIEW, STATES
from mcma.store.tables.enriching import enrichment_states as states
from mcma.store.types import Id
from mcma_plugins.values import ItemKind, ItemRef


class StandingFilter(NamedTuple):
    state: str | None = None
    enricher: str | None = None
    kind: ItemKind | None = None


Place = tuple[str, UUID]
"""The enricher and the item of the last of a page; the next begins after it."""


class Standing(NamedTuple):
    item: ItemRef
    name: ItemName | None
    """None: it is not here any more."""
    stands: StateView


class StandingPage(NamedTuple):
    items: Sequence[Standing]
    next: Place | None


_KEY = (states.c.item_id, states.c.enricher)
_COLUMNS = (states.c.item_id, states.c.item_kind, *(states.c[name] for name in StateView._fields))


async def page(
    connection: AsyncConnection, asked: StandingFilter, after: Place | None, limit: int
) -> StandingPage:
    """What came last to the library first. Without questions about what is not here."""
    lists = await _lists(connection, asked)
    query = _query(asked, after, limit + 1) if lists is None else _merged(lists, asked, after, limit + 1)
    if query is None:
        return StandingPage([], None)
    found = [
        (ItemRef(ItemKind(kind), id_), StateView(*rest))
        for id_, kind, *rest in await connection.execute(query)
    ]
    names = await names_of(connection, [item for item, _ in found[:limit]])
    shown = [Standing(item, names.get(item), stands) for item, stands in found[:limit]]
    more = len(found) > limit
    return StandingPage(shown, (shown[-1].stands.enricher, shown[-1].item.id) if more else None)


async def _lists(connection: AsyncConnection, asked: StandingFilter) -> Sequence[tuple[str, str]] | None:
    """Enricher and state of the lists that make up what is asked for, each along the index of its order: what
    is asked for may be rare among all. None: it is everything, in the order of the key."""
    if asked.state is None and asked.enricher is None:
        return None
    enrichers = [asked.enricher] if asked.enricher is not None else await connection.scalars(_ENRICHERS)
    return list(product(enrichers, STATES if asked.state is None else (asked.state,)))


def _enrichers() -> sa.Select[Any]:
    """All that anything stands with, by a step along the index for each: they are few."""
    first = sa.select(sa.func.min(states.c.enricher).label("name")).cte("enrichers", recursive=True)
    following = sa.select(sa.func.min(states.c.enricher)).where(states.c.enricher > first.c.name)
    steps = first.union_all(sa.select(following.scalar_subquery()).where(first.c.name.is_not(None)))
    return sa.select(steps.c.name).where(steps.c.name.is_not(None))


_ENRICHERS = _enrichers()


def _merged(
    lists: Sequence[tuple[str, str]], asked: StandingFilter, after: Place | None, limit: int
) -> sa.Select[Any] | None:
    """The first of each list, of which the first of all are."""
    parts = [
        _query(asked._replace(enricher=enricher, state=state), after, limit).subquery()
        for enricher, state in lists
    ]
    if len(parts) < 2:
        return sa.select(parts[0]) if parts else None
    every = sa.union_all(*(sa.select(part) for part in parts)).subquery()
    return sa.select(every).order_by(every.c.item_id.desc(), every.c.enricher.desc()).limit(limit)


def _query(asked: StandingFilter, after: Place | None, limit: int) -> sa.Select[Any]:
    query = sa.select(*_COLUMNS).order_by(*(column.desc() for column in _KEY)).limit(limit)
    query = query if asked.state is None else query.where(states.c.state == asked.state)
    query = query if asked.enricher is None else query.where(states.c.enricher == asked.enricher)
    query = query if asked.kind is None else query.where(states.c.item_kind == asked.kind.value)
    if asked.state in (None, REVIEW):
        query = query.where(sa.or_(states.c.state != REVIEW, is_here(states.c.item_kind, states.c.item_id)))
    if after is not None:
        query = query.where(_behind(asked, *after))
    return query


def _behind(asked: StandingFilter, enricher: str, item_id: UUID) -> sa.ColumnElement[bool]:
    """Of one enricher along the items alone: no index has them before it."""
    if asked.enricher is None:
        return sa.tuple_(*_KEY) < sa.tuple_(sa.literal(item_id, Id()), sa.literal(enricher))
    here = states.c.item_id
    return here <= item_id if asked.enricher < enricher else here < item_id
