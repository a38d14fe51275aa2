"""A track that a person took as theirs: `metadata_status` is `manual`, and nothing automatic changes it.

Editing a track takes it, until all is taken back that was edited. Taking it as a whole holds until it is
released; then the fields that were edited stay the person's, and enrichers say the others again.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layerrules import PERSON
from mcma.domain.statuses import MANUAL
from mcma.services.callers import person_of
from mcma.services.enriching.statuses import fold_statuses, settle_tracks
from mcma.services.persons import words_left
from mcma.store.clock import utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.tables.catalogue import field_values, tracks
from mcma_plugins.values import Caller, TrackView

TAKEN = "metadata_status"
"""The field value that says that a person took the whole track."""


async def take(connection: AsyncConnection, track: TrackView, caller: Caller) -> None:
    row = {"item_id": track.id, "field": TAKEN, "origin": PERSON, "item_kind": "track", "value": MANUAL,
           "user_id": person_of(caller), "at": utcnow()}  # fmt: skip
    await connection.execute(insert_ignoring(connection, field_values), [row])
    await _make_manual(connection, track)


async def release(connection: AsyncConnection, track: TrackView) -> None:
    await connection.execute(sa.delete(field_values).where(*_said(track.id), field_values.c.field == TAKEN))
    await settle_tracks(connection, [track.id], manual=True)


async def settle_edited(connection: AsyncConnection, track: TrackView, *, only_fields: bool) -> None:
    """After an edit. `only_fields`: it takes the fields alone, a track that is not taken stays so."""
    said = await words_left(connection, track.id)
    was = track.metadata_status == MANUAL
    if TAKEN in said or (said and (was or not only_fields)):
        await _make_manual(connection, track)
    elif was:
        await settle_tracks(connection, [track.id], manual=True)


async def _make_manual(connection: AsyncConnection, track: TrackView) -> None:
    if track.metadata_status != MANUAL:
        here = sa.update(tracks).where(tracks.c.id == track.id)
        await connection.execute(here.values(metadata_status=MANUAL, updated_at=utcnow()))
        await fold_statuses(connection, {track.album_id} if track.album_id else set())


def _said(track_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return field_values.c.item_id == track_id, field_values.c.origin == PERSON
