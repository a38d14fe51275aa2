"""A finished file on its way into the library, and everybody who waited for it told."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import Link
from mcma.services.claims import claims
from mcma.services.claims.lookup import Match
from mcma.services.downloading.finishing import Finished
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake.ingest import Ingest, Staged
from mcma.services.intake.pending import Pending, add_pending, same_bytes
from mcma.store.bulk import upsert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.queries import downloads as rows
from mcma.store.queries.claims import meant_otherwise
from mcma.store.queries.downloads import LIVE, Thing, Told
from mcma.store.tables.catalogue import libraries, source_refs, tracks
from mcma.store.tables.listening import claims as claim_rows
from mcma.store.tables.wanted import HAVE, IMPORTING, download_requests
from mcma_plugins.ids import UserId

BY_SOURCE = "source"
"""How a claim was matched whose recording was got for it."""


class Arriving:
    def __init__(self, database: Database, ingest: Ingest) -> None:
        self._database, self._ingest = database, ingest

    async def take_in(self, row: Any, library: LibraryPlace, finished: Finished, user: UserId | None) -> UUID:
        """The track it is now. Bytes that are there already are that track."""
        staged = await self._staged(row, library, finished.pending)
        if isinstance(staged, UUID):
            return staged
        self._ingest.tell("track_added", library.id, staged.track_id)
        return (await self._ingest.finish(staged, user, finished.facts)).track_id

    async def _staged(self, row: Any, library: LibraryPlace, pending: Pending) -> Staged | UUID:
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            here_alone = sa.select(libraries.c.id).where(libraries.c.id == library.id)
            known = await same_bytes(connection, pending.sha256, here_alone)
            if known is not None:
                return known
            ids = await add_pending(connection, CatalogueWriter(library), pending, utcnow())
            staged = Staged(library.id, row.id, *ids)
            await rows.tell(connection, row.id, Told(IMPORTING), arriving=_kept(staged))
            return staged

    async def go_on(self, staged: Staged, user: UserId | None) -> UUID:
        """Also for an attempt that was killed in the middle of it."""
        return (await self._ingest.finish(staged, user)).track_id

    async def met(self, row: Any, track_id: UUID | None) -> None:
        """It is here. Everybody who asked for it has it, and what they said it is means this track."""
        thing = Thing(row.source, row.kind, row.source_id)
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            if await rows.get(connection, row.id, locked=True) is None:
                return
            if track_id is not None:
                await _refer(connection, thing, track_id)
                await _link(connection, row.id, thing, track_id)
                await claims.fetched(connection, [Link(thing.source, thing.source_id)])
            await rows.answer(connection, thing, row.id, track_id)
            await rows.tell(connection, row.id, Told(HAVE), track_id=track_id, arriving=None)


def staged_of(row: Any) -> Staged | None:
    if not row.arriving:
        return None
    ids = [UUID(row.arriving[name]) for name in ("library_id", "track_id", "file_id")]
    return Staged(ids[0], row.id, *ids[1:])


async def here(connection: AsyncConnection, row: Any) -> UUID | None:
    """The track that it is already, where its file is there."""
    query = (
        sa.select(source_refs.c.track_id)
        .join(tracks, tracks.c.id == source_refs.c.track_id)
        .where(
            source_refs.c.source == row.source, source_refs.c.instance == "",
            source_refs.c.source_id == row.source_id.encode(), tracks.c.deleted_at.is_(None),
            tracks.c.missing_since.is_(None),
        )
    )  # fmt: skip
    found: UUID | None = await connection.scalar(query.limit(1))
    return found


def _kept(staged: Staged) -> dict[str, str]:
    return {name: str(getattr(staged, name)) for name in ("library_id", "track_id", "file_id")}


async def _refer(connection: AsyncConnection, thing: Thing, track_id: UUID) -> None:
    file = sa.select(tracks.c.file_id).where(tracks.c.id == track_id)
    row = {"id": new_id(), "source": thing.source, "instance": "", "source_id": thing.source_id.encode(),
           "display": thing.source_id, "track_id": track_id, "file_id": await connection.scalar(file),
           "created_at": utcnow()}  # fmt: skip
    keys = ("source", "instance", "source_id")
    await upsert_rows(connection, source_refs, [row], keys, ("track_id", "file_id", "display"))


async def _link(connection: AsyncConnection, id_: UUID, thing: Thing, track_id: UUID) -> None:
    said = sa.select(claim_rows.c.id).join(download_requests, download_requests.c.claim_id == claim_rows.c.id)
    same = sa.and_(*(download_requests.c[name] == value for name, value in thing._asdict().items()))
    whose = sa.or_(download_requests.c.download_id == id_, same)
    mine = claim_rows.c.track_id.is_(None), ~meant_otherwise(thing.source, thing.source_id)
    waits = await connection.scalars(said.where(whose, LIVE, *mine))
    await claims.link(connection, dict.fromkeys(waits, Match(track_id, BY_SOURCE, 1.0)))
