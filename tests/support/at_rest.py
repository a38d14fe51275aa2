"""What must be true of downloads whenever nothing is under way any more, whatever happened before.

    await at_rest(database)

No request or download says that it goes on without a job that does, no job works for nobody, no file is
without a row, no row without a file, and nothing lies in staging that nobody will ever come back for.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mcma.services.indexing.values import joined
from mcma.store.engine import Database
from mcma.store.queries.downloads import wanted
from mcma.store.queries.jobs import UNFINISHED
from mcma.store.tables.catalogue import libraries, source_refs, track_files, tracks
from mcma.store.tables.machinery import jobs
from mcma.store.tables.wanted import ACTIVE, FAILED, HAVE, download_requests, downloads

PATIENCE = 10.0
_STAGING = ".mcma-staging"
_NOTES = {"README.txt", f"{_STAGING}/.nomedia"}


async def at_rest(database: Database) -> None:
    """Soon: a job ends after what it was for. What waits for its time, its source or room rests as well."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await _look(database)
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.05)


async def _look(database: Database) -> None:
    async with database.read() as connection:
        assert await _rows(connection, _orphaned_requests()) == []
        assert await _rows(connection, _lonely_downloads()) == []
        assert await _rows(connection, _idle_jobs()) == []
        assert await _rows(connection, _promised_in_vain()) == []
        for library in await _rows(connection, sa.select(libraries).where(libraries.c.kind == "managed")):
            await _files_are_rows(connection, library)


async def _rows(connection: Any, query: sa.Select[Any]) -> list[Any]:
    return list((await connection.execute(query)).all())


def _orphaned_requests() -> sa.Select[Any]:
    """Requests under way whose download is not."""
    its = download_requests.outerjoin(downloads, downloads.c.id == download_requests.c.download_id)
    under_way = download_requests.c.state.in_(ACTIVE), download_requests.c.deleted_at.is_(None)
    other = sa.or_(downloads.c.id.is_(None), downloads.c.state.not_in(ACTIVE))
    return sa.select(download_requests.c.state, downloads.c.state).select_from(its).where(*under_way, other)


def _lonely_downloads() -> sa.Select[Any]:
    """Downloads under way without a job, or that nobody wants. A list that is read waits for its parts."""
    its = downloads.outerjoin(jobs, jobs.c.id == downloads.c.job_id)
    jobless = sa.or_(jobs.c.id.is_(None), jobs.c.state.not_in(UNFINISHED)) & ~downloads.c.listed
    query = sa.select(downloads.c.source_id, downloads.c.state, jobs.c.state).select_from(its)
    return query.where(downloads.c.state.in_(ACTIVE), sa.or_(jobless, ~wanted()))


def _idle_jobs() -> sa.Select[Any]:
    """Jobs that are to get something that is not under way, or is with another job; and those that run."""
    its = jobs.outerjoin(downloads, downloads.c.job_id == jobs.c.id)
    gets = sa.or_(
        jobs.c.kind.like("%.download\\_%", escape="\\"), jobs.c.kind.like("%.listing\\_%", escape="\\")
    )
    pointless = sa.or_(downloads.c.id.is_(None), downloads.c.state.not_in(ACTIVE))
    running = (jobs.c.state == "running") & ~jobs.c.awaits_children
    live = jobs.c.state.in_(UNFINISHED) & pointless
    query = sa.select(jobs.c.kind, jobs.c.state, downloads.c.state).select_from(its)
    return query.where(gets, sa.or_(live, running))


def _promised_in_vain() -> sa.Select[Any]:
    """Requests for a track that say it is here, while there is no such track."""
    its = download_requests.outerjoin(tracks, tracks.c.id == download_requests.c.track_id)
    here = download_requests.c.state == HAVE, download_requests.c.kind == "track"
    gone = sa.or_(tracks.c.id.is_(None), tracks.c.deleted_at.is_not(None))
    return sa.select(download_requests.c.source_id).select_from(its).where(*here, gone)


async def _files_are_rows(connection: Any, library: Any) -> None:
    root = Path(os.fsdecode(library.root))
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - _NOTES
    kept = sa.select(track_files).where(
        track_files.c.library_id == library.id, track_files.c.deleted_at.is_(None)
    )
    said = {os.fsdecode(joined(row.folder, row.name)) for row in await _rows(connection, kept)}
    staged = {place for place in found if place.startswith(_STAGING)}
    assert found - staged == said
    tried_again = sa.select(downloads.c.id).where(downloads.c.state.in_((*ACTIVE, FAILED)))
    owners = {id_.hex for id_ in await connection.scalars(tried_again)}
    left = {place for place in staged if place.split("/")[1] not in owners}
    assert left == set()


async def one_of(database: Database, source_id: str) -> None:
    """However many asked and whatever was killed: one download, one track, one file of this thing."""
    async with database.read() as connection:
        thing = downloads.c.source_id == source_id
        assert len(await _rows(connection, sa.select(downloads.c.id).where(thing))) == 1
        [ref] = await _rows(
            connection, sa.select(source_refs.c.track_id).where(source_refs.c.source_id == source_id.encode())
        )
        mine = track_files.c.track_id == ref.track_id, track_files.c.deleted_at.is_(None)
        assert len(await _rows(connection, sa.select(track_files.c.id).where(*mine))) == 1
