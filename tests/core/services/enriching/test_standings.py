"""Lists of where items stand, page by page: whatever is asked for, they have the same order."""

from itertools import product

import pytest

from mcma.services.enriching.standings import Place, Standing, StandingFilter, page
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.enriching import enrichment_states
from mcma_plugins.values import ItemKind

pytestmark = pytest.mark.anyio
ENRICHERS, STATES, KINDS = (
    ("lrclib", "musicbrainz", "oracle"),
    ("nothing", "failed", "waiting"),
    ("album", "track"),
)


async def listed(database: Database, asked: StandingFilter, limit: int) -> list[Standing]:
    found: list[Standing] = []
    after: Place | None = None
    async with database.read() as connection:
        for _ in range(40):
            told = await page(connection, asked, after, limit)
            found += told.items
            after = told.next
            if after is None:
                return found
    raise AssertionError("no end of pages")


async def test_each_is_told_once_in_the_one_order(database: Database) -> None:
    async with database.write() as transaction:
        await insert_rows(transaction.connection, enrichment_states, [
            {"item_id": item, "enricher": enricher, "item_kind": KINDS[place % 2],
             "state": STATES[(place + turn) % 3], "failures": 0}
            for place, item in enumerate(new_id() for _ in range(6))
            for turn, enricher in enumerate(ENRICHERS)
        ])  # fmt: skip
    every = await listed(database, StandingFilter(), 50)
    key = [(one.item.id, one.stands.enricher) for one in every]
    assert key == sorted(key, reverse=True)
    assert len(set(key)) == 18
    for state, enricher, kind in product((None, *STATES), (None, *ENRICHERS), (None, *map(ItemKind, KINDS))):
        found = await listed(database, StandingFilter(state, enricher, kind), 2)
        assert found == [
            one for one in every
            if state in (None, one.stands.state) and enricher in (None, one.stands.enricher)
            and kind in (None, one.item.kind)
        ]  # fmt: skip
    assert await listed(database, StandingFilter("nothing", "nobody"), 2) == []


async def test_where_nothing_stands_nothing_is_told(database: Database) -> None:
    assert await listed(database, StandingFilter("failed"), 2) == []
