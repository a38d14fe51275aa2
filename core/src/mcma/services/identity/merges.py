"""Merges as administrators see them: made by hand, listed, taken back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound
from mcma.domain.layerrules import PLUGIN
from mcma.services.callers import person_of, require_admin
from mcma.services.catalogue.lookup import reachable
from mcma.services.entities.artistmerge import BY_HAND, SPLIT
from mcma.services.entities.hands import ArtistHands
from mcma.services.entities.labelmerge import LabelHands
from mcma.services.entities.reading import LABEL
from mcma.services.identity.soundalikes import place_of
from mcma.services.identity.trackmerge import AlbumMerges, merge_tracks, part_tracks
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.playlists.playlist_counts import recount_of
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.redirects import TABLES
from mcma.store.tables.catalogue import labels, merges, tracks
from mcma_plugins.events import ItemsMerged
from mcma_plugins.ids import ArtistId, TrackId
from mcma_plugins.values import Caller, ItemKind

MOST = 500
_BY_PEOPLE = (BY_HAND, SPLIT)


def _was_said(reason: str) -> bool:
    """Of artists, by people or enrichers; whatever else made them one is their tracks' word."""
    return reason in _BY_PEOPLE or reason.startswith(PLUGIN)


class MergeView(NamedTuple):
    id: UUID
    kind: str
    """track, album, artist or label."""
    loser_id: UUID
    loser_name: str
    winner_id: UUID
    winner_name: str
    reason: str
    by_user: UUID | None
    at: datetime
    undone_at: datetime | None
    can_undo: bool
    """Whether it is of a kind that can be; something that came later may still be in the way."""


class Merges:
    """For administrators: `Forbidden` for others."""

    def __init__(
        self,
        database: Database,
        notify: Callable[[str, object], None],
        hands: ArtistHands,
        labels: LabelHands,
    ) -> None:
        self._database, self._notify, self.hands, self._labels = database, notify, hands, labels

    async def merge_artist(self, caller: Caller, loser: ArtistId, winner: ArtistId) -> MergeView:
        """As `ArtistHands.merge`; again is the merge there is."""
        return await self._made(await self.hands.merge(caller, loser, winner))

    async def split_artist(self, caller: Caller, artist: ArtistId, names: Sequence[str]) -> MergeView:
        """As `ArtistHands.split`: what is said of its id, which leads to the first of the names."""
        return await self._made(await self.hands.split(caller, artist, names))

    async def merge_label(self, caller: Caller, loser: UUID, winner: UUID) -> MergeView:
        """As `LabelHands.merge`; again is the merge there is."""
        await self._labels.merge(caller, loser, winner)
        return await self._made(loser)

    async def _made(self, loser: UUID) -> MergeView:
        async with self._database.read() as connection:
            return await _latest(connection, loser)

    async def merge_track(self, caller: Caller, loser: TrackId, winner: TrackId) -> MergeView:
        """The loser becomes a redirect to the winner, whose its files are, and what people did with it.

        The winner may be named by the id of a track that was merged into it. Again is the merge there is.
        Raises `NotFound`, and `Conflict`: `same_item` where both are one already, `other_library`.
        """
        require_admin(caller)
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            pair = await _pair(connection, caller, loser, winner)
            writer = CatalogueWriter(await place_of(connection, pair[1]))
            if pair[0] != loser:
                return await _known(connection, loser, pair)
            await _check_libraries(connection, pair)
            albums = await merge_tracks(connection, writer, *pair, BY_HAND, person_of(caller), regroup=True)
            made = await _latest(connection, loser)
        await self._count_and_tell("items_merged", writer, *pair, albums)
        return made

    async def undo(self, caller: Caller, merge_id: UUID) -> MergeView:
        """Both are as they were, each with what people did with it. What was done to the winner since stays.

        Raises `NotFound`, and `Conflict`: `undone_before`, `merged_since` (undo the later one first),
        `file_gone`, `name_taken`, and `cannot_undo` for albums and artists that are one because their tracks
        say so.
        """
        merge = await self.merge(caller, merge_id)
        if merge.kind == ItemKind.ARTIST and _was_said(merge.reason):
            await self.hands.undo(caller, merge_id)
        elif merge.kind == LABEL:
            await self._labels.undo(caller, merge_id)
        else:
            await self._part(merge_id)
        return await self.merge(caller, merge_id)

    async def _part(self, merge_id: UUID) -> None:
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            merge = await _one(connection, merge_id)
            if merge.kind != ItemKind.TRACK:
                said = f"These {merge.kind}s are one because their tracks say so: correct the tracks."
                raise Conflict(said, code="cannot_undo")
            writer = CatalogueWriter(await place_of(connection, merge.winner_id))
            albums = await part_tracks(connection, writer, merge_id)
        await self._count_and_tell("items_unmerged", writer, merge.loser_id, merge.winner_id, albums)

    async def merges(
        self, caller: Caller, *, limit: int, kind: str | None = None, before: UUID | None = None
    ) -> Sequence[MergeView]:
        """The latest first, those that were taken back as well; from before the merge `before` on."""
        require_admin(caller)
        where = [] if kind is None else [merges.c.item_kind == kind]
        where += [] if before is None else [merges.c.id < before]
        async with self._database.read() as connection:
            return await _views(connection, min(limit, MOST), *where)

    async def merge(self, caller: Caller, merge_id: UUID) -> MergeView:
        require_admin(caller)
        async with self._database.read() as connection:
            return await _one(connection, merge_id)

    async def _count_and_tell(
        self, hook: str, writer: CatalogueWriter, loser: UUID, winner: UUID, albums: AlbumMerges
    ) -> None:
        await Recounting(self._database, writer.touched).run()
        await recount_of(self._database, [loser, winner])
        self._notify(hook, ItemsMerged(ItemKind.TRACK, loser, winner))
        for lost, kept in albums:
            self._notify("items_merged", ItemsMerged(ItemKind.ALBUM, lost, kept))


