"""What follows for the tracks of a folder from an answer about it: those that became an album are not asked
about a second time, those that it does not name are asked about alone."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching import states
from mcma.services.enriching.folders import lone_in
from mcma.services.enriching.known import Known
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.runs import REVIEW, SUPERSEDED, supersede
from mcma.services.enriching.statuses import settle_albums, settle_tracks
from mcma.store.bulk import upsert_rows
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.enriching import enrichment_runs as runs
from mcma.store.tables.enriching import enrichment_states as table
from mcma_plugins.values import ItemKind, ItemRef

FOLDER = states.OF_FOLDER


class Taken(NamedTuple):
    """An answer about a folder that was laid."""

    enricher: str
    run_id: UUID
    asked_at: datetime
    tracks: Collection[UUID]
    """That it names."""


async def ask_alone(connection: AsyncConnection, enricher: str, ids: Iterable[UUID]) -> None:
    """Now; where a person is asked about one already, that stands."""
    wanted = sorted(ids)
    if not wanted:
        return
    here = sa.select(tracks.c.id, tracks.c.library_id).where(
        tracks.c.id.in_(wanted), tracks.c.deleted_at.is_(None)
    )
    rows = await connection.execute(here.order_by(tracks.c.id))
    new = [(ItemRef(ItemKind.TRACK, row.id), row.library_id) for row in rows]
    await states.add_waiting(connection, enricher, new, utcnow())
    again = sa.update(table).where(
        table.c.enricher == enricher, table.c.item_id.in_(wanted),
        table.c.state.in_((states.NOTHING, states.ENRICHED, states.FAILED)),
    )  # fmt: skip
    await connection.execute(again.values(due_at=utcnow(), code="changed"))


async def ask_newcomers(
    connection: AsyncConnection, enricher: str, folder: UUID, but: Collection[UUID]
) -> None:
    """What lies there and was never asked about alone: no answer that is decided now speaks of it."""
    rows = await lone_in(connection, folder)
    held = await states.states_of(connection, enricher, rows)
    await ask_alone(connection, enricher, set(rows) - held.keys() - set(but))
    await settle_tracks(connection, rows)


async def silence(connection: AsyncConnection, enricher: str, ids: Collection[UUID]) -> None:
    """Of tracks that were asked about alone before they became part of an album."""
    mine = table.c.enricher == enricher, table.c.item_id.in_(ids)
    await connection.execute(sa.delete(table).where(*mine, table.c.item_kind == ItemKind.TRACK.value))
    open_ = runs.c.enricher == enricher, runs.c.item_id.in_(ids), runs.c.outcome == REVIEW
    await connection.execute(sa.update(runs).where(*open_).values(outcome=SUPERSEDED))


async def without_album(connection: AsyncConnection, ids: Collection[UUID]) -> list[UUID]:
    query = sa.select(tracks.c.id, tracks.c.album_id).where(tracks.c.id.in_(ids))
    return [row.id for row in await connection.execute(query) if row.album_id is None] if ids else []


async def albums_of(connection: AsyncConnection, ids: Collection[UUID]) -> list[UUID]:
    query = sa.select(tracks.c.album_id).where(tracks.c.id.in_(ids), tracks.c.album_id.is_not(None))
    return list(await connection.scalars(query.distinct().order_by(tracks.c.album_id)))


async def count_for_albums(
    connection: AsyncConnection, policy: Policy, taken: Taken, albums: Iterable[Known],
    asked_of: Callable[[Known], bytes | None],
) -> None:  # fmt: skip
    """The answer counts as one about the albums that came of it, unless they were asked about themselves;
    also for tracks that were there before."""
    rows: list[dict[str, Any]] = [
        {"item_id": one.item.id, "enricher": taken.enricher, "item_kind": ItemKind.ALBUM.value,
         "library_id": one.library_id, "state": states.ENRICHED, "code": FOLDER, "asked_of": asked_of(one),
         "asked_at": taken.asked_at, "due_at": states.spread(policy.keep), "run_id": taken.run_id}
        for one in albums
    ]  # fmt: skip
    if rows:
        unasked = sa.or_(table.c.asked_at.is_(None), table.c.code == FOLDER)
        mine = table.c.enricher == taken.enricher, table.c.item_id.in_([row["item_id"] for row in rows])
        await connection.execute(sa.delete(table).where(*mine, unasked))
        await upsert_rows(connection, table, rows, ("item_id", "enricher"), ())
        await settle_albums(connection, [row["item_id"] for row in rows])


async def forget_albums(connection: AsyncConnection, enricher: str, run_id: UUID) -> None:
    """The answer was taken back. Along the index of states: none has the runs."""
    came_of_it = table.c.enricher == enricher, table.c.state == states.ENRICHED, table.c.code == FOLDER
    mine = table.c.run_id == run_id, table.c.item_kind == ItemKind.ALBUM.value
    gone = (await connection.scalars(sa.select(table.c.item_id).where(*came_of_it, *mine))).all()
    await connection.execute(sa.delete(table).where(*came_of_it, *mine))
    await settle_albums(connection, gone)


async def drop_folders(connection: AsyncConnection, enricher: str, ids: Collection[UUID]) -> None:
    """They are not asked about any more; what was taken stays, what was a question is none."""
    mine = table.c.enricher == enricher, table.c.item_id.in_(ids)
    await connection.execute(sa.delete(table).where(*mine, table.c.run_id.is_(None)))
    await states.hold(connection, enricher, ids, None, asked_of=None)  # asked again once it is one
    for id_ in sorted(ids):
        await supersede(connection, id_, enricher)
    open_ = sa.update(table).where(*mine, table.c.state == states.REVIEW)
    await connection.execute(open_.values(state=states.NOTHING, code="gone"))
    for id_ in sorted(ids):
        await settle_tracks(connection, await lone_in(connection, id_))
