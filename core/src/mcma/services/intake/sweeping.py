"""What killed runs have left in a managed library: finished where a row says how, else removed."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from mcma.services.indexing.values import LibraryPlace
from mcma.services.intake import staging
from mcma.services.intake.discarding import remove_discarded
from mcma.services.intake.shelving import Shelving, staged_rows
from mcma.store.engine import Database
from mcma.store.queries import downloads
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.machinery import jobs


async def sweep(database: Database, library: LibraryPlace) -> int:
    """Returns how many staging folders are gone. Those of running jobs and of files not yet read stay."""
    await remove_discarded(database, library)
    found = await asyncio.to_thread(staging.owners, library.root)
    live = await _live(database, found)
    return sum([await _sweep(database, library, owner) for owner in found if owner not in live])


async def _live(database: Database, owners: Sequence[UUID]) -> set[UUID]:
    """Jobs and downloads: what was got so far of those is kept between attempts."""
    query = sa.select(jobs.c.id).where(jobs.c.id.in_(owners), jobs.c.state.in_(("queued", "running")))
    async with database.read() as connection:
        return set((await connection.scalars(query)).all()) | await downloads.live_among(connection, owners)


async def _sweep(database: Database, library: LibraryPlace, owner: UUID) -> bool:
    folder = staging.staged_folder(owner)
    files = track_files.c
    known = sa.select(sa.true()).where(
        files.library_id == library.id, files.folder >= folder, files.folder < folder + b"0",
        files.deleted_at.is_(None),
    )  # fmt: skip
    async with database.read() as connection:
        described = (await connection.execute(staged_rows(library.id, folder).limit(1))).first()
        meant = await connection.scalar(known.limit(1))
    if described is not None:
        await Shelving(database, library).run(owner)
    elif not meant and await asyncio.to_thread(staging.is_old, library.root, folder):
        await asyncio.to_thread(staging.remove, library.root, folder)
    else:
        return False
    return True
