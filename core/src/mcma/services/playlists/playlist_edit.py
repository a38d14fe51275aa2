"""One change of one playlist, in one transaction: rows, counters, revision."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from mcma.domain.positions import LONGEST, is_position
from mcma.services.catalogue.lookup import chunks, reachable
from mcma.services.claims.claims import link
from mcma.services.claims.matching import Match
from mcma.services.playlists.playlist_locks import lock_playlists
from mcma.services.playlists.playlist_order import Row, placed, refilled
from mcma.services.playlists.playlist_places import END, Place, Room
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import hold_catalogue, upsert
from mcma.store.engine import Database
from mcma.store.queries import playlists as queries
from mcma.store.queries.claims import PERSON
from mcma.store.tables.listening import playlist_items, playlist_libraries, playlists
from mcma_plugins.ids import ClaimId, PlaylistId, PlaylistItemId, TrackId
from mcma_plugins.values import Caller, ItemKind, PlaylistView

MOST = 10_000
"""Rows that one request may add, move, remove or set."""


class NewItem(NamedTuple):
    """A row to be: of a track, or of a claim that waits for one.

    `id` and `position` may be made by the client: a row that is there already, or was and has been removed,
    is left as it is.
    """

    track_id: TrackId | None = None
    claim_id: ClaimId | None = None
    id: PlaylistItemId | None = None
    position: str | None = None


async def view_of(connection: AsyncConnection, caller: Caller, id_: PlaylistId) -> PlaylistView:
    """`NotFound` for what is not the caller's and not shared."""
    row = (await connection.execute(queries.visible(caller).where(playlists.c.id == id_))).one_or_none()
    if row is None:
        raise NotFound("There is no such playlist.")
    return PlaylistView(*row)


@asynccontextmanager
async def editing(
    database: Database, caller: Caller, id_: PlaylistId, rev: int | None = None
) -> AsyncIterator["Edit"]:
    """Its `view` is the playlist afterwards. `Forbidden` unless it is the caller's, or a shared one and the
    caller an admin; `Conflict` for another `rev` than the playlist's."""
    async with database.write() as transaction:
        connection = transaction.connection
        await hold_catalogue(connection)
        await lock_playlists(connection, [id_])
        view = await view_of(connection, caller, id_)
        if view.owner_id != caller.user_id and not caller.is_admin:
            raise Forbidden("Only its owner may change this playlist.")
        if rev is not None and rev != view.rev:
            said = f"The playlist has changed: its rev is {view.rev}, not {rev}."
            raise Conflict(said, code="rev_conflict")
        edit = Edit(connection, caller, id_, view)
        yield edit
        await edit.finish()


