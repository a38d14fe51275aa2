"""What a person does to one playlist, in one transaction: checked, made room for, written."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from mcma.domain.positions import LONGEST, is_position
from mcma.services.catalogue.lookup import chunks, reachable
from mcma.services.matching.deciding import say
from mcma.services.matching.values import Thing
from mcma.services.playlists.playlist_locks import lock_playlists
from mcma.services.playlists.playlist_order import Row, placed, refilled
from mcma.services.playlists.playlist_places import END, Place, Room
from mcma.services.playlists.playlist_rows import Moved, NewItem, Rows, stamp_now
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import hold_catalogue, lock_catalogue
from mcma.store.engine import Database
from mcma.store.queries import playlists as queries
from mcma.store.tables.listening import playlist_items, playlists
from mcma_plugins.ids import PlaylistId, PlaylistItemId, TrackId
from mcma_plugins.values import Caller, ItemKind, PlaylistView

MOST = 10_000
"""Rows that one request may add, move, remove or set."""


async def view_of(connection: AsyncConnection, caller: Caller, id_: PlaylistId) -> PlaylistView:
    """`NotFound` for what is not the caller's and not shared."""
    row = (await connection.execute(queries.visible(caller).where(playlists.c.id == id_))).one_or_none()
    if row is None:
        raise NotFound("There is no such playlist.")
    return PlaylistView(*row)


def check_owner(caller: Caller, owner_id: UUID) -> None:
    """`Forbidden` for those who may only see it."""
    if owner_id != caller.user_id and not caller.is_admin:
        raise Forbidden("Only its owner may change this playlist.")


@asynccontextmanager
async def editing(
    database: Database,
    caller: Caller,
    id_: PlaylistId,
    rev: int | None = None,
    *,
    alone: bool = False,
    following: bool = False,
) -> AsyncIterator["Edit"]:
    """Its `view` is the playlist afterwards. `Forbidden` unless it is the caller's, or a shared one and the
    caller an admin; `Conflict` for another `rev` than the playlist's.

    `following`: it is its origin that changes it.

    `alone`: no other playlist is edited meanwhile, so that what it does may lock others, in any order."""
    async with database.write() as transaction:
        connection = transaction.connection
        await (lock_catalogue if alone else hold_catalogue)(connection)
        await lock_playlists(connection, [id_])
        view = await view_of(connection, caller, id_)
        check_owner(caller, view.owner_id)
        if rev is not None and rev != view.rev:
            said = f"The playlist has changed: its rev is {view.rev}, not {rev}."
            raise Conflict(said, code="rev_conflict")
        edit = Edit(connection, caller, id_, view, following=following)
        yield edit
        await edit.finish()


