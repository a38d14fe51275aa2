"""What must be true of answers about music whenever nothing is under way, whatever happened before.

Whatever stands of an enricher is of an answer that is in force, no answer is half kept, and what is told of
an item is what its answers come to.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching import statuses
from mcma.store.engine import Database
from mcma.store.tables.catalogue import albums, artists, artworks, field_values, lyrics, tracks
from mcma.store.tables.enriching import enrichment_candidates as candidates
from mcma.store.tables.enriching import enrichment_runs as runs
from mcma.store.tables.enriching import enrichment_states as states

LYRICS = frozenset({"lyrics"})


async def enriching_at_rest(database: Database, adding: frozenset[str] = LYRICS) -> None:
    """`adding`: enrichers that do not say what something is."""
    async with database.read() as connection:
        assert await _rows(connection, _of_no_answer(field_values)) == []
        assert await _rows(connection, _of_no_answer(lyrics)) == []
        assert await _rows(connection, _of_another(field_values)) == []
        assert await _rows(connection, _half_kept()) == []
        assert await _rows(connection, _states_of_nothing()) == []
        assert await _rows(connection, _enriched_by_nothing()) == []
        assert await _rows(connection, _covers_of_nothing()) == []
    await _statuses_are_those_of_the_rows(database, adding)


async def _rows(connection: AsyncConnection, query: sa.Select[Any]) -> list[Any]:
    return list((await connection.execute(query)).all())


def _of_no_answer(table: sa.Table) -> sa.Select[Any]:
    """What stands of an answer that is not in force."""
    in_force = (
        sa.select(candidates.c.id)
        .join_from(candidates, runs, runs.c.candidate_id == candidates.c.id)
        .where(runs.c.outcome.in_(("applied", "kept")))
    )
    said = table.c.candidate_id
    return sa.select(table.c.origin, said).where(said.is_not(None), said.not_in(in_force))


def _of_another(table: sa.Table) -> sa.Select[Any]:
    """What stands in the name of another enricher than the one that answered."""
    its = table.join(candidates, candidates.c.id == table.c.candidate_id)
    query = sa.select(table.c.origin, runs.c.enricher)
    query = query.select_from(its.join(runs, runs.c.id == candidates.c.run_id))
    return query.where(table.c.origin != "plugin:" + runs.c.enricher)


def _half_kept() -> sa.Select[Any]:
    """Answers that were decided without what was taken, and questions without anything to take."""
    taken = sa.exists().where(candidates.c.id == runs.c.candidate_id)
    some = sa.exists().where(candidates.c.run_id == runs.c.id)
    wrong = sa.or_(
        sa.and_(runs.c.outcome == "applied", sa.or_(~taken, runs.c.decided_at.is_(None))),
        sa.and_(runs.c.outcome == "review", ~some),
    )
    return sa.select(runs.c.outcome, runs.c.item_id).where(wrong)


def _states_of_nothing() -> sa.Select[Any]:
    there = sa.exists().where(runs.c.id == states.c.run_id)
    return sa.select(states.c.state, states.c.item_id).where(states.c.run_id.is_not(None), ~there)


def _enriched_by_nothing() -> sa.Select[Any]:
    answered = sa.exists().where(
        runs.c.item_id == states.c.item_id, runs.c.enricher == states.c.enricher, runs.c.outcome == "applied"
    )
    mentioned = states.c.code.in_(("mentioned", "folder"))
    return sa.select(states.c.item_id).where(
        states.c.state == "enriched", ~answered, ~sa.func.coalesce(mentioned, sa.false())
    )


def _covers_of_nothing() -> sa.Select[Any]:
    there = sa.exists().where(artworks.c.id == candidates.c.artwork_id)
    return sa.select(candidates.c.ref).where(candidates.c.artwork_id.is_not(None), ~there)


async def _statuses_are_those_of_the_rows(database: Database, adding: frozenset[str]) -> None:
    """Worked out anew from all rows, they are the same."""
    database.know(**{statuses.ADDING: adding})
    async with database.read() as connection:
        before = await _statuses(connection)
    async with database.write() as transaction:
        connection = transaction.connection
        await statuses.settle_tracks(connection, list(await connection.scalars(sa.select(tracks.c.id))))
        await statuses.settle_artists(connection, list(await connection.scalars(sa.select(artists.c.id))))
        now = await _statuses(connection)
        changed = {id_: (before[id_], said) for id_, said in now.items() if said != before[id_]}
        assert not changed, changed


async def _statuses(connection: AsyncConnection) -> Mapping[Any, str]:
    found = {}
    for table in (tracks, albums, artists):
        query = sa.select(table.c.id, table.c.metadata_status).where(table.c.deleted_at.is_(None))
        query = query.where(table.c.missing_since.is_(None)) if "missing_since" in table.c else query
        found.update({row.id: row.metadata_status for row in await connection.execute(query)})
    return found
