"""What people say about tracks. It is kept beside the tags, wins over them, and can be taken back."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.editing import checked_edit
from mcma.domain.errors import Conflict
from mcma.services.callers import require_admin
from mcma.services.catalogue.lookup import one
from mcma.services.indexing.afresh import News, tell_afresh
from mcma.services.indexing.overlays import PERSON
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue, upsert
from mcma.store.engine import Database
from mcma.store.tables.catalogue import field_values, tracks
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller, ItemKind, TrackView


class Edits:
    """Manual metadata (`metadata_status = manual`)."""

    def __init__(self, database: Database, notify: Callable[[str, object], None]) -> None:
        self._database, self._notify = database, notify

    async def edit_track(
        self, caller: Caller, track_id: TrackId, values: Mapping[str, Any], *, base_rev: int | None = None
    ) -> TrackView:
        """Sets fields (see `domain.editing.FIELDS`); None takes a field back to what the file says.

        `base_rev` is the revision the person has seen: another one is a `Conflict` (sync protocol, metadata
        edits). For admins: `Forbidden`, `NotFound`, `InvalidInput` naming the field.
        """
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            done = await edited(transaction.connection, caller, track_id, values, base_rev)
        for hook, event in done.news:
            self._notify(hook, event)
        async with self._database.read() as connection:
            changed: TrackView = await one(connection, caller, ItemKind.TRACK, done.track_id)
        return changed

    async def said(self, caller: Caller, track_id: TrackId) -> dict[str, Any]:
        """Field to what people have set."""
        async with self._database.read() as connection:
            track: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
            query = sa.select(field_values.c.field, field_values.c.value).where(
                field_values.c.item_id == track.id, field_values.c.origin == PERSON
            )
            return {row.field: row.value for row in await connection.execute(query)}


class Edited(NamedTuple):
    track_id: TrackId
    news: News


async def edited(
    connection: AsyncConnection,
    caller: Caller,
    track_id: UUID,
    values: Mapping[str, Any],
    base_rev: int | None,
) -> Edited:
    """`Edits.edit_track` for whoever has the catalogue locked. What it raises, it raises before it writes."""
    require_admin(caller)
    said = checked_edit(values)
    track: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
    _check_rev(track, base_rev)
    await _store(connection, track.id, said, caller)
    return Edited(track.id, await tell_afresh(connection, track.library_id, [track.id]))


def _check_rev(track: TrackView, base_rev: int | None) -> None:
    if base_rev is not None and track.rev != base_rev:
        raise Conflict(
            f"The track has changed: it is at revision {track.rev}, not {base_rev}.", code="rev_conflict"
        )


async def _store(connection: AsyncConnection, track_id: UUID, said: dict[str, Any], caller: Caller) -> None:
    now = utcnow()
    mine = sa.and_(field_values.c.item_id == track_id, field_values.c.origin == PERSON)
    back = [name for name, value in said.items() if value is None]
    await connection.execute(sa.delete(field_values).where(mine, field_values.c.field.in_(back)))
    rows = [
        {"item_id": track_id, "field": name, "origin": PERSON, "item_kind": "track", "value": value,
         "user_id": caller.user_id, "at": now}
        for name, value in said.items() if value is not None
    ]  # fmt: skip
    if rows:
        await connection.execute(upsert(connection, field_values, ("item_id", "field", "origin")), rows)
    left = await connection.scalar(sa.select(sa.func.count()).select_from(field_values).where(mine))
    status = sa.update(tracks).where(tracks.c.id == track_id)
    await connection.execute(status.values(metadata_status="manual" if left else "pending", updated_at=now))