@dataclass(slots=True)
class Edit:
    connection: AsyncConnection
    caller: Caller
    id: PlaylistId
    view: PlaylistView
    values: dict[str, Any] = field(default_factory=dict)
    """Columns of the playlist to be set."""
    _touched: bool = False
    _counts: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Library to songs and milliseconds gained."""

    async def add(self, items: Sequence[NewItem], place: Place = END, *, capped: bool = True) -> None:
        """Tracks that the caller cannot see are skipped."""
        self._check(items if capped else ())
        wanted = list(dict.fromkeys(item.track_id for item in items if item.track_id))
        found = await reachable(self.connection, self.caller, ItemKind.TRACK, wanted)
        known = [item for item in items if item.claim_id or item.track_id in found]
        fresh = await self._unknown(known)
        loose = sum(1 for item in fresh if item.position is None)
        room = iter(await Room(self.connection, self.caller, self.id).make(loose, place))
        now = utcnow()
        await self._insert([
            {"id": item.id or new_id(), "playlist_id": self.id,
             "position": item.position or next(room),
             "track_id": found[item.track_id] if item.track_id else None, "claim_id": item.claim_id,
             "added_at": now, "added_by": self.caller.user_id}
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
        await self._place(zip(wanted, room, strict=True))

    async def remove(self, ids: Sequence[UUID]) -> None:
        """Rows that are gone already are skipped."""
        self._check(ids)
        await self._drop(await self._live(list(dict.fromkeys(ids))))

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
        found = None
        if track_id is not None:
            seen = await reachable(self.connection, self.caller, ItemKind.TRACK, [track_id])
            if track_id not in seen:
                raise NotFound("There is no such track.")
            found = seen[track_id]
        await link(self.connection, {claim: Match(found, PERSON, 1.0)})

    async def clear(self) -> None:
        """Without any row, also of those that wait or are hidden from the caller."""
        self._check(())
        query = sa.select(playlist_items.c.id).where(queries.of(self.id), queries.LIVE)
        await self._drop(list(await self.connection.scalars(query)))

    async def dedupe(self) -> None:
        """Of rows with one track the first stays."""
        self._check(())
        await self._drop(list(await self.connection.scalars(queries.repeated(self.id))))

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
        await self._drop(before.keys() - {row.id for row in after})
        await self._insert([self._row(row) for row in after if row.id not in before])
        moved = [row for row in after if row.position != before.get(row.id, row.position)]
        await self._place((row.id, row.position) for row in moved)

    def _row(self, row: Row) -> dict[str, Any]:
        return {"id": row.id, "playlist_id": self.id, "position": row.position, "track_id": row.track_id,
                "claim_id": None, "added_at": row.added_at, "added_by": self.caller.user_id}  # fmt: skip

    def _check(self, sent: Sequence[object]) -> None:
        if self.view.smart:
            raise Forbidden("A smart playlist fills itself.", code="smart_playlist")
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

    async def _insert(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            await insert_rows(self.connection, playlist_items, rows)
            await self._count([row["id"] for row in rows], 1)

    async def _drop(self, ids: Iterable[UUID]) -> None:
        gone = list(ids)
        await self._count(gone, -1)
        now = utcnow()
        for part in chunks(gone):
            dead = sa.update(playlist_items).where(playlist_items.c.id.in_(part))
            await self.connection.execute(dead.values(deleted_at=now))

    async def _place(self, moved: Iterable[tuple[UUID, str]]) -> None:
        rows = [{"row": id_, "place": position} for id_, position in moved]
        if rows:
            self._touched = True
            statement = sa.update(playlist_items).where(playlist_items.c.id == sa.bindparam("row"))
            await self.connection.execute(statement.values(position=sa.bindparam("place")), rows)

    async def _count(self, ids: Sequence[UUID], sign: int) -> None:
        """Of rows that are live."""
        self._touched = self._touched or bool(ids)
        for part in chunks(ids):
            rows = await self.connection.execute(queries.sums(playlist_items.c.id.in_(part)))
            for _, library, songs, duration in rows:
                self._counts[library][0] += sign * songs
                self._counts[library][1] += sign * duration

    async def finish(self) -> None:
        """Writes the counters and the playlist's own row, if anything has changed."""
        if self._counts:
            await self._write_counts()
        if self._touched or self.values:
            values = {"changed_at": utcnow(), **self.values}
            await self.connection.execute(
                sa.update(playlists).where(playlists.c.id == self.id).values(**values)
            )
        if self.values.get("deleted_at") is None:
            self.view = await view_of(self.connection, self.caller, self.id)

    async def _write_counts(self) -> None:
        table = playlist_libraries
        held = sa.select(table).where(table.c.playlist_id == self.id)
        now = {
            row.library_id: (row.song_count, row.duration_ms) for row in await self.connection.execute(held)
        }
        for library, (songs, duration) in self._counts.items():
            before = now.get(library, (0, 0))
            now[library] = (max(before[0] + songs, 0), max(before[1] + duration, 0))
        rows = [
            {"playlist_id": self.id, "library_id": library, "song_count": now[library][0],
             "duration_ms": now[library][1]}
            for library in self._counts
        ]  # fmt: skip
        await self.connection.execute(upsert(self.connection, table, ("playlist_id", "library_id")), rows)
        self._touched = True
        self.values |= {"song_count": sum(songs for songs, _ in now.values()),
                        "duration_ms": sum(duration for _, duration in now.values())}  # fmt: skip
