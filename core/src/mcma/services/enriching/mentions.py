"""What answers about albums and tracks, as far as they still count, say by the way of artists."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import ARTIST_CHECKS, checked_answer
from mcma.services.enriching.fieldrows import Kept, Rows
from mcma.store.redirects import winners
from mcma.store.tables.catalogue import album_artists, artists, field_values, track_artists, tracks
from mcma.store.tables.enriching import enrichment_candidates, enrichment_runs
from mcma_plugins.values import ItemKind

AT_ONCE = 200
"""Answers that are read together."""
MOST = 2000
"""The latest ones are looked at: an artist of more albums is named by each of them."""


async def mentioned(connection: AsyncConnection, ids: Collection[UUID], origin: str) -> dict[UUID, Rows]:
    """By artist, what the latest answer says that names it and is laid over one of its tracks. Tracks of one
    that was merged are the winner's by now; the answers name it as before."""
    query = sa.select(artists.c.id, artists.c.mbid).where(artists.c.id.in_(ids), artists.c.mbid.is_not(None))
    mbids = {str(row.mbid): row.id for row in await connection.execute(query)}
    if not mbids:
        return {}
    leads = await winners(connection, ItemKind.ARTIST, mbids.values())
    theirs = [*mbids.values(), *leads.values()]
    found: dict[UUID, Rows] = {}
    async for id_, said in _answers(connection, theirs, origin):
        for mbid, fields in said.items():
            artist = mbids.get(mbid)
            if artist is not None and artist not in found:
                values = checked_answer(fields, ARTIST_CHECKS).values
                found[artist] = {name: Kept(value, id_) for name, value in values.items()}
        if len(found) == len(mbids):
            break
    return found


async def _answers(
    connection: AsyncConnection, ids: Collection[UUID], origin: str
) -> AsyncIterator[tuple[UUID, Mapping[str, Any]]]:
    """What they say of artists, the latest first: of somebody who is on few albums the first may be far back,
    behind those about somebody who is on many."""
    columns = enrichment_candidates.c
    laid = columns.id.in_(_laid(ids, origin))
    query = sa.select(columns.id, columns.artists).where(laid).order_by(columns.id.desc()).limit(AT_ONCE)
    rows = (await connection.execute(query)).all()
    for _ in range(MOST // AT_ONCE):
        for row in rows:
            yield row.id, row.artists or {}
        if len(rows) < AT_ONCE:
            return
        rows = (await connection.execute(query.where(columns.id < rows[-1].id))).all()


def _laid(ids: Collection[UUID], origin: str) -> sa.Select[tuple[UUID]]:
    """Answers that count for tracks of these artists."""
    credited = sa.select(track_artists.c.track_id).where(track_artists.c.artist_id.in_(ids))
    on_albums = (
        sa.select(tracks.c.id)
        .join_from(tracks, album_artists, album_artists.c.album_id == tracks.c.album_id)
        .where(album_artists.c.artist_id.in_(ids))
    )
    return sa.select(field_values.c.candidate_id).where(
        field_values.c.item_id.in_(credited.union(on_albums)),
        field_values.c.origin == origin,
        field_values.c.candidate_id.is_not(None),
    )


async def own_answers(connection: AsyncConnection, rows: Mapping[UUID, Rows]) -> set[UUID]:
    """Of the answers behind these rows, those to a question about an artist itself."""
    ids = {kept.candidate_id for each in rows.values() for kept in each.values()} - {None}
    if not ids:
        return set()
    candidates, runs = enrichment_candidates, enrichment_runs
    query = (
        sa.select(candidates.c.id)
        .join_from(candidates, runs, runs.c.id == candidates.c.run_id)
        .where(candidates.c.id.in_(list(ids)), runs.c.item_kind == ItemKind.ARTIST.value)
    )
    return set(await connection.scalars(query))
