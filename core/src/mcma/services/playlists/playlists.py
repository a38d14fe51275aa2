"""Playlists: the `Playlists` that adapters are given, and the item operations of the native API.

Others' private playlists do not exist for a caller, admins included; shared ones are read by everybody and
edited by their owner and by admins. Rows that wait for a track are in no count and no index, and keep their
place whatever is done to the others; rows whose track a reader may not see are not there for that reader.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import Link, Said
from mcma.domain.errors import InvalidInput, NotFound, Unavailable
from mcma.domain.folding import fold
from mcma.services.claims.lookup import Wanted
from mcma.services.playlists import smart
from mcma.services.playlists.playlist_columns import KEPT, commented, named, shared
from mcma.services.playlists.playlist_edit import Edit, editing, view_of
from mcma.services.playlists.playlist_places import END, Place
from mcma.services.playlists.playlist_rows import NewItem
from mcma.store.access import sight
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database
from mcma.store.queries import playlist_entries
from mcma.store.queries import playlists as queries
from mcma.store.queries.covers import artwork_of
from mcma.store.queries.keyset import Key
from mcma.store.queries.playlist_entries import Rows
from mcma.store.queries.smart import Asked
from mcma.store.tables.listening import playlists
from mcma_plugins.ids import PlaylistId, PlaylistItemId, TrackId
from mcma_plugins.values import Caller, ClaimView, ItemRef, PlaylistEntry, PlaylistView

PART = 5000
"""Rows read by one query, where all are asked for."""


Filling = Callable[[AsyncConnection], Awaitable[Sequence[NewItem]]]


class EntryPage(NamedTuple):
    items: Sequence[PlaylistEntry]
    next: Key | None
    """Where the next page begins; None on the last one."""


class Filled(NamedTuple):
    """A playlist to be, and how it gets its rows."""

    name: str
    filling: Filling


class PlaylistService:
    """Satisfies `mcma_plugins.services.Playlists`.

    Tracks that the caller cannot see are skipped when added. Every write takes `expected_rev`: another `rev`
    is a `Conflict`, None writes whatever the state. Each is one transaction.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def playlists(
        self, caller: Caller, owner: str | None = None, *, deleted: bool = False
    ) -> Sequence[PlaylistView]:
        """`deleted`: instead the caller's own that can still be had back."""
        chosen = queries.deleted(caller, utcnow() - KEPT) if deleted else queries.visible(caller)
        async with self._database.read() as connection:
            views = [PlaylistView(*row) for row in await connection.execute(chosen)]
        return views if owner is None else [view for view in views if fold(view.owner) == fold(owner)]

    async def playlist(self, caller: Caller, playlist_id: PlaylistId) -> PlaylistView:
        """The count of a smart one is what it comes to now."""
        async with self._database.read() as connection:
            view = await view_of(connection, caller, playlist_id)
            return await _counted(connection, caller, view) if view.smart else view

    async def entries(self, caller: Caller, playlist_id: PlaylistId) -> Sequence[PlaylistEntry]:
        found: list[PlaylistEntry] = []
        after: Key | None = None
        while True:
            page = await self.page(caller, playlist_id, after, PART)
            found += page.items
            after = page.next
            if after is None:
                return found

    async def page(
        self, caller: Caller, playlist_id: PlaylistId, after: Key | None = None, limit: int = 50,
        *, which: Rows = Rows.ALL,
    ) -> EntryPage:  # fmt: skip
        """`after` is the `next` of the page before: (position, id). Of a smart playlist the position is how
        many were shown, and the rows have the ids of their tracks."""
        seen, order = sight(caller), playlist_entries.ORDER
        values = seen.values | order.values(limit + 1, after) | {"playlist": playlist_id}
        async with self._database.read() as connection:
            view = await view_of(connection, caller, playlist_id)
            if view.smart and which is not Rows.ALL:
                return EntryPage([], None)
            if view.smart:
                asked = await smart.asked_of(connection, caller, playlist_id)
                return await _smart_page(connection, asked, after, limit)
            prepared = playlist_entries.page(seen.scope, after is not None, which)
            columns = await prepared.columns(connection, values)
        more = bool(columns) and len(columns[0]) > limit
        if more:
            columns = [column[:limit] for column in columns]
        tracks = playlist_entries.views_of(columns)
        rows = zip(*columns[: playlist_entries.AHEAD], tracks, strict=True) if columns else ()
        return EntryPage([_entry(*row) for row in rows], order.key_of(columns) if more else None)

    async def create(
        self,
        caller: Caller,
        name: str,
        track_ids: Sequence[TrackId] = (),
        comment: str | None = None,
        *,
        public: bool = False,
        items: Sequence[NewItem] = (),
        ruled: Mapping[str, Any] = MappingProxyType({}),
    ) -> PlaylistView:
        """`items` are as many as there are. `ruled` are columns of a smart playlist, which has no rows."""
        async with self._database.write() as transaction:
            await hold_catalogue(transaction.connection)
            columns = {**named(name), **shared(public), **ruled, **commented(comment)}
            edit = await made_in(transaction.connection, caller, columns)
            if not ruled:
                await edit.add([NewItem(track) for track in track_ids])
                await edit.add(items, capped=False)
            await edit.finish()
        return edit.view

    async def create_filled(
        self, caller: Caller, wanted: Sequence[Filled], *, public: bool = False
    ) -> list[PlaylistView]:
        """All of them or none."""
        views = []
        async with self._database.write() as transaction:
            await hold_catalogue(transaction.connection)
            for one in wanted:
                edit = await made_in(transaction.connection, caller, {**named(one.name), **shared(public)})
                await edit.add(await one.filling(transaction.connection), capped=False)
                await edit.finish()
                views.append(edit.view)
        return views

    async def replace(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        track_ids: Sequence[TrackId],
        *,
        name: str | None = None,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        """Rows of tracks that stay are kept, so that other devices see as little change as possible."""
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            edit.values |= {} if name is None else named(name)
            await edit.replace(track_ids)
        return edit.view

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
        cover: ItemRef | None = None,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        """`cover` is what to take the picture of; the playlist itself: that of its first track, as before."""
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            edit.values |= {} if name is None else named(name)
            edit.values |= {} if comment is None else commented(comment)
            edit.values |= {} if public is None else shared(public)
            edit.values |= {} if cover is None else await _covered(edit, cover)
            if remove_at:
                await edit.remove_at(remove_at)
            if add:
                await edit.add([NewItem(track) for track in add])
        return edit.view

    async def delete(
        self, caller: Caller, playlist_id: PlaylistId, *, expected_rev: int | None = None
    ) -> None:
        """Its owner can have it back for `KEPT`."""
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            edit.values |= {"deleted_at": utcnow()}

    async def restore(self, caller: Caller, playlist_id: PlaylistId) -> PlaylistView:
        """`NotFound` for what is not the caller's, was not deleted, or too long ago."""
        async with self._database.write() as transaction:
            connection = transaction.connection
            gone = queries.deleted(caller, utcnow() - KEPT).where(playlists.c.id == playlist_id)
            if (await connection.execute(gone)).first() is None:
                raise NotFound("There is no such playlist to be had back.")
            back = sa.update(playlists).where(playlists.c.id == playlist_id)
            await connection.execute(back.values(deleted_at=None, changed_at=utcnow()))
            return await view_of(connection, caller, playlist_id)

    async def duplicate(
        self, caller: Caller, playlist_id: PlaylistId, name: str | None = None
    ) -> PlaylistView:
        """A private copy of what the caller sees of it; of a smart one the rules, which are about the caller
        then."""
        view = await self.playlist(caller, playlist_id)
        if view.smart:
            async with self._database.read() as connection:
                rules = (await smart.asked_of(connection, caller, playlist_id)).rules
                ruled = await smart.columns(connection, caller, rules)
            return await self.create(caller, name or view.name, comment=view.comment, ruled=ruled)
        mine = view.owner_id == caller.user_id
        items = [_again(entry, mine=mine) for entry in await self.entries(caller, playlist_id)]
        return await self.create(caller, name or view.name, comment=view.comment, items=items)

    async def add(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        items: Sequence[NewItem],
        place: Place = END,
        *,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            await edit.add(items, place)
        return edit.view

    async def move(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        items: Sequence[PlaylistItemId],
        place: Place,
        *,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        """All of them or none, in the order given."""
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            await edit.move(items, place)
        return edit.view

    async def remove(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        items: Sequence[PlaylistItemId],
        *,
        expected_rev: int | None = None,
    ) -> PlaylistView:
        """Rows that are gone already are skipped."""
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            await edit.remove(items)
        return edit.view

    async def decide(
        self, caller: Caller, playlist_id: PlaylistId, item: PlaylistItemId, track_id: TrackId | None
    ) -> PlaylistView:
        """Says which track a row that was made from a claim means, or that it is none of those that were
        found. Nothing automatic changes it any more. `NotFound`."""
        async with editing(self._database, caller, playlist_id, alone=True) as edit:
            await edit.decide(item, track_id)
        return edit.view

    async def clear(
        self, caller: Caller, playlist_id: PlaylistId, *, expected_rev: int | None = None
    ) -> PlaylistView:
        """Rows that wait for a track go too."""
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            await edit.clear()
        return edit.view

    async def dedupe(
        self, caller: Caller, playlist_id: PlaylistId, *, expected_rev: int | None = None
    ) -> PlaylistView:
        """Of rows with one track the first stays."""
        async with editing(self._database, caller, playlist_id, expected_rev) as edit:
            await edit.dedupe()
        return edit.view


async def made_in(connection: AsyncConnection, caller: Caller, columns: Mapping[str, Any]) -> Edit:
    """A new one, to be filled and finished in this transaction."""
    now, id_ = utcnow(), PlaylistId(new_id())
    row = {"id": id_, "owner_id": caller.user_id, **columns, "created_at": now, "changed_at": now}
    await connection.execute(sa.insert(playlists), [row])
    return Edit(connection, caller, id_, await view_of(connection, caller, id_))


def _entry(*row: Any) -> PlaylistEntry:
    id_, added_at, position, claim_id, title, artists, *said, track = row
    claim = None
    if claim_id is not None:
        names = orjson.loads(artists) if isinstance(artists, str) else artists
        claim = ClaimView(claim_id, title, tuple(names or ()), *said)
    return PlaylistEntry(PlaylistItemId(id_), track, added_at, position, claim)


async def _counted(connection: AsyncConnection, caller: Caller, view: PlaylistView) -> PlaylistView:
    """With what is known from before where counting takes too long."""
    try:
        songs, duration = await smart.totals(connection, await smart.asked_of(connection, caller, view.id))
    except Unavailable:
        return view
    return view._replace(song_count=songs, duration_ms=duration)


async def _smart_page(connection: AsyncConnection, asked: Asked, after: Key | None, limit: int) -> EntryPage:
    begin = 0 if after is None else _offset(after[0])
    tracks = await smart.page(connection, asked, limit + 1, begin)
    shown = tracks[:limit]
    entries = [PlaylistEntry(PlaylistItemId(one.id), one, one.created_at) for one in shown]
    more = (str(begin + limit), shown[-1].id) if len(tracks) > limit else None
    return EntryPage(entries, more)


def _offset(position: str) -> int:
    if not (position.isascii() and position.isdigit() and len(position) <= 5):
        raise InvalidInput("This is no place in a smart playlist.")
    return int(position)


def _again(entry: PlaylistEntry, *, mine: bool) -> NewItem:
    """What somebody else claims is claimed anew: who decides what it means decides it for oneself."""
    track, claim = entry.track, entry.claim
    copy = NewItem(track_id=track and track.id, position=entry.position)
    if claim is None or (track is not None and not mine):
        return copy
    if mine:
        return copy._replace(claim_id=claim.id)
    said = Said(claim.title, claim.artists, claim.album, claim.duration_ms)
    where = None if claim.source is None else Link(claim.source, claim.source_id or "")
    return copy._replace(wanted=Wanted(said, claim.isrc, claim.recording_mbid, link=where))


async def _covered(edit: Edit, item: ItemRef) -> dict[str, Any]:
    if item.id == edit.id:
        return {"artwork_id": None}
    found = await artwork_of(edit.connection, edit.caller, item)
    if found is None or found.artwork_id is None:
        raise NotFound("There is no such picture.")
    return {"artwork_id": found.artwork_id}