async def _pair(connection: AsyncConnection, caller: Caller, loser: UUID, winner: UUID) -> tuple[UUID, UUID]:
    """What both ids mean now."""
    found = await reachable(connection, caller, ItemKind.TRACK, [loser, winner])
    if loser not in found or winner not in found:
        raise NotFound("There is no such track.")
    return found[loser], found[winner]


async def _known(connection: AsyncConnection, loser: UUID, pair: tuple[UUID, UUID]) -> MergeView:
    """Of a track that is a redirect already."""
    if pair[0] == pair[1]:
        return await _latest(connection, loser)
    raise Conflict("This track was merged into another one before: merge that one.", code="merged_before")


async def _check_libraries(connection: AsyncConnection, pair: tuple[UUID, UUID]) -> None:
    if pair[0] == pair[1]:
        raise Conflict("These are one track already.", code="same_item")
    query = sa.select(sa.func.count(tracks.c.library_id.distinct())).where(tracks.c.id.in_(pair))
    if await connection.scalar(query) != 1:
        raise Conflict(
            "Tracks of two libraries cannot be one: files stay in their library.", code="other_library"
        )


async def _latest(connection: AsyncConnection, loser: UUID) -> MergeView:
    [found] = await _views(connection, 1, merges.c.loser_id == loser, merges.c.undone_at.is_(None))
    return found


async def _one(connection: AsyncConnection, merge_id: UUID) -> MergeView:
    found = await _views(connection, 1, merges.c.id == merge_id)
    if not found:
        raise NotFound("There is no such merge.")
    return found[0]


async def _views(connection: AsyncConnection, most: int, *where: sa.ColumnElement[bool]) -> list[MergeView]:
    columns = [merges.c[name] for name in _NAMES.split()]
    names = [_name(column) for column in (merges.c.loser_id, merges.c.winner_id)]
    query = sa.select(*columns, merges.c.data, *names).where(*where).order_by(merges.c.id.desc()).limit(most)
    return [_view(row) for row in await connection.execute(query)]


_NAMES = "id item_kind loser_id winner_id reason by_user at undone_at"


def _name(id_: sa.ColumnElement[UUID]) -> sa.ColumnElement[str]:
    """Of an item of any kind: rows outlive their merge."""
    said = [
        sa.select(table.c.name if "name" in table.c else table.c.title)
        .where(table.c.id == id_)
        .scalar_subquery()
        for table in (*TABLES.values(), labels)
    ]
    return sa.func.coalesce(*said, "")


def _view(row: Any) -> MergeView:
    *_, data, loser, winner = row
    can = row.undone_at is None and (
        bool((data or {}).get("track_files")) if row.item_kind == ItemKind.TRACK else _was_said(row.reason)
    )
    return MergeView(
        row.id, row.item_kind, row.loser_id, loser, row.winner_id, winner, row.reason, row.by_user, row.at,
        row.undone_at, can,
    )  # fmt: skip