class Edit(Rows):
    def __init__(
        self, connection: AsyncConnection, caller: Caller, id_: PlaylistId, view: PlaylistView, *,
        following: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(connection, caller, id_)
        self.view, self._following = view, following

    async def add(self, items: Sequence[NewItem], place: Place = END, *, capped: bool = True) -> None:
        """Tracks that the caller cannot see are skipped."""
        self._check(items if capped else ())
        wanted = list(dict.fromkeys(item.track_id for item in items if item.track_id))
        found = await reachable(self.connection, self.caller, ItemKind.TRACK, wanted)
        known = [item for item in items if item.track_id in found or item.claim_id or item.wanted]
        fresh = await self._unknown(known)
        loose = sum(1 for item in fresh if item.position is None)
        room = iter(await Room(self.connection, self.caller, self.id).make(loose, place))
        await self.put([
            item._replace(track_id=_meant(found, item), position=item.position or next(room))
            for item in fresh
        ])  # fmt: skip

    async def move(self, ids: Sequence[PlaylistItemId], place: Place) -> None:
        """In the order given. `NotFound` when one of them is not there."""
        self._check(ids)
        wanted = list(dict.fromkeys(ids))
        if len(await self._live(wanted)) != len(wanted):
            raise NotFound("There is no such row in the playlist.")
        if not wanted:
            return
        room = await Room(self.connection, self.caller, self.id, wanted).make(len(wanted), place)
        stamp = stamp_now()
        await self.place(Moved(id_, position, stamp) for id_, position in zip(wanted, room, strict=True))

    async def remove(self, ids: Sequence[UUID]) -> None:
        """Rows that are gone already are skipped."""
        self._check(ids)
        await self.drop(await self._live(list(dict.fromkeys(ids))))

    async def remove_at(self, indexes: Sequence[int]) -> None:
        """Indexes among the rows whose track the caller sees; those out of range are skipped."""
        wanted = {index for index in indexes if index >= 0}
        if wanted:
            shown = queries.shown_rows(self.id, self.caller).limit(max(wanted) + 1)
            rows = list(await self.connection.scalars(shown))
            await self.remove([rows[index] for index in wanted if index < len(rows)])

    async def decide(self, item: PlaylistItemId, track_id: TrackId | None) -> None:
        query = sa.select(playlist_items.c.claim_id).where(
            queries.of(self.id), queries.LIVE, playlist_items.c.id == item
        )
        claim = await self.connection.scalar(query)
        if claim is None:
            raise NotFound("There is no such row that was made from a claim.")
        thing = None if track_id is None else Thing(track_id)
        await say(self.connection, self.caller, claim, thing, of_anybody=True)

    async def clear(self) -> None:
        """Without any row, also of those that wait or are hidden from the caller."""
        self._check(())
        query = sa.select(playlist_items.c.id).where(queries.of(self.id), queries.LIVE)
        await self.drop(list(await self.connection.scalars(query)))

    async def dedupe(self) -> None:
        """Of rows with one track the first stays."""
        self._check(())
        await self.drop(list(await self.connection.scalars(queries.repeated(self.id))))

    async def replace(self, track_ids: Sequence[TrackId]) -> None:
        """Rows of tracks that stay are kept; rows that wait for a track, or whose track the caller does not
        see, keep their place."""
        self._check(track_ids)
        held = [Row(*row) for row in await self.connection.execute(queries.rows(self.id))]
        here = {row.track_id for row in held if row.track_id is not None}
        wanted = list(here.union(track_ids))
        seen = await reachable(self.connection, self.caller, ItemKind.TRACK, wanted)
        shown, now = set(seen.values()), utcnow()
        fresh = [Row(new_id(), "", seen[id_], now) for id_ in track_ids if id_ in seen]
        rows = [row if row.track_id is None else row.of(seen.get(row.track_id, row.track_id)) for row in held]
        after = placed(refilled(rows, fresh, lambda row: row.track_id not in shown))
        before = {row.id: row.position for row in held}
        await self.drop(before.keys() - {row.id for row in after})
        await self.insert([self._row(row) for row in after if row.id not in before])
        moved = [row for row in after if row.position != before.get(row.id, row.position)]
        stamp = stamp_now()
        await self.place(Moved(row.id, row.position, stamp) for row in moved)

    def _row(self, row: Row) -> dict[str, Any]:
        return {"id": row.id, "playlist_id": self.id, "position": row.position, "track_id": row.track_id,
                "claim_id": None, "added_at": row.added_at, "added_by": self.caller.user_id}  # fmt: skip

    def _check(self, sent: Sequence[object]) -> None:
        if self.view.smart:
            raise Forbidden("A smart playlist fills itself.", code="smart_playlist")
        if self.view.follows and not self._following:
            raise Forbidden(
                "It follows a playlist elsewhere. Stop that, or copy it, to change its rows.",
                code="playlist_follows",
            )
        if len(sent) > MOST:
            raise TooLarge(f"One request may change {MOST} rows at most.")

    async def _unknown(self, items: Sequence[NewItem]) -> list[NewItem]:
        """Each once, without those that were there before. `Conflict` for ids of another playlist."""
        made = dict.fromkeys(item.id for item in items if item.id is not None)
        columns = (playlist_items.c.id, playlist_items.c.playlist_id)
        held: set[UUID] = set()
        for part in chunks(made):
            rows = await self.connection.execute(sa.select(*columns).where(playlist_items.c.id.in_(part)))
            for id_, playlist in rows:
                if playlist != self.id:
                    raise Conflict("The id of a row is in use elsewhere.", code="id_taken")
                held.add(id_)
        for item in items:
            if item.position is not None and (len(item.position) > LONGEST or not is_position(item.position)):
                raise InvalidInput("A position is not one.", code="bad_position")
        once = {item.id: item for item in reversed(items) if item.id is not None and item.id not in held}
        return [item for item in items if item.id is None or once.pop(item.id, None) is not None]

    async def _live(self, ids: Sequence[UUID]) -> list[UUID]:
        found: list[UUID] = []
        for part in chunks(ids):
            query = queries.places(self.id).where(playlist_items.c.id.in_(part))
            found += [row.id for row in await self.connection.execute(query)]
        return found

    async def finish(self) -> None:
        """Writes what has changed; `view` is the playlist as it is then."""
        await self.write()
        if self.values.get("deleted_at") is None:
            self.view = await view_of(self.connection, self.caller, self.id)


def _meant(found: Mapping[UUID, UUID], item: NewItem) -> TrackId | None:
    track = None if item.track_id is None else found.get(item.track_id)
    return None if track is None else TrackId(track)
