"""`metadata_status`: how far it is known what a track, an album or an artist is.

In this order: `manual` (a person took it as theirs: nothing automatic changes it), `review` (a person is
asked), `enriched` (something was taken), `failed` (nothing was found, or it cannot be asked for), `pending`
(not asked yet, or a fault passes). Enrichers that only add to what is known have no part in it. An album is
`manual` when all its tracks are; else it is the first of the others, in that order, that one of them is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layerrules import PLUGIN
from mcma.domain.statuses import ENRICHED, MANUAL, album_status, automatic_status
from mcma.services.enriching.folders import folder_id, lone_in
from mcma.store.bulk import update_by_id
from mcma.store.clock import utcnow
from mcma.store.redirects import winners
from mcma.store.tables.catalogue import albums, artists, field_values, track_files, tracks
from mcma.store.tables.enriching import enrichment_states
from mcma_plugins.values import ItemKind, ItemRef

TOGETHER = 1000
"""Tracks."""
ADDING = "mcma_adding_enrichers"
"""The database's connections know the names of enrichers that do not say what something is."""


async def set_status(connection: AsyncConnection, item: ItemRef) -> None:
    """After the state of an item with an enricher changed: its status, that of its tracks, of its album."""
    found = (await winners(connection, item.kind, [item.id])).get(item.id, item.id)
    if item.kind is ItemKind.ARTIST:
        await settle_artists(connection, [found])
    elif item.kind is ItemKind.FOLDER:
        await settle_tracks(connection, await lone_in(connection, item.id))
    elif item.kind is ItemKind.ALBUM:
        await settle_albums(connection, [found])
    else:
        await settle_tracks(connection, [found])


async def settle_albums(connection: AsyncConnection, ids: Collection[UUID]) -> None:
    """The status of all their tracks, and theirs."""
    if not ids:
        return
    theirs = sa.select(tracks.c.id).where(tracks.c.album_id.in_(ids), tracks.c.deleted_at.is_(None))
    every = (await connection.scalars(theirs)).all()
    for start in range(0, len(every), TOGETHER):
        await settle_tracks(connection, every[start : start + TOGETHER])


async def settle_tracks(connection: AsyncConnection, ids: Collection[UUID], *, manual: bool = False) -> None:
    """The status of these tracks and of their albums. `manual`: also of those that were `manual`."""
    if not ids:
        return
    query = (
        sa.select(tracks.c.id, tracks.c.album_id, tracks.c.metadata_status, track_files.c.library_id,
                  track_files.c.folder)
        .outerjoin(track_files, track_files.c.id == tracks.c.file_id)
        .where(tracks.c.id.in_(ids))
    )  # fmt: skip
    rows = (await connection.execute(query)).all()
    open_ = [row for row in rows if manual or row.metadata_status != MANUAL]
    whole = {row.id: row.album_id or _folder(row) for row in open_}
    states = await _states(connection, {one for pair in whole.items() for one in pair if one})
    taken = await _taken(connection, [row.id for row in open_])
    told = {}
    for row in open_:
        with_others: Sequence[str] = states.get(whole[row.id] or row.id, ())
        if row.album_id is None:
            with_others = [one for one in with_others if one != ENRICHED]
        told[row.id] = automatic_status([*states.get(row.id, ()), *with_others], taken=row.id in taken)
    await _write(connection, tracks, {r.id: r.metadata_status for r in rows}, told)
    await fold_statuses(connection, {row.album_id for row in rows if row.album_id})


def _folder(row: Any) -> UUID | None:
    """What is said of a folder counts for what lies there; that others there became an album does not."""
    return None if row.folder is None else folder_id(row.library_id, row.folder)


async def fold_statuses(connection: AsyncConnection, ids: Collection[UUID]) -> None:
    if not ids:
        return
    query = (
        sa.select(albums.c.id, albums.c.metadata_status, tracks.c.metadata_status.label("of_track"))
        .join_from(albums, tracks, tracks.c.album_id == albums.c.id)
        .where(albums.c.id.in_(ids), albums.c.deleted_at.is_(None), tracks.c.deleted_at.is_(None))
        .distinct()
    )
    now: dict[UUID, str] = {}
    said: dict[UUID, set[str]] = {}
    for row in await connection.execute(query):
        now[row.id] = row.metadata_status
        said.setdefault(row.id, set()).add(row.of_track)
    await _write(connection, albums, now, {album: album_status(each) for album, each in said.items()})


async def settle_artists(connection: AsyncConnection, ids: Collection[UUID]) -> None:
    if not ids:
        return
    query = sa.select(artists.c.id, artists.c.metadata_status).where(
        artists.c.id.in_(ids), artists.c.deleted_at.is_(None), artists.c.metadata_status != MANUAL
    )
    now = {row.id: row.metadata_status for row in await connection.execute(query)}
    states, taken = await _states(connection, now), await _taken(connection, list(now))
    told = {id_: automatic_status(states.get(id_, ()), taken=id_ in taken) for id_ in now}
    await _write(connection, artists, now, told)


async def _states(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    columns = enrichment_states.c
    query = sa.select(columns.item_id, columns.state).where(
        columns.item_id.in_(list(ids)), columns.enricher.not_in(adding(connection))
    )
    found: dict[UUID, list[str]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.item_id, []).append(row.state)
    return found


async def _taken(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    """Those of which something was taken that an enricher identified."""
    columns = field_values.c
    others = [PLUGIN + name for name in adding(connection)]
    query = sa.select(columns.item_id).where(
        columns.item_id.in_(ids),
        columns.candidate_id.is_not(None),
        columns.origin.startswith(PLUGIN, autoescape=True),
        columns.origin.not_in(others),
    )
    return set(await connection.scalars(query.distinct()))


def adding(connection: AsyncConnection) -> Collection[str]:
    options = connection.sync_connection.get_execution_options() if connection.sync_connection else {}
    found: Collection[str] = options.get(ADDING, ())
    return sorted(found)


async def _write(
    connection: AsyncConnection, table: sa.Table, now: Mapping[UUID, str], told: Mapping[UUID, str]
) -> None:
    """In id order; those that stay are left alone, so that the change feed hears of changes only."""
    rows: list[dict[str, Any]] = [
        {"b_id": id_, "metadata_status": told[id_], "updated_at": utcnow()}
        for id_ in sorted(told)
        if told[id_] != now[id_]
    ]
    if rows:
        await connection.execute(update_by_id(table, rows[0]), rows)
