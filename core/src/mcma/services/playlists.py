"""Playlists: the `Playlists` that adapters are given, and the item operations of the native API.

Others' private playlists do not exist for a caller, admins included; shared ones are read by everybody and
edited by their owner and by admins. Rows that wait for a track are in no count and no index, and keep their
place whatever is done to the others.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.domain.folding import fold
from mcma.domain.positions import between, spread
from mcma.services.lookup import chunks, reachable, some
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries import playlists as queries
from mcma.store.tables.listening import playlist_items, playlists
from mcma_plugins.ids import PlaylistId, PlaylistItemId, TrackId
from mcma_plugins.values import Caller, ItemKind, PlaylistEntry, PlaylistView


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a playlist; without a track it waits for one."""

    id: UUID
    position: str
    track_id: UUID | None
    added_at: datetime


class PlaylistService:
    """Satisfies `mcma_plugins.services.Playlists`.

    Tracks that the caller cannot see are skipped when added. Every write takes `expected_rev`: another `rev`
    is a `Conflict`, None writes whatever the state.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def playlists(self, caller: Caller, owner: str | None = None) -> Sequence[PlaylistView]:
        chosen = queries.visible(caller)
        async with self._database.read() as connection:
            views = [PlaylistView(*row) for row in await connection.execute(chosen)]
        return views if owner is None else [view for view in views if fold(view.owner) == fold(owner)]

    async def playlist(self, caller: Caller, playlist_id: PlaylistId) -> PlaylistView:
        async with self._database.read() as connection:
            return await _view(connection, caller, playlist_id)

    async def entries(self, caller: Caller, playlist_id: PlaylistId) -> Sequence[PlaylistEntry]:
        """A track of a library the caller may not see is None here, like one that is waited for."""
        async with self._database.read() as connection:
            await _view(connection, caller, playlist_id)
            rows = await _rows(connection, playlist_id)
            wanted = {row.track_id for row in rows if row.track_id is not None}
            found = await some(connection, caller, ItemKind.TRACK, list(wanted))
        return [
            PlaylistEntry(PlaylistItemId(row.id), found.get(row.track_id or row.id), row.added_at)
            for row in rows
        ]

    async def create(
        self, caller: Caller, name: str, track_ids: Sequence[TrackId] = (), comment: str | None = None
    ) -> PlaylistView:
        now, id_ = utcnow(), PlaylistId(new_id())
        row = {"id": id_, "owner_id": caller.user_id, **_named(name),
               "comment": _clean(comment or "") or None, "created_at": now, "changed_at": now}  # fmt: skip
        async with self._database.write() as transaction:
            await transaction.connection.execute(sa.insert(playlists), [row])
            edit = _Edit(transaction.connection, caller, id_)
            if track_ids:
                await edit.put(await edit.fresh(track_ids))
            return await edit.finish()

    async def replace(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        track_ids: Sequence[TrackId],
        *,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        """Rows of tracks that stay are kept, so that other devices see as little change as possible."""

        async def change(edit: "_Edit") -> None:
            await edit.put(_refilled(edit.rows, await edit.fresh(track_ids)))

        return await self._edit(caller, playlist_id, change, expected_rev)

    async def edit(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        *,
        name: str | None = None,
        comment: str | None = None,
        public: bool | None = None,
        add: Sequence[TrackId] = (),
        remove_at: Sequence[int] = (),
        expected_rev: int | None = None,
    ) -> PlaylistView:
        async def change(edit: "_Edit") -> None:
            edit.values |= {} if name is None else _named(name)
            edit.values |= {} if comment is None else {"comment": _clean(comment) or None}
            edit.values |= {} if public is None else {"visibility": "public" if public else "private"}
            if not add and not remove_at:
                return
            gone = await edit.at(remove_at) if remove_at else set()
            kept = [row for row in edit.rows if row.id not in gone]
            await edit.put([*kept, *await edit.fresh(add)])

        return await self._edit(caller, playlist_id, change, expected_rev)

    async def delete(
        self, caller: Caller, playlist_id: PlaylistId, *, expected_rev: int | None = None
    ) -> None:
        async def change(edit: "_Edit") -> None:
            edit.values |= {"deleted_at": utcnow()}

        await self._edit(caller, playlist_id, change, expected_rev)

    async def add(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        track_ids: Sequence[TrackId],
        *,
        after: PlaylistItemId | None = None,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        """Behind the row `after`, or at the front; `edit(add=...)` appends."""

        async def change(edit: "_Edit") -> None:
            place = _behind(edit.rows, after)
            await edit.put([*edit.rows[:place], *await edit.fresh(track_ids), *edit.rows[place:]])

        return await self._edit(caller, playlist_id, change, expected_rev)

    async def move(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        item: PlaylistItemId,
        *,
        after: PlaylistItemId | None = None,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        """Behind the row `after`, or to the front."""

        async def change(edit: "_Edit") -> None:
            moved = edit.rows[_behind(edit.rows, item) - 1]
            rest = [row for row in edit.rows if row.id != item]
            if after != item:
                place = _behind(rest, after)
                await edit.put([*rest[:place], replace(moved, position=""), *rest[place:]])

        return await self._edit(caller, playlist_id, change, expected_rev)

    async def remove(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        items: Sequence[PlaylistItemId],
        *,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        """Rows that are gone already are skipped."""
        gone = set(items)

        async def change(edit: "_Edit") -> None:
            await edit.put([row for row in edit.rows if row.id not in gone])

        return await self._edit(caller, playlist_id, change, expected_rev)

    async def _edit(
        self, caller: Caller, playlist_id: PlaylistId, change: Callable[["_Edit"], Any], rev: int | None
    ) -> PlaylistView:
        async with self._database.write() as transaction:
            connection = transaction.connection
            await connection.execute(
                sa.select(playlists.c.id).where(playlists.c.id == playlist_id).with_for_update()
            )
            view = await _view(connection, caller, playlist_id)
            _may_edit(caller, view, rev)
            edit = _Edit(connection, caller, playlist_id, view, await _rows(connection, playlist_id))
            await change(edit)
            return await edit.finish()


@dataclass(slots=True)
class _Edit:
    """One change of one playlist in one transaction."""

    connection: AsyncConnection
    caller: Caller
    id: PlaylistId
    view: PlaylistView | None = None
    rows: list[Row] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    async def fresh(self, track_ids: Sequence[TrackId]) -> list[Row]:
        """New rows, not placed yet."""
        now = utcnow()
        found = await reachable(self.connection, self.caller, ItemKind.TRACK, list(dict.fromkeys(track_ids)))
        return [Row(new_id(), "", found[id_], now) for id_ in track_ids if id_ in found]

    async def at(self, indexes: Sequence[int]) -> set[UUID]:
        """The rows that the caller sees at these places."""
        tracks = {row.track_id for row in self.rows if row.track_id is not None}
        seen = await reachable(self.connection, self.caller, ItemKind.TRACK, list(tracks))
        shown = [row.id for row in self.rows if row.track_id in seen]
        return {shown[index] for index in indexes if 0 <= index < len(shown)}

    async def put(self, rows: list[Row]) -> None:
        """Makes these the rows of the playlist."""
        if self.view is not None and self.view.smart:
            raise Conflict("A smart playlist fills itself.")
        before, placed = {row.id: row for row in self.rows}, _placed(rows)
        await self._drop(before.keys() - {row.id for row in placed})
        await self._insert([row for row in placed if row.id not in before])
        await self._move([row for row in placed if row.id in before and row != before[row.id]])
        self.rows = placed

    async def _drop(self, gone: Iterable[UUID]) -> None:
        for part in chunks(gone):
            await self.connection.execute(
                sa.update(playlist_items).where(playlist_items.c.id.in_(part)).values(deleted_at=utcnow())
            )

    async def _insert(self, rows: list[Row]) -> None:
        made = [
            {"id": row.id, "playlist_id": self.id, "position": row.position, "track_id": row.track_id,
             "added_at": row.added_at, "added_by": self.caller.user_id}
            for row in rows
        ]  # fmt: skip
        if made:
            await self.connection.execute(sa.insert(playlist_items), made)

    async def _move(self, rows: list[Row]) -> None:
        if rows:
            moved = sa.update(playlist_items).where(playlist_items.c.id == sa.bindparam("row"))
            await self.connection.execute(
                moved.values(position=sa.bindparam("place")),
                [{"row": row.id, "place": row.position} for row in rows],
            )

    async def finish(self) -> PlaylistView:
        """Counts again and moves `changed_at`."""
        songs, duration = (await self.connection.execute(queries.totals(self.id))).one()
        values = {"changed_at": utcnow(), "song_count": songs, "duration_ms": int(duration), **self.values}
        await self.connection.execute(sa.update(playlists).where(playlists.c.id == self.id).values(**values))
        if "deleted_at" in values and self.view is not None:
            return self.view
        return await _view(self.connection, self.caller, self.id)


async def _view(connection: AsyncConnection, caller: Caller, id_: PlaylistId) -> PlaylistView:
    row = (await connection.execute(queries.visible(caller).where(playlists.c.id == id_))).one_or_none()
    if row is None:
        raise NotFound("There is no such playlist.")
    return PlaylistView(*row)


async def _rows(connection: AsyncConnection, id_: PlaylistId) -> list[Row]:
    return [Row(*row) for row in await connection.execute(queries.items(id_))]


def _may_edit(caller: Caller, view: PlaylistView, rev: int | None) -> None:
    if view.owner_id != caller.user_id and not caller.is_admin:
        raise Forbidden("Only its owner may change this playlist.")
    if rev is not None and rev != view.rev:
        raise Conflict(f"The playlist has changed: its rev is {view.rev}, not {rev}.")


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL in text."""
    return text.replace("\0", "")


