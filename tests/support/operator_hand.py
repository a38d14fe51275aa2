"""What an operator can do at a server and no client can, for the scenarios that need it."""

import asyncio
import os
from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.services.callers import SYSTEM
from mcma.services.identity.trackmerge import merge_tracks
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.queries import sync_state
from mcma.store.tables import catalogue as c
from tests.support.server import Server

HANDS = ("merge", "restore", "expire", "replace")


def hand_of(server: Server) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """To be called from another thread than the server's."""
    loop = asyncio.get_running_loop()

    def do(what: str, given: dict[str, Any]) -> dict[str, Any]:
        does = {"merge": _merge, "restore": _restore, "expire": _expire, "replace": _replace}
        work = does[what](server, given)
        asyncio.run_coroutine_threadsafe(work, loop).result(30)
        return {}

    return do


async def _merge(server: Server, given: dict[str, Any]) -> None:
    lose, keep = UUID(given["lose"]), UUID(given["keep"])
    async with server.database.read() as connection:
        library = await connection.scalar(sa.select(c.tracks.c.library_id).where(c.tracks.c.id == lose))
    assert library is not None
    writer = CatalogueWriter(LibraryPlace(library, bytes(server.music), "local"))
    async with server.database.write() as transaction:
        await merge_tracks(transaction.connection, writer, lose, keep, "test")
    await Recounting(server.database, writer.touched).run()


async def _restore(server: Server, given: dict[str, Any]) -> None:
    """As `mcma backup restore` does: another epoch."""
    async with server.database.write() as transaction:
        now = await sync_state.begun(transaction.connection)
        await sync_state.keep(transaction.connection, now._replace(epoch=f"{now.epoch}+"))


async def _expire(server: Server, given: dict[str, Any]) -> None:
    async with server.database.write() as transaction:
        now, head = (
            await sync_state.begun(transaction.connection),
            await sync_state.head(transaction.connection),
        )
        await sync_state.keep(transaction.connection, now._replace(horizon=head))


async def _replace(server: Server, given: dict[str, Any]) -> None:
    """Another file in the same place, as its time says."""
    asked = sa.select(c.track_files.c.name).where(c.track_files.c.id == UUID(given["file"]))
    async with server.database.read() as connection:
        name = await connection.scalar(asked)
    assert name is not None
    [path] = server.music.rglob(os.fsdecode(bytes(name)))
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 10**9))
    [job] = await server.core.services.scans.request(SYSTEM, [UUID(server.library)])
    assert (await server.core.services.jobs.wait(job, 60)).state == "succeeded"
