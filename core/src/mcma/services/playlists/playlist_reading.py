"""Reads what a playlist of a source holds, page by page, into a playlist of somebody here.

Each page is a transaction. A row is told by its claim, whose id follows from what the source calls the
recording, and by how many of the same stand before it: reading again, after whatever interruption, adds
nothing twice.
"""

from collections import Counter, defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import Link
from mcma.domain.errors import NotFound
from mcma.services.catalogue.lookup import chunks
from mcma.services.claims import linking
from mcma.services.outside import OutsideSources, SourceFault
from mcma.services.playlists.playlist_edit import MOST, Edit, editing
from mcma.services.playlists.playlist_order import Row, placed
from mcma.services.playlists.playlist_origins import Origin, origin_of
from mcma.services.playlists.playlist_rows import Moved, NewItem, stamp_now
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import playlists as queries
from mcma.store.tables.listening import playlist_items
from mcma_plugins.ids import PlaylistId
from mcma_plugins.jobs import JobContext
from mcma_plugins.sources import SourceItem, SourceKind
from mcma_plugins.values import Caller


class Left(Exception):
    """Nobody reads it any more."""


async def _pages(outside: OutsideSources, origin: Origin) -> AsyncGenerator[Sequence[SourceItem], None]:
    """`SourceFault`, also where it is there no more."""
    pages = outside.contents(origin.source, SourceKind(origin.kind), origin.source_id, MOST)
    try:
        async with aclosing(pages):
            async for page in pages:
                yield page
    except NotFound as gone:
        raise SourceFault(origin.source, "refused", gone.message, permanent=True) from gone


@dataclass(slots=True)
class Reading:
    database: Database
    owner: Caller
    playlist_id: PlaylistId
    origin: Origin
    _order: list[UUID] = field(default_factory=list)
    """Claims of what it has, as far as it was read."""
    _before: Counter[UUID] = field(default_factory=Counter)

    async def run(self, outside: OutsideSources, job: JobContext, total: int | None) -> int:
        """How many rows the origin has, of which the first `MOST` are taken. Nothing is removed or moved
        before the end was reached. `SourceFault`."""
        pages = _pages(outside, self.origin)
        try:
            async with aclosing(pages):
                async for page in pages:
                    await self._append(page)
                    await job.progress(len(self._order), total)
            async with self._editing() as edit:
                if self.origin.follow:
                    await self._arrange(edit)
                edit.values["origin"] = self.origin.read(utcnow()).kept()
        except (Left, NotFound):
            await job.log("The playlist is gone, or follows this no more.")
        return len(self._order)

    @asynccontextmanager
    async def _editing(self) -> AsyncIterator[Edit]:
        """`NotFound` where the playlist was deleted, `Left` where somebody has stopped it."""
        async with editing(self.database, self.owner, self.playlist_id, following=True) as edit:
            held = origin_of(edit.view.origin)
            if held is None or held.named != self.origin.named:
                raise Left
            yield edit

    async def _append(self, page: Sequence[SourceItem]) -> None:
        async with self._editing() as edit:
            fresh = await self._fresh(edit.connection, page)
            wanted = {self._link(one): linking.wanted_of(self.origin.source, one) for one in fresh}
            meant = await linking.meant(edit.connection, self.owner, wanted)
            found = [meant[self._link(one)] for one in fresh]
            await edit.add([NewItem(one.track_id, one.claim_id) for one in found], capped=False)

    def _link(self, item: SourceItem) -> Link:
        return Link(self.origin.source, item.source_id)

    async def _fresh(self, connection: AsyncConnection, page: Sequence[SourceItem]) -> list[SourceItem]:
        """Those that the playlist has no row for yet."""
        ids = [linking.claim_id_of(self.owner, self._link(one)) for one in page]
        held = await self._held(connection, ids)
        fresh = []
        for id_, one in zip(ids, page, strict=True):
            self._order.append(id_)
            self._before[id_] += 1
            if self._before[id_] > held[id_]:
                fresh.append(one)
        return fresh

    async def _held(self, connection: AsyncConnection, ids: Iterable[UUID]) -> Counter[UUID]:
        """Rows by their claims. What somebody has removed from a copy does not come back."""
        live = [queries.LIVE] if self.origin.follow else []
        query = sa.select(playlist_items.c.claim_id, sa.func.count()).where(
            queries.of(self.playlist_id), *live
        )
        found: Counter[UUID] = Counter()
        for part in chunks(set(ids)):
            chosen = query.where(playlist_items.c.claim_id.in_(part)).group_by(playlist_items.c.claim_id)
            found.update({id_: int(count) for id_, count in await connection.execute(chosen)})
        return found

    async def _arrange(self, edit: Edit) -> None:
        """The rows in the order of the origin, without those that are there no more."""
        held, waiting = await self._rows(edit.connection)
        wanted = [waiting[id_].popleft() for id_ in self._order if waiting[id_]]
        await edit.drop({row.id for rows in waiting.values() for row in rows})
        before = {row.id: row.position for row in held}
        moved = [row for row in placed(wanted) if row.position != before[row.id]]
        stamp = stamp_now()
        await edit.place(Moved(row.id, row.position, stamp) for row in moved)

    async def _rows(
        self, connection: AsyncConnection
    ) -> tuple[list[Row], defaultdict[UUID | None, deque[Row]]]:
        """In their order, and by their claims."""
        names = ("id", "position", "track_id", "added_at", "claim_id")
        query = sa.select(*(playlist_items.c[name] for name in names)).order_by(*queries.PLACE)
        rows: list[Row] = []
        by_claim: defaultdict[UUID | None, deque[Row]] = defaultdict(deque)
        for *row, claim in await connection.execute(query.where(queries.of(self.playlist_id), queries.LIVE)):
            rows.append(Row(*row))
            by_claim[claim].append(rows[-1])
        return rows, by_claim