def _named(name: str) -> dict[str, Any]:
    shown = _clean(name).strip()
    if not shown:
        raise InvalidInput("A playlist needs a name.")
    return {"name": shown, "name_key": fold(shown)}


def _behind(rows: Sequence[Row], after: PlaylistItemId | None) -> int:
    if after is None:
        return 0
    for place, row in enumerate(rows):
        if row.id == after:
            return place + 1
    raise NotFound("There is no such row in the playlist.")


def _refilled(rows: Sequence[Row], fresh: Sequence[Row]) -> list[Row]:
    """The new tracks in order, waiting rows at the place in the list that they had.

    A track that was there takes its old row along.
    """
    held: dict[UUID | None, list[Row]] = defaultdict(list)
    for row in reversed(rows):
        held[row.track_id].append(row)
    made = [held[row.track_id].pop() if held[row.track_id] else row for row in fresh]
    for place, row in enumerate(rows):
        if row.track_id is None:
            made.insert(min(place, len(made)), row)
    return made


def _placed(rows: Sequence[Row]) -> list[Row]:
    """The rows with positions that rise, changed where they must be: new ones fit in between those that are.

    Where that would take long positions, or finds no room, all are placed anew.
    """
    try:
        return _fitted(rows)
    except ValueError:
        places = spread(len(rows))
        return [replace(row, position=place) for row, place in zip(rows, places, strict=True)]


LONGEST = 40


def _fitted(rows: Sequence[Row]) -> list[Row]:
    made: list[Row] = []
    last: str | None = None
    following = _following(rows)
    for row, beyond in zip(rows, following, strict=True):
        position = row.position or between(last, beyond)
        if (last is not None and position <= last) or len(position) > LONGEST:
            raise ValueError("no order in these positions")
        made.append(row if row.position else replace(row, position=position))
        last = position
    return made


def _following(rows: Sequence[Row]) -> list[str | None]:
    """For each row the next position that is fixed already."""
    found: list[str | None] = []
    beyond: str | None = None
    for row in reversed(rows):
        found.append(beyond)
        beyond = row.position or beyond
    return found[::-1]
