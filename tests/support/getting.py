"""Downloads: a server with a fake shop beside it, and what asks for things."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.services.downloading.policy import Policy
from mcma.services.downloading.queueing import LOOKING, Starting
from mcma.services.downloading.upkeep import UPKEEP
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.machinery import jobs
from mcma.store.tables.wanted import download_requests, downloads
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.ids import JobId
from tests.support.jobs import PATIENCE, until
from tests.support.server import Person, Server
from tests.support.shop import outside_of

PATH = "/api/v1/downloads"


def nothing_outside(database: Database) -> Starting:
    """A server without sources."""
    outside, _ = outside_of()
    return Starting(Jobs(database, EmbeddedDoorbell()), dict, outside, Policy())


class Wanting:
    """Somebody who asks for things of one shop."""

    def __init__(self, person: Person, source: str = "shop") -> None:
        self.person, self.source = person, source

    async def ask(self, source_id: str, status: int = 201, **more: Any) -> Any:
        return await self.person.post(PATH, {"source": self.source, "source_id": source_id, **more}, status)

    async def show(self, asked: Mapping[str, Any], status: int = 200) -> Any:
        return await self.person.get(f"{PATH}/{asked['id']}", status)

    async def until(self, asked: Mapping[str, Any], **fields: Any) -> Any:
        """Shows it as soon as it is so."""
        shown: Any = None
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    shown = await self.show(asked)
                    if all(shown[name] == value for name, value in fields.items()):
                        return shown
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"it never came to {fields}: {shown}") from None

    async def do(self, asked: Mapping[str, Any], what: str, status: int = 200, **sent: Any) -> Any:
        return await self.person.post(f"{PATH}/{asked['id']}/{what}", sent or None, status)


async def rows(database: Database, table: sa.Table, *which: Any) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(sa.select(table).where(*which))).all())


async def kept(server: Server) -> list[str]:
    """Files in the managed library, by their places; its own notes aside."""
    found: list[str] = []
    for library in await ManagedLibraries(server.database, server.core.settings.data_dir / "music").all():
        root = Path(library.root.decode())
        found += [str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()]
    return sorted(one for one in found if one not in ("README.txt", ".mcma-staging/.nomedia"))


async def due(server: Server, *asked: Mapping[str, Any]) -> None:
    """What waits for its time need not any more. A fault is told before its job is back in the line."""
    for one in asked:
        shown = await server.admin.get(f"{PATH}/{one['id']}")
        await until(partial(_is_idle, server, UUID(shown["job_id"])))
        async with server.database.write() as transaction:
            now = sa.update(downloads).where(downloads.c.source_id == shown["source_id"])
            await transaction.connection.execute(now.values(retry_at=None))
            job = jobs.c.id == UUID(shown["job_id"]), jobs.c.state == "queued"
            await transaction.connection.execute(sa.update(jobs).where(*job).values(run_after=utcnow()))
            kind = await transaction.connection.scalar(sa.select(jobs.c.kind).where(*job))
        if kind is not None:
            await server.core.doorbell.ring(JobId(UUID(shown["job_id"])), kind)


async def _is_idle(server: Server, job: UUID) -> bool:
    [row] = await rows(server.database, jobs, jobs.c.id == job)
    return bool(row.state != "running")


async def round_of(server: Server) -> Any:
    """What is looked after every few minutes, now."""
    job = await server.core.services.jobs.submit(UPKEEP, {})
    view = await server.core.services.jobs.wait(job, 30)
    assert view.state == "succeeded", view
    return view


async def looked(server: Server) -> None:
    """What waits without a source is looked for: all that is due."""
    async with server.database.write() as transaction:
        waits = download_requests.c.look_at.is_not(None)
        due_now = sa.update(download_requests).where(waits).values(look_at=utcnow())
        await transaction.connection.execute(due_now)
    job = await server.core.services.jobs.submit(LOOKING, {}, dedup_key=LOOKING)
    await server.core.services.jobs.wait(job, 30)
