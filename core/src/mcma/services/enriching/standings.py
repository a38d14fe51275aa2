"""Which items stand where with enrichers, and why: those that nothing is known of, that failed, that wait."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.presence import is_here
from mcma.services.enriching.reviews import ItemName, StateView, names_of
from mcma.services.enriching.states import REVIEW
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
    query = sa.select(*_COLUMNS).order_by(*(column.desc() for column in _KEY)).limit(limit + 1)
    query = query if asked.state is None else query.where(states.c.state == asked.state)
    query = query if asked.enricher is None else query.where(states.c.enricher == asked.enricher)
    query = query if asked.kind is None else query.where(states.c.item_kind == asked.kind.value)
    if asked.state in (None, REVIEW):
        query = query.where(sa.or_(states.c.state != REVIEW, is_here(states.c.item_kind, states.c.item_id)))
    if after is not None:
        enricher, item_id = after
        last = sa.tuple_(sa.literal(item_id, Id()), sa.literal(enricher))
        query = query.where(sa.tuple_(*_KEY) < last)
    found = [
        (ItemRef(ItemKind(kind), id_), StateView(*rest))
        for id_, kind, *rest in await connection.execute(query)
    ]
    names = await names_of(connection, [item for item, _ in found[:limit]])
    shown = [Standing(item, names.get(item), stands) for item, stands in found[:limit]]
    more = len(found) > limit
    return StandingPage(shown, (shown[-1].stands.enricher, shown[-1].item.id) if more else None)
