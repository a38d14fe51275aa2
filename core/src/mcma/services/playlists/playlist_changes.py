"""What devices say of playlists: read together, decided one by one in their order, written together.

Whatever order two devices are heard in, the playlist comes out the same (sync protocol): what is said last
counts for each field and for the place of each row; a row that was removed stays removed; a deleted playlist
stays deleted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, Forbidden, Gone, NotFound, TooLarge
from mcma.domain.stamps import Stamp
from mcma.services.catalogue.lookup import chunks, reachable
from mcma.services.playlists.playlist_columns import KEPT, commented, named, shared
from mcma.services.playlists.playlist_edit import MOST, check_owner
from mcma.services.playlists.playlist_rows import Moved, NewItem, Rows
from mcma.store.bulk import insert_rows
from mcma.store.clock import utcnow
from mcma.store.tables.listening import playlist_items, playlists
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.values import Caller, ItemKind


class Took(NamedTuple):
    """What became of one event that was not refused."""

    stands: bool
    """Whether all of it decides; else something later or stronger does."""
    skipped: tuple[UUID, ...] = ()
    """Rows that are not to be: they were removed, or their track is not there."""


STANDS, LATE = Took(True), Took(False)


@dataclass(slots=True)
class _Playlist:
    owner_id: UUID
    visibility: str
    smart: bool
    follows: bool
    deleted_at: datetime | None
    stamps: dict[str, list[str]]
    created: dict[str, Any] | None = None
    """The row to be."""
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Row:
    playlist_id: UUID
    gone: bool
    moved: Stamp | None = None


@dataclass(slots=True)
class _Written:
    """What is to be written of one playlist."""

    fresh: list[NewItem] = field(default_factory=list)
    moved: dict[UUID, Moved] = field(default_factory=dict)
    dropped: list[UUID] = field(default_factory=list)


class PlaylistChanges:
    """In one transaction, in which all playlists that are named are locked.

    Its methods but `read` and `write` ask no database. They raise what an event is refused for, and then
    nothing of it is done: `NotFound`, `Forbidden`, `Gone` (code playlist_gone), `Conflict` (code id_taken),
    `TooLarge`.
    """

    def __init__(self, connection: AsyncConnection, caller: Caller) -> None:
        self._connection, self._caller = connection, caller
        self._playlists: dict[UUID, _Playlist] = {}
        self._rows: dict[UUID, _Row] = {}
        self._tracks: Mapping[UUID, UUID] = {}
        self._written: dict[UUID, _Written] = defaultdict(_Written)

    async def read(self, lists: Iterable[UUID], rows: Iterable[UUID], tracks: Iterable[UUID]) -> None:
        """All that the events name, before the first of them."""
        for part in chunks(set(lists)):
            for row in await self._connection.execute(_LISTS.where(playlists.c.id.in_(part))):
                self._playlists[row.id] = _Playlist(
                    row.owner_id,
                    row.visibility,
                    row.smart,
                    bool(row.origin and row.origin.get("follow")),
                    row.deleted_at,
                    row.stamps or {},
                )
        for part in chunks(set(rows)):
            for row in await self._connection.execute(_ROWS.where(playlist_items.c.id.in_(part))):
                moved = None if row.moved_at is None else Stamp(row.moved_at, row.moved_by)
                self._rows[row.id] = _Row(row.playlist_id, row.deleted_at is not None, moved)
        wanted = list(set(tracks))
        self._tracks = await reachable(self._connection, self._caller, ItemKind.TRACK, wanted)

    def create(
        self, id_: UUID, name: str, comment: str | None, *, public: bool, at: datetime | None = None
    ) -> Took:
        """One of the caller's that is there already stays as it is, and decides."""
        known = self._playlists.get(id_)
        if known is not None:
            if known.owner_id != self._caller.user_id:
                raise Conflict("This id is that of another playlist.", code="id_taken")
            if known.deleted_at is not None:
                raise _gone()
            return LATE
        row = {**named(name), **commented(comment), **shared(public), "created_at": at or utcnow()}
        owner = self._caller.user_id
        self._playlists[id_] = _Playlist(owner, row["visibility"], False, False, None, {}, row)
        return STANDS

    def update(self, id_: UUID, stamp: Stamp, said: Mapping[str, Any]) -> Took:
        """`said` are name, comment and public, or some of them."""
        held = self._open(id_)
        columns = _columns(said)
        won = [name for name in columns if stamp.stands_against(Stamp.read(held.stamps.get(name)))]
        for name in won:
            held.values |= columns[name]
        held.stamps = held.stamps | dict.fromkeys(won, stamp.kept())
        held.visibility = held.values.get("visibility", held.visibility)
        return Took(len(won) == len(columns))

    def delete(self, id_: UUID) -> Took:
        held = self._mine(id_)
        if held.deleted_at is None:
            held.deleted_at = held.values["deleted_at"] = utcnow()
        return STANDS

    def add(self, id_: UUID, items: Sequence[NewItem]) -> Took:
        """Items with ids and positions. A track that is not there costs no other its row."""
        self._plain(id_, len(items))
        known = {item.id: self._rows[item.id] for item in items if item.id in self._rows}
        if any(row.playlist_id != id_ for row in known.values()):
            raise Conflict("The id of a row is in use elsewhere.", code="id_taken")
        fresh = {item.id: item for item in items if item.id not in known}
        lost = [row for row, item in fresh.items() if item.track_id and item.track_id not in self._tracks]
        if lost and len(lost) == len(fresh) and not known:
            raise NotFound("There is no such track.")
        for row, item in fresh.items():
            if row is not None and row not in lost:
                self._rows[row] = _Row(id_, False)
                self._written[id_].fresh.append(self._meant(item))
        skipped = [*lost, *(row for row, held in known.items() if held.gone)]
        return Took(not skipped, tuple(row for row in skipped if row is not None))

    def move(self, id_: UUID, row: UUID, position: str, stamp: Stamp) -> Took:
        self._plain(id_, 1)
        held = self._rows.get(row)
        if held is None or held.playlist_id != id_:
            raise NotFound("There is no such row in the playlist.")
        if held.gone or not stamp.stands_against(held.moved):
            return LATE
        held.moved = stamp
        self._written[id_].moved[row] = Moved(row, position, stamp)
        return STANDS

    def remove(self, id_: UUID, rows: Sequence[UUID]) -> Took:
        """Rows that are gone, or never were there, are skipped."""
        self._plain(id_, len(rows))
        for row in dict.fromkeys(rows):
            held = self._rows.get(row)
            if held is not None and held.playlist_id == id_ and not held.gone:
                held.gone = True
                self._written[id_].dropped.append(row)
        return STANDS

    async def write(self) -> None:
        """What all of them came to: each playlist once."""
        await self._create()
        named_ = {id_ for id_, held in self._playlists.items() if held.values} | self._written.keys()
        for id_ in sorted(named_, key=lambda one: one.int):
            held, found = self._playlists[id_], self._written[id_]
            if held.values.keys() - {"deleted_at"}:
                held.values["stamps"] = held.stamps
            rows = Rows(self._connection, self._caller, PlaylistId(id_), held.values)
            await rows.put(found.fresh)
            await rows.place(found.moved.values())
            await rows.drop(found.dropped)
            await rows.write()

    async def _create(self) -> None:
        now = utcnow()
        made = {"owner_id": self._caller.user_id, "changed_at": now}
        rows = [
            {"id": id_, **made, **held.created}
            for id_, held in self._playlists.items()
            if held.created is not None
        ]
        await insert_rows(self._connection, playlists, rows)

    def _plain(self, id_: UUID, rows: int) -> None:
        held = self._open(id_)
        if held.smart:
            raise Forbidden("A smart playlist fills itself.", code="smart_playlist")
        if held.follows:
            raise Forbidden("It follows a playlist elsewhere.", code="playlist_follows")
        if rows > MOST:
            raise TooLarge(f"One event may change {MOST} rows at most.")

    def _open(self, id_: UUID) -> _Playlist:
        """That is there and may be changed."""
        held = self._mine(id_)
        if held.deleted_at is not None:
            raise _gone()
        return held

    def _mine(self, id_: UUID) -> _Playlist:
        """Or was, and can be had back."""
        held = self._playlists.get(id_)
        if held is None or not self._knows(held):
            raise NotFound("There is no such playlist.")
        check_owner(self._caller, held.owner_id)
        return held

    def _knows(self, held: _Playlist) -> bool:
        if held.owner_id == self._caller.user_id:
            return held.deleted_at is None or held.deleted_at >= utcnow() - KEPT
        return held.visibility == "public" and held.deleted_at is None

    def _meant(self, item: NewItem) -> NewItem:
        track = item.track_id
        return item if track is None else item._replace(track_id=TrackId(self._tracks[track]))


def _gone() -> Gone:
    return Gone("The playlist was deleted.", code="playlist_gone")


def _columns(said: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By the name of the stamp."""
    made = {}
    if "name" in said:
        made["name"] = named(said["name"])
    if "comment" in said:
        made["comment"] = commented(said["comment"])
    if "public" in said:
        made["visibility"] = shared(said["public"])
    return made


_LISTS = sa.select(
    *(playlists.c[name] for name in ("id", "owner_id", "visibility", "deleted_at", "stamps", "origin")),
    playlists.c.rules.is_not(None).label("smart"),
)
_ROWS = sa.select(
    *(playlist_items.c[name] for name in ("id", "playlist_id", "deleted_at", "moved_at", "moved_by"))
)
