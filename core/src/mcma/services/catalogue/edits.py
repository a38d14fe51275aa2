"""What people say about tracks. It is kept beside the tags, wins over them, and can be taken back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.editing import checked_edit
from mcma.domain.errors import Conflict
from mcma.services.callers import require_admin
from mcma.services.catalogue.fieldviews import FieldView, field_views, origins_of
from mcma.services.catalogue.lookup import one
from mcma.services.catalogue.taking import TAKEN, release, settle_edited, take
from mcma.services.indexing.afresh import News, tell_afresh
from mcma.services.indexing.overlays import PERSON
from mcma.services.persons import put_words
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import field_values
from mcma_plugins.events import TracksChanged
from mcma_plugins.ids import LibraryId, TrackId
from mcma_plugins.values import Caller, ItemKind, ItemRef, TrackView


class Edits:
    """Manual metadata (`metadata_status = manual`)."""

    def __init__(self, database: Database, notify: Callable[[str, object], None]) -> None:
        self._database, self._notify = database, notify

    async def edit_track(
        self,
        caller: Caller,
        track_id: TrackId,
        values: Mapping[str, Any],
        *,
        base_rev: int | None = None,
        only_fields: bool = False,
    ) -> TrackView:
        """Sets fields (see `domain.editing.FIELDS`); None takes a field back to what is said without it.

        The track is `manual` from then on, unless `only_fields` are to be the person's. `base_rev` is the
        revision the person has seen: another one is a `Conflict` (sync protocol, metadata edits). For admins:
        `Forbidden`, `NotFound`, `InvalidInput` naming the field.
        """
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            done = await edited(
                transaction.connection, caller, track_id, values, base_rev, only_fields=only_fields
            )
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
                field_values.c.item_id == track.id,
                field_values.c.origin == PERSON,
                field_values.c.field != TAKEN,
            )
            return {row.field: row.value for row in await connection.execute(query)}

    async def take(self, caller: Caller, track_id: TrackId) -> TrackView:
        """Makes the track the person's as it is: `manual` until it is released. For admins."""
        return await self._turn(caller, track_id, partial(take, caller=caller))

    async def release(self, caller: Caller, track_id: TrackId) -> TrackView:
        """Whatever is automatic goes on with the track; the fields that people have set stay. For admins."""
        return await self._turn(caller, track_id, release)

    async def _turn(
        self, caller: Caller, track_id: TrackId, turn: Callable[..., Awaitable[None]]
    ) -> TrackView:
        require_admin(caller)
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            before: TrackView = await one(transaction.connection, caller, ItemKind.TRACK, track_id)
            await turn(transaction.connection, before)
            after: TrackView = await one(transaction.connection, caller, ItemKind.TRACK, before.id)
        if after.metadata_status != before.metadata_status:
            self._notify("track_changed", TracksChanged(LibraryId(after.library_id), [after.id]))
        return after

    async def fields(self, caller: Caller, track_id: TrackId) -> Sequence[FieldView]:
        """Every field with the value that counts and all that is said of it. For admins."""
        require_admin(caller)
        async with self._database.read() as connection:
            track: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
            return await field_views(connection, track.id)

    async def origins(self, track: TrackView) -> Mapping[str, str]:
        """Field to who says it, of those that no tag gave. For whoever has seen the track."""
        async with self._database.read() as connection:
            return await origins_of(connection, track.id)


class Edited(NamedTuple):
    track_id: TrackId
    news: News


async def edited(
    connection: AsyncConnection,
    caller: Caller,
    track_id: UUID,
    values: Mapping[str, Any],
    base_rev: int | None,
    *,
    only_fields: bool = False,
) -> Edited:
    """`Edits.edit_track` for whoever has the catalogue locked. What it raises, it raises before it writes."""
    require_admin(caller)
    said = checked_edit(values)
    track: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
    _check_rev(track, base_rev)
    await put_words(connection, ItemRef(ItemKind.TRACK, track.id), said, caller)
    await settle_edited(connection, track, only_fields=only_fields)
    return Edited(track.id, await tell_afresh(connection, track.library_id, [track.id]))


def _check_rev(track: TrackView, base_rev: int | None) -> None:
    if base_rev is not None and track.rev != base_rev:
        raise Conflict(
            f"The track has changed: it is at revision {track.rev}, not {base_rev}.", code="rev_conflict"
        )
